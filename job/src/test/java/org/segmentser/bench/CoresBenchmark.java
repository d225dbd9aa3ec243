package org.segmentser.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * {@code score} on one core alone ({@code taskset}), with one task and two cores ({@code
 * local[1]}), with two of each, and on a standalone cluster of two workers of one core each, by its
 * own clock. Each in a session of its own that stays; all take turns.
 *
 * <p>Arguments: a directory of WAV files; rounds; minutes of audio at 8 kHz.
 */
public final class CoresBenchmark {
  private static final int BYTES_PER_MINUTE = 60 * 8000 * 2;
  private static final String ONE_CORE = "one core";

  /** Runs before the first one that counts, while the JVM's compilers are busiest. */
  private static final int WARM_UP = 3;

  private static final Pattern MASTER = Pattern.compile("Starting Spark master at (spark://\\S+)");

  private CoresBenchmark() {}

  /** Runs it. */
  public static void main(String[] args) throws Exception {
    int rounds = Integer.parseInt(args[1]);
    System.out.println(Figures.machine());
    List<Process> cluster = new ArrayList<>();
    try (Contenders contenders = new Contenders("none")) {
      Path audio =
          Contenders.copies(
              Path.of(args[0]),
              contenders.scratch().resolve("audio"),
              (long) BYTES_PER_MINUTE * Integer.parseInt(args[2]));
      String master = startCluster(contenders.scratch(), cluster);
      List<Contender> sessions = new ArrayList<>();
      for (String where : List.of(ONE_CORE, "local[1]", "local[2]", master)) {
        boolean alone = where.equals(ONE_CORE);
        sessions.add(
            contenders.add(
                Contender.java(
                    where.equals(master) ? "two workers of one core" : where,
                    alone ? List.of("taskset", "-c", firstCore()) : List.of(),
                    // On one core a JVM would take another collector than on two.
                    List.of("-XX:+UseG1GC"),
                    Map.of(),
                    ScoreRuns.class,
                    alone ? "local[1]" : where,
                    contenders.model().toString())));
      }
      for (int run = 0; run < WARM_UP; run++) {
        sessions.forEach(session -> session.ask(audio.toString()));
      }
      Figures figures = new Figures();
      for (int round = 0; round < rounds; round++) {
        for (Contender session : sessions) {
          double[] run = session.ask(audio.toString());
          figures.add(session.name(), 1000 * run[0] / run[2]);
        }
      }
      Figures.head(
          "`score`, " + rounds + " rounds",
          "ms a segment",
          "times as fast as one core",
          "as local[1]",
          "as local[2]");
      for (String name : figures.names()) {
        Figures.row(
            name,
            figures.text(name, "%.2f"),
            figures.ratio(ONE_CORE, name),
            figures.ratio("local[1]", name),
            figures.ratio("local[2]", name));
      }
    } finally {
      for (Process process : cluster) {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
      }
    }
  }

  /** The first core that this process may use. */
  private static String firstCore() throws IOException {
    return Files.readAllLines(Path.of("/proc/self/status")).stream()
        .filter(line -> line.startsWith("Cpus_allowed_list:"))
        .map(line -> line.replaceFirst("\\D+(\\d+).*", "$1"))
        .findFirst()
        .orElseThrow();
  }

  private static String startCluster(Path scratch, List<Process> cluster) throws Exception {
    Path log = scratch.resolve("master.log");
    cluster.add(
        daemon(log, "master.Master", "--host", "127.0.0.1", "--port", "0", "--webui-port", "0"));
    String master = null;
    while (master == null) {
      Thread.sleep(100);
      Matcher told = MASTER.matcher(Files.readString(log));
      master = told.find() ? told.group(1) : null;
    }
    for (String worker : List.of("one", "two")) {
      cluster.add(
          daemon(
              scratch.resolve(worker + ".log"),
              "worker.Worker",
              "--host",
              "127.0.0.1",
              "--webui-port",
              "0",
              "--cores",
              "1",
              "--memory",
              "2g",
              "--work-dir",
              scratch.resolve(worker).toString(),
              master));
    }
    return master;
  }

  private static Process daemon(Path log, String name, String... arguments) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-Xmx256m", "org.apache.spark.deploy." + name));
    command.addAll(List.of(arguments));
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile());
    builder
        .environment()
        .putAll(
            Map.of(
                "CLASSPATH",
                System.getProperty("java.class.path"),
                "SPARK_HOME",
                Path.of(System.getProperty("segmentser.root"), "job/target/spark").toString(),
                "SPARK_SCALA_VERSION",
                "2.13",
                "SPARK_LOCAL_IP",
                "127.0.0.1",
                "TF_CPP_MIN_LOG_LEVEL",
                "2"));
    Process process = builder.start();
    Runtime.getRuntime().addShutdownHook(new Thread(process::destroyForcibly));
    return process;
  }
}
