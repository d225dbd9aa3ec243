package org.segmentser.it;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A standalone cluster on this machine: a master and workers of one core, in processes. */
final class Cluster implements AutoCloseable {
  private static final Path SPARK = Launcher.ROOT.resolve("job/target/spark");
  private static final Pattern MASTER = Pattern.compile("Starting Spark master at (spark://\\S+)");

  private final Child master;
  private final String url;
  private final Path directory;
  private final Map<String, Child> workers = new HashMap<>();

  private Cluster(Child master, String url, Path directory) {
    this.master = master;
    this.url = url;
    this.directory = directory;
  }

  /**
   * Starts one.
   *
   * @param directory where workers keep what executors write, each in a directory of its name
   */
  static Cluster start(Path directory, String... workers) {
    Child first = spark("master.Master", "--host", "127.0.0.1", "--port", "0", "--webui-port", "0");
    first.awaitUntil("master listens", Duration.ofSeconds(60), () -> masterOf(first).isPresent());
    Cluster cluster = new Cluster(first, masterOf(first).orElseThrow(), directory);
    for (String worker : workers) {
      cluster.startWorker(worker);
    }
    return cluster;
  }

  void startWorker(String name) {
    workers.put(
        name,
        spark(
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
            directory.resolve(name).toString(),
            url));
  }

  /** Kills a worker; what it started ends by itself. */
  void killWorker(String name) {
    workers.remove(name).close();
  }

  /** What follows the options of a command that is to run there. */
  String[] options() {
    return new String[] {
      "--",
      "--master",
      url,
      "--conf",
      "spark.driver.host=127.0.0.1",
      "--executor-memory",
      "1g",
      "--conf",
      "spark.executor.extraJavaOptions=" + Child.SHORT
    };
  }

  /** The running executor of this id; empty if there is none. */
  Optional<ProcessHandle> executor(String id) {
    return executors().stream().filter(process -> is(process, id)).findFirst();
  }

  private static boolean is(ProcessHandle executor, String id) {
    return executor
        .info()
        .commandLine()
        .filter(line -> line.contains("--executor-id " + id + " "))
        .isPresent();
  }

  /** All running executors. */
  List<ProcessHandle> executors() {
    return workers.values().stream()
        .flatMap(Child::descendants)
        .filter(
            process ->
                process
                    .info()
                    .commandLine()
                    .filter(line -> line.contains("--executor-id "))
                    .isPresent())
        .toList();
  }

  private static Child spark(String daemon, String... args) {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin/java").toString(),
                "-Xmx256m",
                "-cp",
                SPARK + "/jars/*"));
    command.addAll(List.of(Child.SHORT.split(" ", -1)));
    command.add("org.apache.spark.deploy." + daemon);
    command.addAll(Arrays.asList(args));
    return Child.start(
        "spark",
        command,
        Map.of(
            "SPARK_HOME",
            SPARK.toString(),
            "SPARK_SCALA_VERSION",
            "2.13",
            "SPARK_LOCAL_IP",
            "127.0.0.1",
            "LC_ALL",
            "POSIX"),
        null);
  }

  private static Optional<String> masterOf(Child child) {
    Matcher told = MASTER.matcher(child.stderr());
    return told.find() ? Optional.of(told.group(1)) : Optional.empty();
  }

  /** The master last: it would tell of workers that are gone. */
  @Override
  public void close() {
    workers.values().forEach(Child::close);
    master.close();
  }
}
