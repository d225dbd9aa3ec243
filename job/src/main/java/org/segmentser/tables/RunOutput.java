package org.segmentser.tables;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.time.Duration;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RemoteIterator;
import org.apache.spark.sql.SparkSession;
import org.segmentser.Claim;
import org.segmentser.FileSystems;
import org.segmentser.Holder;
import org.segmentser.Lease;
import org.segmentser.StagedDirectory;
import org.segmentser.UserError;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where one run writes, so that a reader sees the whole run or nothing of it. Everything goes to
 * {@code _staging/<run_id>-<random>} below the output, which readers ignore; {@link #publish} then
 * moves the finished tables to their places, the row of {@code runs} last. Runs with other ids may
 * write to the same output at the same time; of several executions of one run id, one publishes,
 * and the others fail without a trace.
 *
 * <p>Thread-safe: a shutdown hook may close it, and waits for a publication that has begun.
 */
public final class RunOutput implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(RunOutput.class);
  static final String STAGING = "_staging";
  static final String LEASE = ".lease";
  static final String CLAIM = ".publishing";
  private static final int MOST_NAMED = 5;

  private final FileSystem fs;
  private final Path root;
  private final String runId;
  private final LocalDate runDate;
  private final boolean overwrite;

  /** Where the tables are; null for files below the output. */
  private final CatalogTables catalog;

  /** Has a name of its own, so that executions of one run id do not meet there. */
  private final HeldStaging staging;

  private final StagedDirectory staged;

  private boolean closed;

  private RunOutput(
      FileSystem fs,
      Path root,
      String runId,
      LocalDate runDate,
      boolean overwrite,
      CatalogTables catalog)
      throws IOException {
    this.fs = fs;
    this.root = root;
    this.runId = runId;
    this.runDate = runDate;
    this.overwrite = overwrite;
    this.catalog = catalog;
    Optional<String> holder = Claim.holder(fs, claim());
    if (holder.isPresent()) {
      throw claimedBy(holder.get());
    }
    if (!overwrite) {
      refuseExisting();
    }
    staging = HeldStaging.begin(fs, root, runId);
    staged = staging.directory();
    LOG.info("the run {} is staged in {}", runId, staged.path());
  }

  /**
   * Opens an output for a run, and proves that it can be written.
   *
   * @param overwrite whether publishing replaces a run of the same id
   * @throws UserError if it already holds the run and that is not to be replaced, if another
   *     execution is publishing the run, or if it cannot be written
   */
  public static RunOutput begin(
      String output, String runId, LocalDate runDate, boolean overwrite, Configuration conf) {
    try {
      Path path = new Path(output);
      StagedDirectory.refusePattern(output);
      FileSystem fs = FileSystems.of(path, conf);
      return new RunOutput(fs, fs.makeQualified(path), runId, runDate, overwrite, null);
    } catch (IOException | IllegalArgumentException e) {
      throw UserError.unwritable("the output " + output, e);
    }
  }

  /**
   * Opens an output of files or of tables of a catalog.
   *
   * @throws UserError as {@link #begin(String, String, LocalDate, boolean, Configuration)} does, or
   *     if the catalog cannot be used
   */
  public static RunOutput begin(
      SparkSession spark, Destination output, String runId, LocalDate runDate, boolean overwrite) {
    if (!output.isCatalog()) {
      Configuration conf = spark.sessionState().newHadoopConf();
      return begin(output.output(), runId, runDate, overwrite, conf);
    }
    try {
      StagedDirectory.refusePattern(output.output());
      CatalogTables catalog = CatalogTables.of(spark, output);
      catalog.prepare();
      return new RunOutput(catalog.fs(), catalog.root(), runId, runDate, overwrite, catalog);
    } catch (IOException | IllegalArgumentException e) {
      throw UserError.unwritable("the output " + output.output(), e);
    }
  }

  /**
   * Takes the right to do some work on an output.
   *
   * @param workId names the work
   * @throws UserError with {@link org.segmentser.ExitCode#BUSY} if another process is at it, or if
   *     the output cannot be written
   */
  public static Lease lease(String output, String workId, Configuration conf) {
    try {
      Path path = new Path(output);
      StagedDirectory.refusePattern(output);
      FileSystem fs = FileSystems.of(path, conf);
      Path root = fs.makeQualified(path);
      return Lease.take(fs, lease(root, workId), "same clips");
    } catch (IOException | IllegalArgumentException e) {
      throw UserError.unwritable("the output " + output, e);
    }
  }

  /**
   * The first of {@code ID}, {@code ID-2}, {@code ID-3} and so on of which an output holds nothing,
   * that nobody else is making, and that nobody was publishing when it died.
   *
   * @throws UserError if the output cannot be read
   */
  public static String freeId(SparkSession spark, Destination output, String id) {
    try {
      OutputTables tables = OutputTables.of(spark, output);
      String free = id;
      for (int number = 2; !isFree(tables, free); number++) {
        free = id + "-" + number;
      }
      return free;
    } catch (IOException | IllegalArgumentException e) {
      throw UserError.unwritable("the output " + output, e);
    }
  }

  private static boolean isFree(OutputTables tables, String id) throws IOException {
    return !tables.isComplete(id)
        && !tables.fs().exists(claim(tables.root(), id))
        && partitions(tables.fs(), tables.root(), id).isEmpty()
        && !isMadeElsewhere(tables.fs(), tables.root(), id, null);
  }

  /**
   * Whether another execution is making a run of this id, as two may that began at the same moment.
   *
   * @throws UserError if the output cannot be read
   */
  public boolean isMadeElsewhere() {
    try {
      return isMadeElsewhere(fs, root, runId, staged.path());
    } catch (IOException e) {
      throw UserError.unwritable("the output " + root, e);
    }
  }

  private static boolean isMadeElsewhere(FileSystem fs, Path root, String id, Path own)
      throws IOException {
    FileStatus[] found = fs.globStatus(new Path(root, STAGING + "/" + id + "-*"));
    for (FileStatus directory : found == null ? new FileStatus[0] : found) {
      Path path = directory.getPath();
      if (!path.equals(own)
          && HeldStaging.nameOf(path.getName()).equals(id)
          && HeldStaging.isHeld(fs, path, System.currentTimeMillis())) {
        return true;
      }
    }
    return false;
  }

  private void refuseExisting() throws IOException {
    if (catalog != null) {
      // Rows of a run that is not complete are replaced by those of one that is.
      if (catalog.isComplete(runId)) {
        throw holdsRun("already", catalog + "." + Table.RUNS.label());
      }
      return;
    }
    if (fs.exists(runFile())) {
      throw holdsRun("already", runFile());
    }
    List<Path> left = partitions();
    if (!left.isEmpty()) {
      throw holdsRun("in part, left by a run that broke off", left.get(0));
    }
  }

  private UserError holdsRun(String how, Object found) {
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
            + Holder.named(holder)
            + "; if that has ended, 'maintain' removes what it left; or choose another --run-id");
  }

  /** The directories of this run's rows, whatever their date. */
  private List<Path> partitions() throws IOException {
    return partitions(fs, root, runId);
  }

  static List<Path> partitions(FileSystem fs, Path root, String runId) throws IOException {
    FileStatus[] found = fs.globStatus(new Path(root, "*/run_date=*/run_id=" + runId));
    return found == null ? List.of() : Arrays.stream(found).map(FileStatus::getPath).toList();
  }

  /** Where a table of this run is written first. */
  public String staged(Table table) {
    return staged(table.label());
  }

  /** Where something that is no table of its own is written; it is not published. */
  public String staged(String name) {
    return staged.path(name).toString();
  }

  /** The run's name. */
  public String runId() {
    return runId;
  }

  /** The directory below which the run is staged. */
  public Path root() {
    return root;
  }

  /** Where the tables are, for the user. */
  public String place() {
    return catalog == null ? root.toString() : catalog.toString();
  }

  /**
   * What other executions staged here and have not removed, as one line for the user: they may
   * still be running, or dead. Empty if there is nothing.
   */
  public Optional<String> leftovers() {
    return leftovers(fs, root, staged.path());
  }

  /**
   * The same of any output, but for what is staged in a directory of one's own, if there is one.
   */
  static Optional<String> leftovers(FileSystem fs, Path root, Path own) {
    Path staging = new Path(root, STAGING);
    try {
      List<String> named = new ArrayList<>();
      for (FileStatus found : fs.listStatus(staging)) {
        long written = lastWritten(fs, found);
        // Stores may list directories that are empty and have no time.
        boolean isOther =
            !found.getPath().equals(own) && !found.getPath().getName().endsWith(LEASE);
        if (written > 0 && isOther) {
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
              + "; 'maintain' removes what dead ones left");
    } catch (IOException e) {
      // Another execution may end meanwhile, and nothing depends on this.
      LOG.debug("cannot look into {}", staging, e);
      return Optional.empty();
    }
  }

  /** When the last file was written, in ms since the epoch; on S3 directories have no time. */
  static long lastWritten(FileSystem fs, FileStatus staged) throws IOException {
    long written = 0;
    RemoteIterator<? extends FileStatus> files = fs.listFiles(staged.getPath(), true);
    while (files.hasNext()) {
      written = Math.max(written, files.next().getModificationTime());
    }
    return written > 0 ? written : staged.getModificationTime();
  }

  private static String age(long written) {
    return age(Duration.ofMillis(Math.max(0, System.currentTimeMillis() - written)));
  }

  static String age(Duration age) {
    if (age.toDays() >= 2) {
      return age.toDays() + " days";
    }
    if (age.toHours() >= 2) {
      return age.toHours() + " hours";
    }
    return age.toMinutes() >= 2 ? age.toMinutes() + " minutes" : age.toSeconds() + " seconds";
  }

  /**
   * Moves staged tables to their places, or adds them to those of a catalog; if one cannot be
   * moved, none of them stays there. A run with the same id that is to be replaced is removed
   * first, beginning with its row, so that readers never see rows of both.
   *
   * @param tables partitioned tables, each staged as a directory of files
   * @throws UserError if another execution published the run or is about to; what it wrote is left
   *     alone
   */
  public synchronized void publish(List<Table> tables) throws IOException {
    if (closed) {
      throw new IOException("the run was ended before it was published");
    }
    try (Claim claim = Claim.take(fs, claim())) {
      if (claim.other().isPresent()) {
        throw claimedBy(claim.other().get());
      }
      if (overwrite) {
        removeExisting();
      } else {
        refuseExisting();
      }
      if (catalog != null) {
        catalog.publish(runId, runDate, tables, this::staged);
      } else {
        moveAll(tables);
      }
    }
    LOG.info("published the run {} below {}", runId, place());
  }

  /**
   * What {@link #publish} makes of tables: URIs of a directory for each and of the row's file, or
   * the names of a catalog's tables.
   */
  public List<String> published(List<Table> tables) {
    if (catalog != null) {
      return Stream.concat(tables.stream(), Stream.of(Table.RUNS))
          .map(table -> catalog + "." + table.label())
          .toList();
    }
    return Stream.concat(tables.stream().map(this::partition), Stream.of(runFile()))
        .map(Path::toString)
        .toList();
  }

  private Path partition(Table table) {
    return new Path(root, table.label() + "/run_date=" + runDate + "/run_id=" + runId);
  }

  private void removeExisting() throws IOException {
    if (catalog != null) {
      // The rest goes with what runs that are not complete have left.
      catalog.removeRun(runId);
      return;
    }
    fs.delete(runFile(), false);
    for (Path partition : partitions()) {
      if (!fs.delete(partition, true)) {
        throw new IOException("cannot remove " + partition);
      }
      staged.removed(partition);
      LOG.info("removed {} of the run that is replaced", partition);
    }
  }

  private void moveAll(List<Table> tables) throws IOException {
    List<Path> moved = new ArrayList<>();
    try {
      for (Table table : tables) {
        Path to = partition(table);
        moved.add(to);
        staged.move(staged.path(table.label()), to);
      }
      FileStatus[] row = fs.globStatus(staged.path(Table.RUNS.label() + "/part-*.parquet"));
      if (row == null || row.length == 0) {
        throw new FileNotFoundException("no row is staged in " + staged(Table.RUNS));
      }
      staged.move(row[0].getPath(), runFile());
    } catch (IOException | RuntimeException e) {
      // On S3 a rename may fail when its copy is there already. A row that may be there needs all
      // that it tells of.
      if (staged.discard(runFile())) {
        moved.forEach(staged::discard);
      }
      throw e;
    }
  }

  /**
   * Removes what is staged, and the output if nothing came of it. Does so once, and never fails:
   * what cannot be removed is logged.
   */
  @Override
  public synchronized void close() {
    closed = true;
    staging.close();
    if (catalog != null) {
      try {
        catalog.dropIfUnused();
      } catch (RuntimeException e) {
        LOG.warn("cannot remove the empty table runs of {}: {}", catalog, e.toString());
      }
    }
  }

  /** Whoever holds it may move rows of this run. */
  private Path claim() {
    return claim(root, runId);
  }

  static Path claim(Path root, String runId) {
    return new Path(root, STAGING + "/" + runId + CLAIM);
  }

  static Path lease(Path root, String workId) {
    return new Path(root, STAGING + "/" + workId + LEASE);
  }

  private Path runFile() {
    return runFile(root, runId);
  }

  static Path runFile(Path root, String runId) {
    return new Path(root, Table.RUNS.label() + "/" + runId + ".parquet");
  }
}
