package org.segmentser.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.ToLongFunction;
import java.util.stream.Stream;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.segmentser.TestSpark;

/**
 * Damaged files, all of them scored by one JVM: it does not crash or hang, loses no memory, threads
 * or descriptors, and gives each an outcome. {@code -Dsegmentser.mutants=20000} makes it long.
 */
class MutantsIT {
  private static final int MUTANTS = Integer.getInteger("segmentser.mutants", 600);
  private static final long SEED = Long.getLong("segmentser.seed", 20261129);
  private static final int BATCHES = 12;
  private static final Duration LONG = Duration.ofHours(1);

  /** By then all that a process keeps for good is there. */
  private static final int WARM = 3;

  private static final long MOST_MORE_MEGABYTES = 150;

  /** Spark's pools grow for a while. */
  private static final long MOST_MORE_THREADS = 64;

  private static final long MOST_MORE_DESCRIPTORS = 10;

  /** What a process holds at a moment, when it has published some batches. */
  private record Held(int batches, long megabytes, long threads, long descriptors) {}

  @TempDir Path dir;

  @Test
  void mutatedFilesHaveAnOutcomeEachAndCostNothingThatStays() throws Exception {
    Path archive = Files.createDirectory(dir.resolve("archive"));
    Mutants mutants = new Mutants(Files.createDirectory(dir.resolve("whole")));
    List<Path> files = new ArrayList<>();
    for (int i = 0; i < MUTANTS; i++) {
      files.add(mutants.write(archive, SEED, i));
    }
    List<Held> held = new ArrayList<>();
    Child.Result result = score(archive, held);
    assertThat(result.exitCode()).as(result.toString()).isZero();
    assertOutcomes(files, result);
    assertNothingStays(held);
  }

  private Child.Result score(Path archive, List<Held> held) throws IOException {
    List<String> command =
        Launcher.command(
            "score",
            "--incremental",
            "--max-clips-per-batch",
            "" + Math.max(1, MUTANTS / BATCHES),
            "--clip-timeout",
            "30",
            "--max-reject-ratio",
            "1",
            "--input",
            archive.toString(),
            "--output",
            dir.resolve("out").toString());
    // The heap is all there from the beginning, so that what comes to it is something else.
    Map<String, String> env =
        Map.of("SPARK_SUBMIT_OPTS", "-XX:+UseSerialGC -Xms1g -XX:+AlwaysPreTouch");
    try (Child child = Child.start("mutants", command, env, null)) {
      while (child.isAlive()) {
        held(child.pid(), batches()).ifPresent(held::add);
        sleep();
      }
      return child.await(LONG);
    }
  }

  private static Optional<Held> held(long pid, int batches) {
    Path process = Path.of("/proc", "" + pid);
    try (Stream<Path> descriptors = Files.list(process.resolve("fd"))) {
      Map<String, Long> status = new HashMap<>();
      for (String line : Files.readAllLines(process.resolve("status"))) {
        if (line.matches("(VmRSS|Threads):.*")) {
          status.put(line.split(":", 2)[0], Long.parseLong(line.replaceAll("\\D", "")));
        }
      }
      return Optional.of(
          new Held(
              batches, status.get("VmRSS") / 1024, status.get("Threads"), descriptors.count()));
    } catch (IOException | RuntimeException e) {
      // It has just ended.
      return Optional.empty();
    }
  }

  private int batches() {
    String[] runs = dir.resolve("out/runs").toFile().list((at, name) -> name.matches("[^.].*"));
    return runs == null ? 0 : runs.length;
  }

  private static void sleep() {
    try {
      Thread.sleep(100);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted", e);
    }
  }

  /**
   * A row for each file, and for a shard one at least, unless it is told that it holds no audio.
   */
  private void assertOutcomes(List<Path> files, Child.Result result) {
    SparkSession spark = TestSpark.session();
    Map<String, Long> rows = new HashMap<>();
    for (Row row :
        spark
            .read()
            .parquet(dir.resolve("out/clips").toString())
            .groupBy("uri")
            .count()
            .collectAsList()) {
      rows.put(row.getString(0).replaceFirst("^file:/+", "/"), row.getLong(1));
    }
    Map<String, Long> statuses = new TreeMap<>();
    spark
        .read()
        .parquet(dir.resolve("out/clips").toString())
        .groupBy("status")
        .count()
        .collectAsList()
        .forEach(row -> statuses.put(row.getString(0), row.getLong(1)));
    System.err.println(MUTANTS + " mutants in " + Math.round(result.seconds()) + " s: " + statuses);
    long shardsWithout = 0;
    for (Path file : files) {
      if (!Mutants.isShard(file)) {
        assertThat(rows.get(file.toString())).as(file.toString()).isEqualTo(1);
      } else if (!rows.containsKey(file.toString())) {
        shardsWithout++;
      }
    }
    assertThat(shardsWithout).isLessThan(files.stream().filter(Mutants::isShard).count() / 4);
    assertThat(statuses).containsKeys("scored", "undecodable", "unreadable");
    assertThat(statuses).doesNotContainKey("timed_out");
  }

  /** The least that is held in the last batches is what was held at least in those before. */
  private static void assertNothingStays(List<Held> held) {
    int most = held.stream().mapToInt(Held::batches).max().orElseThrow();
    int middle = (WARM + most) / 2;
    Held before = least(held, WARM, middle);
    Held last = least(held, middle, most);
    System.err.println("held at least: " + before + ", from the batch " + middle + " on: " + last);
    assertThat(last.megabytes() - before.megabytes()).isLessThan(MOST_MORE_MEGABYTES);
    assertThat(last.threads() - before.threads()).isLessThan(MOST_MORE_THREADS);
    assertThat(last.descriptors() - before.descriptors()).isLessThan(MOST_MORE_DESCRIPTORS);
  }

  private static Held least(List<Held> all, int from, int to) {
    List<Held> held = all.stream().filter(h -> h.batches() >= from && h.batches() < to).toList();
    return new Held(
        from,
        least(held, Held::megabytes),
        least(held, Held::threads),
        least(held, Held::descriptors));
  }

  private static long least(List<Held> held, ToLongFunction<Held> what) {
    return held.stream().mapToLong(what).min().orElseThrow();
  }
}
