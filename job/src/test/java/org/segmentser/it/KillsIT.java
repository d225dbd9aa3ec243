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
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.segmentser.segment.Clips;

/**
 * Processes of incremental runs are killed ({@code kill -9}), and the same command is given again
 * until it is done. The tables then equal those of an undisturbed run: each clip once, the same
 * rows, scores within 1e-5. {@code -Dsegmentser.kills=100 -Dsegmentser.clips=2000
 * -Dsegmentser.every=1} makes it long.
 */
class KillsIT {
  private static final int KILLS = Integer.getInteger("segmentser.kills", 4);
  private static final int CLIPS = Integer.getInteger("segmentser.clips", 150);
  private static final int CLIPS_PER_BATCH = 15;
  private static final long SEED = 20261129;
  private static final int KILLED = 137;
  private static final Duration LONG = Duration.ofMinutes(20);

  /** More steps than a publication has; the later ones are those of a run's next batches. */
  private static final int STEPS = 30;

  /** It dies at every so many of them, beginning with the first. */
  private static final int EVERY = Integer.getInteger("segmentser.every", 10);

  @TempDir static Path dir;
  private static Path audio;

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
        int exitCode = run.await(LONG).exitCode();
        ends.merge(exitCode, 1, Integer::sum);
        assertThat(exitCode).as(run.toString()).isIn(0, KILLED);
        if (exitCode == 0) {
          break;
        }
      }
    }
    System.err.println("drivers killed: " + kills + ", exit codes " + ends);
    assertThat(kills).isPositive();
    assertSameAsUndisturbed("drivers");
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
          int exitCode = run.await(LONG).exitCode();
          assertThat(exitCode).as(run.toString()).isIn(0, KILLED);
          if (exitCode == 0) {
            break;
          }
        }
      }
    }
    System.err.println("drivers, executors and workers killed: " + kills);
    assertThat(kills).isPositive();
    assertSameAsUndisturbed("cluster");
  }

  /** Before, between and after the moves of a batch. */
  @Test
  void aDriverThatDiesAtAStepOfAPublicationLosesAndDoublesNothing() {
    String output = "halting://disk" + dir.resolve("halting");
    List<Integer> steps = new ArrayList<>();
    int exitCode = KILLED;
    for (int step = 1; exitCode == KILLED && step <= STEPS; step += EVERY) {
      exitCode = exitCodeOf(halting(output, step));
      if (exitCode == KILLED) {
        steps.add(step);
      }
    }
    if (exitCode == KILLED) {
      exitCode = exitCodeOf(halting(output, Integer.MAX_VALUE));
    }
    assertThat(exitCode).isZero();
    System.err.println("died at the steps " + steps + " of publications");
    assertThat(steps).anyMatch(step -> step >= 5);
    assertSameAsUndisturbed("halting");
  }

  private static int exitCodeOf(String[] command) {
    try (Child run = Launcher.start(command)) {
      return run.await(LONG).exitCode();
    }
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

  private static void assertSameAsUndisturbed(String output) {
    SameTables.check(dir.resolve("undisturbed"), dir.resolve(output), CLIPS + 1L);
  }
}
