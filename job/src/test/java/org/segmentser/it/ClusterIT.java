package org.segmentser.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.segmentser.TestSpark;
import org.segmentser.segment.Clips;
import org.segmentser.tables.Destination;
import org.segmentser.tables.Views;

/** A Spark standalone cluster of a master and two workers, each a JVM of its own. */
@Execution(ExecutionMode.SAME_THREAD)
class ClusterIT {
  private static final int CLIPS = 48;

  @TempDir static Path shared;
  private static Cluster cluster;
  private static String model;
  private static Path audio;
  private static String tables;

  @BeforeAll
  static void startCluster() throws IOException {
    cluster = Cluster.start(shared, "one", "two");
    model = shared.resolve("model").toString();
    Launcher.importModel(model);
    tables = shared.resolve("tables").toString();
    audio = Files.createDirectory(shared.resolve("audio"));
    for (int i = 0; i < CLIPS; i++) {
      int samples = 16_000 * (5 + 17 * i % 40) + 1234 * i;
      Files.write(
          audio.resolve("clip%02d.wav".formatted(i)), Clips.wav(16_000, Clips.noise(samples, i)));
    }
    Files.writeString(audio.resolve("text.wav"), "no audio at all");
    // As bytes, as the tests themselves may run without a locale; the workers do.
    String rename = "cd '%s' && mv clip01.wav $'clip \\xe8\\x81\\xb2.wav'".formatted(audio);
    try (Child child = Child.start("rename", List.of("bash", "-c", rename), Map.of(), null)) {
      assertThat(child.await(Duration.ofSeconds(20)).exitCode()).isZero();
    }
    assertThat(score("local").exitCode()).isZero();
  }

  @AfterAll
  static void stopCluster() {
    cluster.close();
  }

  @Test
  void aClusterFindsWhatOneMachineFinds() throws IOException {
    Path values = Files.createDirectory(shared.resolve("values"));
    List<String> args = new ArrayList<>(List.of(scoreArgs("cluster", onCluster())));
    for (String setting :
        List.of("class=org.apache.spark.metrics.sink.CsvSink", "directory=" + values, "period=1")) {
      args.addAll(List.of("--conf", "spark.metrics.conf.*.sink.csv." + setting));
    }
    Child.Result result = Launcher.run(args.toArray(String[]::new));
    assertThat(result.exitCode()).as(result.toString()).isZero();
    assertThat(result.stdout())
        .contains("clips     49: 48 scored, 1 undecodable")
        .contains(
            "49 clips opened, 49 decoded to their end or fault, 49 scored or rejected: each once");
    assertThat(withoutLateReports(Launcher.ownErrors(result))).isEmpty();
    assertSameAsLocal("cluster");
    assertMetrics(values);

    List<Path> executors = executors();
    assertThat(executors).hasSize(2);
    for (Path executor : executors) {
      assertThat(executor.resolve("stderr")).content().doesNotContain("absl", "mlir");
      // The weights go over the network once to each executor; Spark copies them there.
      assertThat(Files.readString(executor.resolve("stderr")).lines())
          .filteredOn(
              line ->
                  line.matches(".* Utils: Fetching spark://\\S+/files/\\S+\\.data-00000\\S* .*"))
          .hasSize(1);
    }
  }

  @Test
  void aRunOutlivesAnExecutorThatIsKilled() throws IOException {
    List<Path> before = executors();
    try (Child run = Launcher.start(scoreArgs("killed", onCluster()))) {
      run.awaitUntil(
          "a task was done",
          Duration.ofMinutes(2),
          () ->
              hasEntry(
                  Launcher.stagedRows(Path.of(tables), "killed").resolve("_temporary/0"), "task_"));
      cluster.executor("0").orElseThrow().destroyForcibly();
      Child.Result result = run.await(Duration.ofMinutes(3));
      assertThat(result.exitCode()).as(result.toString()).isZero();
      assertThat(result.stdout()).contains("clips     49: 48 scored, 1 undecodable");
      assertThat(result.stderr()).contains("Lost executor 0 on 127.0.0.1");
    }
    assertThat(executors()).hasSizeGreaterThanOrEqualTo(before.size() + 3);
    assertSameAsLocal("killed");
  }

  @Test
  void runningTasksTellHowFarTheyAre() throws IOException {
    Path long20 = shared.resolve("long20.wav");
    Files.write(long20, Clips.wav(16_000, Clips.noise(16_000 * 1200, 1)));
    List<String> args = new ArrayList<>(List.of(scoreArgs("told", onCluster())));
    args.set(args.indexOf(audio.toString()), long20.toString());
    // Five times as many segments, as executors tell how far they are only once a second.
    args.addAll(1, List.of("--segmentation", "unpadded", "--hop", "0.2"));
    args.addAll(List.of("--conf", "spark.executor.heartbeatInterval=1s"));
    Child.Result result =
        Launcher.run(
            Map.of("SPARK_SUBMIT_OPTS", Child.SHORT_DRIVER + " -Dsegmentser.terminal=true"),
            args.toArray(String[]::new));
    assertThat(result.exitCode()).as(result.toString()).isZero();
    assertThat(result.stderr())
        .containsPattern(
            "0 %, 0 of 1 clips, [1-9][\\d.]* times real time, [1-9][\\d.]* (s|min) of audio");
  }

  /** The driver's count what executors do, and theirs tell of them. */
  private static void assertMetrics(Path values) throws IOException {
    assertThat(WatchIT.last(values, "driver", "outcomes.scored")).isEqualTo(48);
    assertThat(WatchIT.last(values, "driver", "outcomes.undecodable")).isEqualTo(1);
    assertThat(WatchIT.last(values, "driver", "run.clips_done")).isEqualTo(49);
    assertThat(WatchIT.last(values, "driver", "run.batch_queue")).isZero();
    for (String time : List.of("decode_seconds", "feature_seconds", "inference_seconds")) {
      assertThat(WatchIT.last(values, "driver", time)).as(time).isPositive();
    }
    for (String executor : List.of("0", "1")) {
      assertThat(WatchIT.last(values, executor, "model_loads")).isEqualTo(1);
      assertThat(WatchIT.last(values, executor, "resident_bytes")).isGreaterThan(100e6);
    }
  }

  /** Spark's sinks may ask for what it has just shut down, if they write every second. */
  private static String withoutLateReports(String errors) {
    return errors.replaceAll(
        "(?m)^\\S+ ERROR ScheduledReporter: .*\\R"
            + "(?:(?:org\\.apache\\.spark\\.SparkException|Caused by: |\\tat |\\t\\.\\.\\.).*(?:\\R|\\z))*",
        "");
  }

  @Test
  void foldsOnExecutorsGiveTheFiguresOfOneMachine() throws IOException {
    Path data = Speech.write(shared.resolve("speech"), "03", "08", "09");
    Child.Result here = evaluate(data, "here", "--", "--master", "local[2]");
    assertThat(here.exitCode()).as(here.toString()).isZero();
    List<Path> before = executors();
    Child.Result there = evaluate(data, "there", onCluster());
    assertThat(there.exitCode()).as(there.toString()).isZero();
    assertThat(Launcher.ownErrors(there)).isEmpty();

    // Executors trained: what a fold tells of its epochs stands with them, not here.
    StringBuilder told = new StringBuilder();
    for (Path executor : executors()) {
      if (!before.contains(executor)) {
        told.append(Files.readString(executor.resolve("stdout")));
      }
    }
    assertThat(told).contains("fold 1, speaker 03", "fold 2, speaker 08", "fold 3, speaker 09");
    assertThat(there.stdout()).doesNotContain("fold 1");
    assertThat(here.stdout()).contains("fold 1, speaker 03");
    assertAlike(
        EvaluateIT.metrics(shared.resolve("there")), EvaluateIT.metrics(shared.resolve("here")));
  }

  /** With a model to begin with, so that its weights travel too. */
  private static Child.Result evaluate(Path data, String output, String... spark) {
    List<String> args =
        new ArrayList<>(List.of("evaluate", "--speech", "off", "--corpus", "emodb"));
    args.addAll(List.of("--input", data.toString()));
    args.addAll(List.of("--protocol", "leave-one-speaker-out", "--mode", "fine-tune"));
    args.addAll(List.of("--epochs", "1", "--conditions", "telephone"));
    args.addAll(List.of("--output", shared.resolve(output).toString()));
    args.addAll(Arrays.asList(spark));
    return Launcher.run(args.toArray(String[]::new));
  }

  /** Fails unless the numbers are those expected, but for rounding, and all else the same. */
  private static void assertAlike(JsonNode actual, JsonNode expected) {
    if (expected.isNumber()) {
      assertThat(actual.asDouble()).isCloseTo(expected.asDouble(), within(1e-3));
    } else if (expected.isContainerNode()) {
      assertThat(actual).hasSameSizeAs(expected);
      expected.fieldNames().forEachRemaining(n -> assertAlike(actual.get(n), expected.get(n)));
      for (int i = 0; expected.isArray() && i < expected.size(); i++) {
        assertAlike(actual.get(i), expected.get(i));
      }
    } else {
      assertThat(actual).isEqualTo(expected);
    }
  }

  /**
   * Fails unless a run has the rows of the run on this machine alone, and each clip one outcome.
   */
  private static void assertSameAsLocal(String run) {
    SparkSession spark = TestSpark.session().newSession();
    Views.register(spark, Destination.files(tables));
    assertThat(segments(spark, run)).isEqualTo(segments(spark, "local"));
    String clips =
        "SELECT clip_id, status, reason, segments, emotion, unanimous, duration_s FROM clips_all"
            + " WHERE run_id = '%s'";
    assertThat(
            spark.sql(clips.formatted(run) + " EXCEPT " + clips.formatted("local")).collectAsList())
        .isEmpty();
    assertThat(
            spark
                .sql(
                    """
                    SELECT * FROM
                      (SELECT * FROM segments_all WHERE run_id = '%s') a FULL JOIN
                      (SELECT * FROM segments_all WHERE run_id = 'local') b
                      ON a.clip_id = b.clip_id AND a.segment_index = b.segment_index
                      WHERE a.clip_id IS NULL OR b.clip_id IS NULL OR a.start_s != b.start_s
                        OR a.end_s != b.end_s OR a.emotion != b.emotion OR exists(
                          zip_with(a.logits, b.logits, (x, y) -> abs(x - y)), d -> d > 1e-5)
                    """
                        .formatted(run))
                .count())
        .isZero();
  }

  /** How many there are, which is as many as the clips of the run tell of. */
  private static long segments(SparkSession spark, String run) {
    String where = " WHERE run_id = '" + run + "'";
    String of = "SELECT count(*), count(DISTINCT clip_id), sum(segments) FROM clips_all";
    Row clips = spark.sql(of + where).first();
    long segments = spark.sql("SELECT * FROM segments_all" + where).count();
    assertThat(clips.getLong(0)).isEqualTo(CLIPS + 1).isEqualTo(clips.getLong(1));
    assertThat(clips.getLong(2)).isEqualTo(segments).isPositive();
    return segments;
  }

  private static Child.Result score(String run, String... more) {
    return Launcher.run(scoreArgs(run, more));
  }

  private static String[] scoreArgs(String run, String... more) {
    List<String> args =
        new ArrayList<>(
            List.of(
                "score",
                // The clips are noise.
                "--speech",
                "off",
                "--input",
                audio.toString(),
                "--model",
                model,
                "--output",
                tables,
                "--run-id",
                run));
    args.addAll(Arrays.asList(more));
    return args.toArray(String[]::new);
  }

  private static String[] onCluster() {
    return cluster.options();
  }

  /** The working directories that executors had so far, of all applications. */
  private static List<Path> executors() throws IOException {
    List<Path> found = new ArrayList<>();
    for (String worker : List.of("one", "two")) {
      try (Stream<Path> files = Files.walk(shared.resolve(worker), 2)) {
        files
            .filter(path -> path.getParent().getFileName().toString().startsWith("app-"))
            .forEach(found::add);
      }
    }
    return found;
  }

  private static boolean hasEntry(Path directory, String prefix) {
    String[] names = directory.toFile().list();
    return names != null && Arrays.stream(names).anyMatch(name -> name.startsWith(prefix));
  }
}
