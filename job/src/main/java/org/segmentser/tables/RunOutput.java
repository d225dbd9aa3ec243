package org.segmentser.tables;

import java.io.IOException;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.segmentser.UserError;

/**
 * Where one run writes, so that a reader sees the whole run or nothing of it. Everything goes to
 * {@code _staging/<run_id>-<random>} below the output, which readers pass over; {@link #publish}
 * then moves the finished tables to their places, the row of {@code runs} last. Runs with other ids
 * may write to the same output at the same time.
 */
public final class RunOutput implements AutoCloseable {
  /** The table of runs; a run is complete when it has its row. */
  public static final String RUNS = "runs";

  private static final String STAGING = "_staging";

  private final FileSystem fs;
  private final Path root;
  private final String runId;
  private final LocalDate runDate;
  private final boolean isNew;

  /** Keeps what two executions of one run id stage apart. */
  private final UUID execution = UUID.randomUUID();

  private RunOutput(FileSystem fs, Path root, String runId, LocalDate runDate) throws IOException {
    this.fs = fs;
    this.root = root;
    this.runId = runId;
    this.runDate = runDate;
    this.isNew = !fs.exists(root);
  }

  /**
   * Opens an output for a run, and proves that it can be written.
   *
   * @throws UserError if it holds the run already, or cannot be written
   */
  public static RunOutput begin(
      String output, String runId, LocalDate runDate, Configuration conf) {
    try {
      Path path = new Path(output);
      if (!output.matches("[^\\[\\]{}*?]*")) {
        throw new IOException("Spark takes []{}*? in its name for a pattern");
      }
      FileSystem fs = path.getFileSystem(conf);
      RunOutput run = new RunOutput(fs, fs.makeQualified(path), runId, runDate);
      run.refuseExisting();
      try {
        fs.mkdirs(run.staging());
        Path probe = new Path(run.staging(), "_writable");
        fs.create(probe).close();
        fs.delete(probe, false);
      } catch (IOException e) {
        run.close();
        throw e;
      }
      return run;
    } catch (IOException | IllegalArgumentException e) {
      throw UserError.unwritable("the output " + output, e);
    }
  }

  private void refuseExisting() throws IOException {
    if (fs.exists(runFile())) {
      throw holdsRun("already", runFile());
    }
    FileStatus[] left = fs.globStatus(new Path(root, "*/run_date=*/run_id=" + runId));
    if (left != null && left.length > 0) {
      throw holdsRun("in part, left by a run that broke off", left[0].getPath());
    }
  }

  private UserError holdsRun(String how, Path found) {
    return UserError.usage(
        String.format(
            "the output holds the run '%s' %s: %s; remove it or choose another --run-id",
            runId, how, found));
  }

  /** Where a table of this run is written first. */
  public String staged(String table) {
    return new Path(staging(), table).toString();
  }

  /** Below which the tables are. */
  public Path root() {
    return root;
  }

  /**
   * Moves staged tables to their places; none of them stays there if one cannot be moved.
   *
   * @param tables partitioned tables, each staged as a directory of files
   */
  public void publish(List<String> tables) throws IOException {
    refuseExisting();
    List<Path> moved = new ArrayList<>();
    try {
      for (String table : tables) {
        Path to = new Path(root, table + "/run_date=" + runDate + "/run_id=" + runId);
        moved.add(to);
        move(new Path(staging(), table), to);
      }
      FileStatus[] row = fs.globStatus(new Path(staging(), RUNS + "/part-*.parquet"));
      move(row[0].getPath(), runFile());
    } catch (IOException | RuntimeException e) {
      for (Path path : moved) {
        fs.delete(path, true);
      }
      throw e;
    }
  }

  private void move(Path from, Path to) throws IOException {
    fs.mkdirs(to.getParent());
    if (!fs.rename(from, to)) {
      throw new IOException("cannot move " + from + " to " + to);
    }
  }

  /** Removes what is staged, and the output if nothing came of it. */
  @Override
  public void close() throws IOException {
    fs.delete(staging(), true);
    deleteIfEmpty(new Path(root, STAGING));
    deleteIfEmpty(new Path(root, RUNS));
    if (isNew) {
      deleteIfEmpty(root);
    }
  }

  private void deleteIfEmpty(Path directory) throws IOException {
    if (fs.exists(directory) && fs.listStatus(directory).length == 0) {
      fs.delete(directory, false);
    }
  }

  private Path staging() {
    return new Path(root, STAGING + "/" + runId + "-" + execution);
  }

  private Path runFile() {
    return new Path(root, RUNS + "/" + runId + ".parquet");
  }
}
