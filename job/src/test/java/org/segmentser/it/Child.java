package org.segmentser.it;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;

/**
 * A process of a test, and all that it starts: closing it ends them. What it prints is kept below
 * {@code job/target/it}.
 */
final class Child implements AutoCloseable {
  /** How a process ended. */
  record Result(int exitCode, String stdout, String stderr, double seconds) {}

  /**
   * For short runs, given to all of Spark's JVMs: what the compiler would do for long ones takes
   * longer than they do.
   */
  static final String SHORT = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC";

  /** The same for a driver, whose pages nobody looks at. */
  static final String SHORT_DRIVER = SHORT + " -Dspark.ui.enabled=false";

  private static final Path LOGS = Launcher.ROOT.resolve("job/target/it");
  private static final Duration TO_DIE = Duration.ofSeconds(20);

  private final long started = System.nanoTime();
  private final Process process;
  private final Path stdout;
  private final Path stderr;

  private Child(Process process, Path stdout, Path stderr) {
    this.process = process;
    this.stdout = stdout;
    this.stderr = stderr;
  }

  /**
   * Starts a process in the project's directory.
   *
   * @param env added to an environment that tells nothing of Spark
   * @param stdin what it reads; null for nothing
   */
  static Child start(String name, List<String> command, Map<String, String> env, String stdin) {
    try {
      Files.createDirectories(LOGS);
      Path out = Files.createTempFile(LOGS, name + "-", ".stdout");
      Path err = Path.of(out.toString().replace(".stdout", ".stderr"));
      Path in = Path.of("/dev/null");
      if (stdin != null) {
        in = Files.writeString(Path.of(out.toString().replace(".stdout", ".stdin")), stdin);
      }
      ProcessBuilder builder =
          new ProcessBuilder(command)
              .directory(Launcher.ROOT.toFile())
              .redirectInput(in.toFile())
              .redirectOutput(out.toFile())
              .redirectError(err.toFile());
      Map<String, String> environment = builder.environment();
      environment
          .keySet()
          .removeIf(
              key ->
                  key.startsWith("SPARK_")
                      || key.startsWith("TF_")
                      || List.of("HADOOP_CONF_DIR", "JAVA_TOOL_OPTIONS").contains(key));
      environment.put("PATH", pathWithoutSpark(environment.getOrDefault("PATH", "/usr/bin:/bin")));
      environment.put("SPARK_SUBMIT_OPTS", SHORT_DRIVER);
      environment.putAll(env);
      return new Child(builder.start(), out, err);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String pathWithoutSpark(String path) {
    return String.join(
        ":",
        Stream.of(path.split(":", -1))
            .filter(directory -> !Files.exists(Path.of(directory, "spark-submit")))
            .toList());
  }

  /** Waits for its end; fails if it takes longer. */
  Result await(Duration timeout) {
    try {
      if (!process.waitFor(timeout.toMillis(), TimeUnit.MILLISECONDS)) {
        throw new AssertionError("still running after " + timeout + ": " + this);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted", e);
    }
    double seconds = (System.nanoTime() - started) / 1e9;
    return new Result(process.exitValue(), stdout(), stderr(), seconds);
  }

  /** Waits until something is so; fails if it takes longer, or the process ends before. */
  void awaitUntil(String what, Duration timeout, BooleanSupplier condition) {
    long deadline = System.nanoTime() + timeout.toNanos();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() > deadline || !process.isAlive()) {
        throw new AssertionError(
            (process.isAlive() ? "not in " + timeout : "ended") + " before " + what + ": " + this);
      }
      try {
        Thread.sleep(20);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new AssertionError("interrupted", e);
      }
    }
  }

  /** Sends SIGTERM. */
  void terminate() {
    process.destroy();
  }

  /** Sends SIGINT, as Ctrl-C does. */
  void interrupt() {
    signal("INT");
  }

  /** Sends SIGKILL. */
  void kill() {
    signal("KILL");
  }

  /** Sends a signal by its name, as {@code TERM}. */
  void signal(String name) {
    try {
      new ProcessBuilder("kill", "-" + name, Long.toString(process.pid())).inheritIO().start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  long pid() {
    return process.pid();
  }

  boolean isAlive() {
    return process.isAlive();
  }

  String stdout() {
    return read(stdout);
  }

  String stderr() {
    return read(stderr);
  }

  /** All processes that this one started and that run. */
  Stream<ProcessHandle> descendants() {
    return process.descendants();
  }

  @Override
  public void close() {
    List<ProcessHandle> below = process.descendants().toList();
    process.destroyForcibly();
    below.forEach(ProcessHandle::destroyForcibly);
    process.onExit().orTimeout(TO_DIE.toSeconds(), TimeUnit.SECONDS).join();
    below.forEach(p -> p.onExit().orTimeout(TO_DIE.toSeconds(), TimeUnit.SECONDS).join());
  }

  @Override
  public String toString() {
    return process.info().commandLine().orElse("ended process")
        + "\nstdout: "
        + stdout()
        + "\nstderr: "
        + stderr();
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
