package org.segmentser.tables;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.time.Duration;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Collectors;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RemoteIterator;
import org.segmentser.FileSystems;
import org.segmentser.UserError;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where one run writes, so that a reader sees the whole run or nothing of it. Everything goes to
 * {@code _staging/<run_id>-<random>} below the output, which readers pass over; {@link #publish}
 * then moves the finished tables to their places, the row of {@code runs} last. Runs with other ids
 * may write to the same output at the same time; of several executions of one run id, one
 * publishes, and the others fail without a trace.
 *
 * <p>Thread-safe: a shutdown hook may close it, and waits for a publication that has begun.
 */
public final class RunOutput implements AutoCloseable {
  /** The name of the table of runs. */
  public static final String RUNS = Table.RUNS.label();

  private static final Logger LOG = LoggerFactory.getLogger(RunOutput.class);
  private static final String STAGING = "_staging";
  private static final int MOST_NAMED = 5;
  private static final int MOST_TRIES = 100;

  private final FileSystem fs;
  private final Path root;
  private final String runId;
  private final LocalDate runDate;
  private final boolean overwrite;
  private final boolean isNew;

  /** Keeps what two executions of one run id stage apart. */
  private final UUID execution = UUID.randomUUID();

  /** Directories that may be empty now, lower ones first. */
  private final List<Path> emptied = new ArrayList<>();

  private boolean closed;

  private RunOutput(FileSystem fs, Path root, String runId, LocalDate runDate, boolean overwrite)
      throws IOException {
    this.fs = fs;
    this.root = root;
    this.runId = runId;
    this.runDate = runDate;
    this.overwrite = overwrite;
    this.isNew = !fs.exists(root);
  }

  /**
   * Opens an output for a run, and proves that it can be written.
   *
   * @param overwrite whether publishing replaces a run of the same id
   * @throws UserError if it holds the run already and that is not to be replaced, if another
   *     execution is publishing the run, or if it cannot be written
   */
  public static RunOutput begin(
      String output, String runId, LocalDate runDate, boolean overwrite, Configuration conf) {
    try {
      Path path = new Path(output);
      if (!output.matches("[^\\[\\]{}*?]*")) {
        throw new IOException("Spark takes []{}*? in its name for a pattern");
      }
      FileSystem fs = FileSystems.of(path, conf);
      RunOutput run = new RunOutput(fs, fs.makeQualified(path), runId, runDate, overwrite);
      Optional<String> holder = Claim.holder(fs, run.claim());
      if (holder.isPresent()) {
        throw run.claimedBy(holder.get());
      }
      if (!overwrite) {
        run.refuseExisting();
      }
      try {
        run.makeStaging();
      } catch (IOException e) {
        run.close();
        throw e;
      }
      return run;
    } catch (IOException | IllegalArgumentException e) {
      throw UserError.unwritable("the output " + output, e);
    }
  }

  private void makeStaging() throws IOException {
    if (Claim.isLocal(fs)) {
      makeLocalStaging();
    } else {
      fs.mkdirs(staging());
    }
    Path probe = new Path(staging(), "_writable");
    fs.create(probe).close();
    fs.delete(probe, false);
  }

  /** Another run that ends may remove the directory above before ours is in it. */
  private void makeLocalStaging() throws IOException {
    for (int tries = 1; ; tries++) {
      try {
        Files.createDirectories(java.nio.file.Path.of(staging().toUri()));
        return;
      } catch (NoSuchFileException e) {
        if (tries == MOST_TRIES) {
          throw e;
        }
      }
    }
  }

  private void refuseExisting() throws IOException {
    if (fs.exists(runFile())) {
      throw holdsRun("already", runFile());
    }
    List<Path> left = partitions();
    if (!left.isEmpty()) {
      throw holdsRun("in part, left by a run that broke off", left.get(0));
    }
  }

  private UserError holdsRun(String how, Path found) {
    return UserError.usage(
        "the output holds the run '"
            + runId
            + "' "
            + how
            + ": "
            + found
            + "; --overwrite replaces it, or choose another --run-id");
  }

  private UserError claimedBy(String holder) throws IOException {
    boolean isInPart = !fs.exists(runFile()) && !partitions().isEmpty();
    return UserError.usage(
        "another execution is publishing the run '"
            + runId
            + "', or died while it did"
            + (isInPart ? " and left it in part" : "")
            + ": "
            + claim()
            + " is held by "
            + (holder.isEmpty() ? "an unknown process" : holder)
            + "; if that has ended, remove the file and run again"
            + (isInPart ? " with --overwrite" : "")
            + ", or choose another --run-id");
  }

  /** The directories of this run's rows, whatever their date. */
  private List<Path> partitions() throws IOException {
    FileStatus[] found = fs.globStatus(new Path(root, "*/run_date=*/run_id=" + runId));
    return found == null ? List.of() : Arrays.stream(found).map(FileStatus::getPath).toList();
  }

  /** Where a table of this run is written first. */
  public String staged(Table table) {
    return staged(table.label());
  }

  /** Where something that is no table of its own is written; it is not published. */
  public String staged(String name) {
    return new Path(staging(), name).toString();
  }

  /** Below which the tables are. */
  public Path root() {
    return root;
  }

  /**
   * What other executions staged here and have not removed, as one line for the user: they may be
   * at work still, or dead. Nothing if there is none of it.
   */
  public Optional<String> leftovers() {
    Path staging = new Path(root, STAGING);
    try {
      List<String> named = new ArrayList<>();
      for (FileStatus found : fs.listStatus(staging)) {
        long written = lastWritten(found);
        // Stores may list directories that hold nothing and have no time.
        if (written > 0 && !found.getPath().equals(staging())) {
          named.add(found.getPath().getName() + " (last written " + age(written) + " ago)");
        }
      }
      if (named.isEmpty()) {
        return Optional.empty();
      }
      int more = named.size() - MOST_NAMED;
      return Optional.of(
          staging
              + " holds what other executions staged: "
              + named.stream().limit(MOST_NAMED).collect(Collectors.joining(", "))
              + (more > 0 ? " and " + more + " more" : "")
              + "; what belongs to none that is still running may be removed");
    } catch (IOException e) {
      // Another execution may end meanwhile, and there is nothing that depends on this.
      LOG.debug("cannot look into {}", staging, e);
      return Optional.empty();
    }
  }

  /** When the last file was, in milliseconds since the epoch; on S3 directories have no time. */
  private long lastWritten(FileStatus staged) throws IOException {
    long written = 0;
    RemoteIterator<? extends FileStatus> files = fs.listFiles(staged.getPath(), true);
    while (files.hasNext()) {
      written = Math.max(written, files.next().getModificationTime());
    }
    return written > 0 ? written : staged.getModificationTime();
  }

  private static String age(long written) {
    Duration age = Duration.ofMillis(Math.max(0, System.currentTimeMillis() - written));
    if (age.toDays() >= 2) {
      return age.toDays() + " days";
    }
    if (age.toHours() >= 2) {
      return age.toHours() + " hours";
    }
    return age.toMinutes() >= 2 ? age.toMinutes() + " minutes" : age.toSeconds() + " seconds";
  }

  /**
   * Moves staged tables to their places; none of them stays there if one cannot be moved. A run of
   * the same id that is to be replaced is removed before: its row first, so that readers never see
   * rows of both.
   *
   * @param tables partitioned tables, each staged as a directory of files
   * @throws UserError if another execution published the run or is about to; what it wrote is left
   *     alone
   */
  public synchronized void publish(List<String> tables) throws IOException {
    if (closed) {
      throw new IOException("the run was ended before it was published");
    }
    Optional<String> other = Claim.take(fs, claim(), process() + ", execution " + execution);
    if (other.isPresent()) {
      throw claimedBy(other.get());
    }
    try {
      if (overwrite) {
        removeExisting();
      } else {
        refuseExisting();
      }
      moveAll(tables);
    } finally {
      delete(claim());
    }
  }

  /** This process and its machine, for those who ask whether it is still at work. */
  private static String process() {
    return "process " + ManagementFactory.getRuntimeMXBean().getName();
  }

  private void removeExisting() throws IOException {
    fs.delete(runFile(), false);
    for (Path partition : partitions()) {
      if (!fs.delete(partition, true)) {
        throw new IOException("cannot remove " + partition);
      }
      emptied.add(partition.getParent());
    }
  }

  private void moveAll(List<String> tables) throws IOException {
    List<Path> moved = new ArrayList<>();
    try {
      for (String table : tables) {
        Path to = new Path(root, table + "/run_date=" + runDate + "/run_id=" + runId);
        moved.add(to);
        move(new Path(staging(), table), to);
      }
      FileStatus[] row = fs.globStatus(new Path(staging(), RUNS + "/part-*.parquet"));
      if (row == null || row.length == 0) {
        throw new FileNotFoundException("no row is staged in " + staged(RUNS));
      }
      move(row[0].getPath(), runFile());
    } catch (IOException | RuntimeException e) {
      // On S3 a rename may fail when its copy is there already.
      delete(runFile());
      for (Path path : moved) {
        delete(path);
        emptied.add(path.getParent());
        emptied.add(path.getParent().getParent());
      }
      emptied.add(runFile().getParent());
      throw e;
    }
  }

  private void move(Path from, Path to) throws IOException {
    fs.mkdirs(to.getParent());
    if (!fs.rename(from, to)) {
      throw new IOException("cannot move " + from + " to " + to);
    }
  }

  /**
   * Removes what is staged, and the output if nothing came of it. Does so once, and never fails:
   * what cannot be removed is logged.
   */
  @Override
  public synchronized void close() {
    if (closed) {
      return;
    }
    closed = true;
    delete(staging());
    // While others are at work, they may be about to move something into an empty directory.
    if (deleteIfEmpty(new Path(root, STAGING))) {
      emptied.forEach(this::deleteIfEmpty);
      if (isNew) {
        deleteIfEmpty(root);
      }
    }
  }

  private void delete(Path path) {
    try {
      fs.delete(path, true);
    } catch (IOException | RuntimeException e) {
      LOG.warn("cannot remove {}: {}", path, e.toString());
    }
  }

  /** Whether the directory is gone; other runs may write there, or remove it, at any moment. */
  private boolean deleteIfEmpty(Path directory) {
    try {
      if (Claim.isLocal(fs)) {
        // Hadoop looks whether it is empty, and then removes what it has come to hold since.
        Files.deleteIfExists(java.nio.file.Path.of(directory.toUri()));
        return true;
      }
      return fs.listStatus(directory).length == 0 && fs.delete(directory, false);
    } catch (FileNotFoundException e) {
      return true;
    } catch (IOException | RuntimeException e) {
      LOG.debug("{} stays as it is", directory, e);
      return false;
    }
  }

  private Path staging() {
    return new Path(root, STAGING + "/" + runId + "-" + execution);
  }

  /** Whoever holds it may move rows of this run. */
  private Path claim() {
    return new Path(root, STAGING + "/" + runId + ".publishing");
  }

  private Path runFile() {
    return new Path(root, RUNS + "/" + runId + ".parquet");
  }
}
