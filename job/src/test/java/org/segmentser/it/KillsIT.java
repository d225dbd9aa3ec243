package org.segmentser.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.segmentser.TestSpark;
import org.segmentser.segment.Clips;

/**
 * Processes of incremental runs are killed ({@code kill -9}), and the same command is given again
 * until it is done. The tables then equal those of an undisturbed run: each clip once, the same
 * rows, scores within 1e-5. {@code -Dsegmentser.kills=100 -Dsegmentser.clips=2000} makes it long.
 */
class KillsIT {
  private static final int KILLS = Integer.getInteger("segmentser.kills", 5);
  private static final int CLIPS = Integer.getInteger("segmentser.clips", 150);
  private static final int CLIPS_PER_BATCH = 15;
  private static final long SEED = 20261129;
  private static final int KILLED = 137;

  /** More steps than a publication has. */
  private static final int MOST_STEPS = 30;

  @TempDir static Path dir;
  private static Path audio;

  private final SparkSession spark = TestSpark.session();

  @BeforeAll
  static void makeArchive() throws IOException {
    audio = Files.createDirectory(dir.resolve("audio"));
    for (int i = 0; i < CLIPS; i++) {
      Files.write(
          audio.resolve("clip%04d.wav".formatted(i)),
          Clips.wav(16_000, Clips.noise(16_000 + 100 * (i % 97), i)));
    }
    Files.writeString(audio.resolve("text.wav"), "no audio at all");
    Child.Result undisturbed = Launcher.run(args("undisturbed", "--run-id", "all"));
    assertThat(undisturbed.exitCode()).as(undisturbed.toString()).isZero();
  }

  @Test
  void driversThatAreKilledLoseAndDoubleNothing() {
    Random random = new Random(SEED);
    int kills = 0;
    Map<Integer, Integer> ends = new TreeMap<>();
    while (true) {
      try (Child run = Launcher.start(incremental("drivers"))) {
        if (kills < KILLS && !endsWithin(run, 2_000 + random.nextInt(10_000))) {
          run.kill();
          kills++;
        }
        int exitCode = run.await(Duration.ofMinutes(5)).exitCode();
        ends.merge(exitCode, 1, Integer::sum);
        assertThat(exitCode).as(run.toString()).isIn(0, KILLED);
        if (exitCode == 0) {
          break;
        }
      }
    }
    System.err.println("drivers killed: " + kills + ", exit codes " + ends);
    assertThat(kills).isPositive();
    assertSameAsUndisturbed(dir.resolve("drivers").toString());
  }

  @Test
  void executorsAndWorkersThatAreKilledLoseAndDoubleNothing() throws IOException {
    Random random = new Random(SEED + 1);
    int kills = 0;
    try (Cluster cluster =
        Cluster.start(Files.createDirectory(dir.resolve("work")), "one", "two")) {
      String[] command = incremental("cluster", cluster.options());
      while (true) {
        try (Child run = Launcher.start(command)) {
          while (kills < KILLS && !endsWithin(run, 4_000 + random.nextInt(6_000))) {
            switch (random.nextInt(3)) {
              case 0 -> run.kill();
              case 1 -> {
                String worker = random.nextBoolean() ? "one" : "two";
                cluster.killWorker(worker);
                cluster.startWorker(worker);
              }
              default ->
                  cluster.executors().stream().findAny().ifPresent(ProcessHandle::destroyForcibly);
            }
            kills++;
          }
          int exitCode = run.await(Duration.ofMinutes(5)).exitCode();
          assertThat(exitCode).as(run.toString()).isIn(0, KILLED);
          if (exitCode == 0) {
            break;
          }
        }
      }
    }
    System.err.println("drivers, executors and workers killed: " + kills);
    assertThat(kills).isPositive();
    assertSameAsUndisturbed(dir.resolve("cluster").toString());
  }

  /** Before, between and after all moves of a batch. */
  @Test
  void aDriverThatDiesAtAnyStepOfAPublicationLosesAndDoublesNothing() {
    String output = "halting://disk" + dir.resolve("halting");
    int step = 1;
    int exitCode;
    do {
      assertThat(step).isLessThan(MOST_STEPS);
      exitCode = Launcher.run(halting(output, step++)).exitCode();
      assertThat(exitCode).isIn(0, KILLED);
    } while (exitCode != 0);
    System.err.println("died at " + (step - 2) + " steps of a publication");
    assertThat(step - 2).isGreaterThanOrEqualTo(5);
    assertSameAsUndisturbed(dir.resolve("halting").toString());
  }

  private static boolean endsWithin(Child run, long ms) {
    long deadline = System.nanoTime() + ms * 1_000_000;
    while (run.isAlive()) {
      if (System.nanoTime() > deadline) {
        return false;
      }
      assertThatCode(() -> Thread.sleep(20)).doesNotThrowAnyException();
    }
    return true;
  }

  private static String[] halting(String output, int step) {
    List<String> args = new ArrayList<>(List.of(incremental("halting")));
    args.set(args.indexOf("--output") + 1, output);
    args.addAll(
        List.of(
            "--",
            "--driver-class-path",
            Launcher.ROOT.resolve("job/target/test-classes").toString(),
            "--conf",
            "spark.hadoop.fs.halting.impl=" + HaltingFileSystem.class.getName(),
            "--conf",
            "spark.hadoop." + HaltingFileSystem.STEP + "=" + step));
    return args.toArray(String[]::new);
  }

  private static String[] incremental(String output, String... more) {
    List<String> args =
        new ArrayList<>(
            List.of(args(output, "--incremental", "--max-clips-per-batch", "" + CLIPS_PER_BATCH)));
    args.addAll(Arrays.asList(more));
    return args.toArray(String[]::new);
  }

  private static String[] args(String output, String... more) {
    List<String> args =
        new ArrayList<>(
            List.of(
                "score",
                // The clips are noise, and the last batch may be the broken one alone.
                "--speech",
                "off",
                "--max-reject-ratio",
                "1",
                "--input",
                audio.toString(),
                "--output",
                dir.resolve(output).toString()));
    args.addAll(Arrays.asList(more));
    return args.toArray(String[]::new);
  }

  private void assertSameAsUndisturbed(String output) {
    String undisturbed = dir.resolve("undisturbed").toString();
    for (String table : List.of("clips", "segments")) {
      read(output, table).createOrReplaceTempView("actual_" + table);
      read(undisturbed, table).createOrReplaceTempView("expected_" + table);
    }
    String clips =
        "clip_id, uri, bytes, modified, duration_s, status, reason, segments, emotion,"
            + " emotion_vote, clipping, bandwidth_hz";
    assertThat(count("SELECT * FROM actual_clips")).isEqualTo(CLIPS + 1L);
    assertThat(count("SELECT DISTINCT clip_id FROM actual_clips")).isEqualTo(CLIPS + 1L);
    assertThat(
            count(
                "SELECT %1$s FROM expected_clips EXCEPT ALL SELECT %1$s FROM actual_clips"
                    .formatted(clips)))
        .isZero();
    assertThat(count("SELECT * FROM actual_segments"))
        .isEqualTo(count("SELECT * FROM expected_segments"));
    assertThat(
            count(
                """
                SELECT * FROM expected_segments e FULL JOIN actual_segments a
                  ON e.clip_id = a.clip_id AND e.segment_index = a.segment_index
                  WHERE e.clip_id IS NULL OR a.clip_id IS NULL OR e.start_s != a.start_s
                    OR e.end_s != a.end_s OR exists(
                      zip_with(e.logits, a.logits, (x, y) -> abs(x - y)), d -> d > 1e-5)
                """))
        .isZero();
  }

  private long count(String query) {
    return spark.sql(query).count();
  }

  /** The rows of complete runs. */
  private Dataset<Row> read(String output, String table) {
    Dataset<Row> runs = spark.read().parquet(output + "/runs").select("run_id");
    return spark.read().parquet(output + "/" + table).join(runs, "run_id");
  }
}
