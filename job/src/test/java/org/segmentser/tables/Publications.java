package org.segmentser.tables;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.segmentser.UserError;

/** Executions of one run id that publish at the same moment, on any file system. */
public final class Publications {
  public static final LocalDate DAY = LocalDate.of(2026, 11, 22);
  public static final List<Table> TABLES = List.of(Table.SEGMENTS, Table.CLIPS);

  /** How many races there are on a server; {@code -Dsegmentser.races=200} makes them many. */
  public static final int RACES = Integer.getInteger("segmentser.races", 20);

  private Publications() {}

  /**
   * Lets executions race, and fails unless each race has one winner, whose rows alone are there.
   */
  public static void race(String output, int races, int contenders, Configuration conf)
      throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(contenders);
    try {
      for (int race = 0; race < races; race++) {
        String runId = "race-" + race;
        CyclicBarrier start = new CyclicBarrier(contenders);
        List<Future<Boolean>> publications =
            IntStream.range(0, contenders)
                .mapToObj(i -> threads.submit(() -> publish(output, runId, "of" + i, start, conf)))
                .toList();
        List<String> winners = new ArrayList<>();
        for (int i = 0; i < contenders; i++) {
          if (publications.get(i).get()) {
            winners.add("of" + i);
          }
        }
        assertThat(winners).as(runId).hasSize(1);
        requireRowsOf(winners.get(0), output, runId, conf);
      }
      requireNothingStaged(output, conf);
    } finally {
      threads.shutdownNow();
    }
  }

  /**
   * Fails if a file is left staged. Directories do not count: a server that keeps objects on a disk
   * may show empty ones.
   */
  public static void requireNothingStaged(String output, Configuration conf) throws IOException {
    Path staging = new Path(output, "_staging");
    FileSystem fs = staging.getFileSystem(conf);
    if (fs.exists(staging)) {
      assertThat(fs.listFiles(staging, true).hasNext()).isFalse();
    }
  }

  private static boolean publish(
      String output, String runId, String mark, CyclicBarrier start, Configuration conf)
      throws Exception {
    try (RunOutput run = RunOutput.begin(output, runId, DAY, false, conf)) {
      stage(run, mark, conf);
      start.await();
      run.publish(TABLES);
      return true;
    } catch (UserError e) {
      assertThat(e).hasMessageContaining("the run '" + runId + "'");
      return false;
    }
  }

  /** Stages a file for each table; their names, and the row of the run, have the mark. */
  public static void stage(RunOutput run, String mark, Configuration conf) throws IOException {
    for (Table table : TABLES) {
      write(new Path(run.staged(table), "part-" + mark + ".parquet"), "", conf);
    }
    write(new Path(run.staged(Table.RUNS), "part-" + mark + ".parquet"), mark, conf);
  }

  static void write(Path file, String text, Configuration conf) throws IOException {
    if (file.toUri().getScheme().equals("file")) {
      // Hadoop sets permissions by a process for each file.
      java.nio.file.Path local = java.nio.file.Path.of(file.toUri());
      Files.createDirectories(local.getParent());
      Files.writeString(local, text);
    } else {
      try (OutputStream out = file.getFileSystem(conf).create(file)) {
        out.write(text.getBytes(StandardCharsets.UTF_8));
      }
    }
  }

  /** Fails unless all that is there of a run has the mark. */
  public static void requireRowsOf(String mark, String output, String runId, Configuration conf)
      throws IOException {
    for (Table table : TABLES) {
      assertThat(
              names(
                  new Path(output, table.label() + "/run_date=" + DAY + "/run_id=" + runId), conf))
          .as(table.label() + " of " + runId)
          .containsExactly("part-" + mark + ".parquet");
    }
    Path row = new Path(output, "runs/" + runId + ".parquet");
    try (InputStream in = row.getFileSystem(conf).open(row)) {
      assertThat(new String(in.readAllBytes(), StandardCharsets.UTF_8)).isEqualTo(mark);
    }
  }

  static List<String> names(Path directory, Configuration conf) throws IOException {
    FileSystem fs = directory.getFileSystem(conf);
    return Arrays.stream(fs.listStatus(directory))
        .map(file -> file.getPath().getName())
        .filter(name -> !name.endsWith(".crc"))
        .sorted()
        .toList();
  }

  /**
   * One process of several that race: publishes each run when its time has come, and prints whether
   * it won.
   *
   * @param args the output, this process's mark, how many runs, and when the first is due, in
   *     milliseconds since the epoch
   */
  public static void main(String[] args) throws Exception {
    Configuration conf = new Configuration();
    long due = Long.parseLong(args[3]);
    for (int race = 0; race < Integer.parseInt(args[2]); race++) {
      String runId = "race-" + race;
      try (RunOutput run = RunOutput.begin(args[0], runId, DAY, false, conf)) {
        stage(run, args[1], conf);
        Thread.sleep(Math.max(0, due + race * 200L - System.currentTimeMillis()));
        run.publish(TABLES);
        System.out.println("won " + runId);
      } catch (UserError e) {
        System.out.println("lost " + runId + ": " + e.getMessage());
      }
    }
  }
}
