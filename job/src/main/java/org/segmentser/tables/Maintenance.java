package org.segmentser.tables;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.time.Duration;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RemoteIterator;
import org.apache.spark.sql.SparkSession;
import org.segmentser.Claim;
import org.segmentser.JobNames;
import org.segmentser.Lease;
import org.segmentser.StagedDirectory;
import org.segmentser.UserError;
import org.segmentser.tables.Leftovers.Amount;
import org.segmentser.tables.Leftovers.Entry;

/**
 * Keeps an output of files in good order, beside those who read and write it: removes what dead
 * runs left, removes old runs that nobody needs, and merges small files. What it began and did not
 * end, the next one ends.
 *
 * <p>Nothing of a run is touched without its claim, and nothing while an execution stages it.
 */
public final class Maintenance {
  /** The lease of those who remove and replace files of complete runs. */
  private static final String WORK = "files";

  private static final int MOST_NAMED = 3;

  private final OutputTables tables;
  private final FileSystem fs;
  private final Path root;
  private final Settings settings;
  private final Leftovers leftovers;
  private final Merge merge;
  private final JobNames jobs;
  private final Consumer<Step> told;

  /** Null for a dry run, like the next. */
  private final StagedDirectory staged;

  private final Lease lease;

  private int merges;

  private Maintenance(
      OutputTables tables,
      Leftovers leftovers,
      Settings settings,
      JobNames jobs,
      Consumer<Step> told,
      HeldStaging staging,
      Lease lease) {
    this.tables = tables;
    this.fs = tables.fs();
    this.root = tables.root();
    this.settings = settings;
    this.leftovers = leftovers;
    this.merge = new Merge(tables.spark(), fs, settings.mergeBelow());
    this.jobs = jobs;
    this.told = told;
    this.staged = staging == null ? null : staging.directory();
    this.lease = lease;
  }

  /**
   * What is wanted.
   *
   * @param patience for which something is unwritten before it counts as left by the dead, where
   *     its process cannot be looked up
   * @param expiryDays age of runs, by their date in UTC, after which they are removed if nothing of
   *     them is needed; null for never
   * @param mergeBelow bytes below which files are merged; 0 for none
   * @param isDryRun whether nothing is changed
   */
  public record Settings(
      Duration patience, Integer expiryDays, long mergeBelow, boolean isDryRun) {}

  /** What was done with something. */
  public enum Action {
    /** It was left by the dead, and is gone. */
    REMOVED,
    /** A run that nobody needs any more, which is gone. */
    EXPIRED,
    /** A run's small files are fewer and larger now. */
    MERGED,
    /** It stays as it is. */
    KEPT
  }

  /**
   * Something that was done or, in a dry run, would be.
   *
   * @param what it was done with
   * @param why, or how
   * @param files that are gone
   * @param bytes that they had; 0 for what stays
   * @param written files that took their place
   */
  public record Step(Action action, String what, String why, int files, long bytes, int written) {}

  /**
   * Looks at an output and does what there is to do.
   *
   * @param told is given each step as soon as it is done
   * @throws UserError if it is no output, cannot be read or written, or another process does the
   *     same
   */
  public static void of(
      SparkSession spark, Destination output, Settings settings, Consumer<Step> told) {
    try (JobNames jobs = new JobNames(spark)) {
      OutputTables tables = OutputTables.of(spark, output);
      FileSystem fs = tables.fs();
      Path root = tables.root();
      requireOutput(tables, output);
      if (settings.isDryRun()) {
        Leftovers leftovers =
            new Leftovers(fs, root, System.currentTimeMillis(), settings.patience());
        new Maintenance(tables, leftovers, settings, jobs, told, null, null).run();
        return;
      }
      // The lease is given back first, as empty directories go only when nobody is at work.
      try (HeldStaging staging = HeldStaging.begin(tables, "maintain");
          Lease lease = lease(fs, root)) {
        Leftovers leftovers = new Leftovers(fs, root, lease.renewed(), settings.patience());
        new Maintenance(tables, leftovers, settings, jobs, told, staging, lease).run();
      }
    } catch (Exception e) {
      throw UserError.tellsOfFullDisk(e)
          ? UserError.unwritable("the output " + output, e)
          : OutputTables.unreadable(output, e);
    }
  }

  private static void requireOutput(OutputTables tables, Destination output) throws IOException {
    if (!tables.exists()) {
      throw UserError.input("no such output: " + output);
    }
    // The first run of all may have died.
    if (!tables.has(Table.RUNS.label())
        && !tables.fs().exists(new Path(tables.root(), Table.RUNS.label()))
        && !tables.fs().exists(new Path(tables.root(), RunOutput.STAGING))) {
      throw OutputTables.noRuns(output);
    }
  }

  /**
   * The right to remove and replace files of complete runs.
   *
   * @throws UserError with {@link org.segmentser.ExitCode#BUSY} if another process has it
   */
  static Lease lease(FileSystem fs, Path root) throws IOException {
    return Lease.take(fs, leaseOfFiles(root), "files of this output");
  }

  static Path leaseOfFiles(Path root) {
    return RunOutput.lease(root, WORK);
  }

  private void run() throws IOException {
    jobs.next("maintain: what the dead left");
    Map<String, Entry> claimed = dropStaged();
    if (tables instanceof CatalogTables catalog) {
      new CatalogMaintenance(catalog, leftovers, settings, jobs, told).run(claimed);
      return;
    }
    dropStrays(claimed);
    Map<String, Map<Path, List<FileStatus>>> partitions = partitions();
    finishMerges(partitions);
    if (settings.expiryDays() != null) {
      jobs.next("maintain: old runs");
      expire(LocalDate.now(ZoneOffset.UTC).minusDays(settings.expiryDays()), partitions);
    }
    if (settings.mergeBelow() > 0) {
      mergeAll(partitions);
    }
  }

  private void tell(Action action, String what, String why, Amount amount) {
    told.accept(new Step(action, what, why, amount.files(), amount.bytes(), 0));
  }

  private void tellKept(String what, String why) {
    tell(Action.KEPT, what, why, Amount.NONE);
  }

  private String inOutput(Path path) {
    return root.toUri().relativize(path.toUri()).getPath();
  }

  /** Removes what is dead in staging but claims, which it returns by their runs. */
  private Map<String, Entry> dropStaged() throws IOException {
    Map<String, Entry> claimed = new HashMap<>();
    for (Entry entry : leftovers.entries()) {
      boolean isOwn =
          lease != null
              && (entry.path().equals(staged.path()) || entry.path().equals(leaseOfFiles(root)));
      if (isOwn) {
        continue;
      }
      boolean isDead = leftovers.isDead(entry);
      String what = inOutput(entry.path());
      if (!isDead) {
        tellKept(what, leftovers.why(entry));
      } else if (entry.isClaim()) {
        claimed.put(entry.name(), entry);
      } else if (drop(entry)) {
        tell(Action.REMOVED, what, leftovers.why(entry), entry.amount());
      }
    }
    return claimed;
  }

  private boolean drop(Entry entry) throws IOException {
    return settings.isDryRun()
        || (entry.isLease()
            ? Claim.remove(fs, entry.path(), entry.holder())
            : fs.delete(entry.path(), true));
  }

  /** Removes dead claims, and the partitions of runs that broke off while they were moved. */
  private void dropStrays(Map<String, Entry> claimed) throws IOException {
    Map<String, Amount> strays = new TreeMap<>();
    Set<String> complete = runFiles().keySet();
    for (Path partition : glob("*/run_date=*/run_id=*")) {
      String runId = runOf(partition);
      if (!complete.contains(runId)) {
        strays.merge(runId, Amount.of(fs, partition), Amount::plus);
      }
    }
    Set<String> runIds = new TreeSet<>(strays.keySet());
    runIds.addAll(claimed.keySet());
    for (String runId : runIds) {
      dropStray(runId, strays.get(runId), claimed.get(runId));
    }
  }

  /**
   * Removes the partitions of a run.
   *
   * @param inPart what they hold; null if there are none, or the run is complete
   * @param dead who claimed it; null for nobody
   */
  private void dropStray(String runId, Amount inPart, Entry dead) throws IOException {
    String what = inPart != null ? "run " + runId + ", in part" : inOutput(dead.path());
    if (dead == null && !leftovers.isOld(inPart.written())) {
      tellKept(what, leftovers.unwrittenFor(inPart.written()));
      return;
    }
    String why = dead == null ? leftovers.unwrittenFor(inPart.written()) : leftovers.why(dead);
    Amount amount = inPart == null ? Amount.NONE : inPart;
    amount = dead == null ? amount : amount.plus(dead.amount());
    if (settings.isDryRun()) {
      if (leftovers.live(runId).isPresent()) {
        tellKept(what, "an execution is at this run");
      } else {
        tell(Action.REMOVED, what, why, amount);
      }
      return;
    }
    Optional<Claim> claim = leftovers.seize(runId);
    if (claim.isEmpty()) {
      tellKept(what, "an execution is at this run");
      return;
    }
    Claim held = claim.get();
    try (held) {
      if (inPart != null) {
        if (fs.exists(RunOutput.runFile(root, runId))) {
          tellKept(what, "it was published meanwhile");
          return;
        }
        removePartitions(runId);
      }
    }
    tell(Action.REMOVED, what, why, amount);
  }

  private void removePartitions(String runId) throws IOException {
    for (Path partition : RunOutput.partitions(fs, root, runId)) {
      remove(partition);
    }
  }

  private void remove(Path path) throws IOException {
    if (!fs.delete(path, true) && fs.exists(path)) {
      throw new IOException("cannot remove " + path);
    }
    staged.removed(path);
  }

  private List<Path> glob(String pattern) throws IOException {
    FileStatus[] found = fs.globStatus(new Path(root, pattern));
    return found == null ? List.of() : Stream.of(found).map(FileStatus::getPath).toList();
  }

  private static String runOf(Path partition) {
    return partition.getName().replaceFirst("^run_id=", "");
  }

  /** The files in {@code runs}, by run. */
  private Map<String, FileStatus> runFiles() throws IOException {
    Map<String, FileStatus> files = new HashMap<>();
    try {
      for (FileStatus file : fs.listStatus(new Path(root, Table.RUNS.label()))) {
        String name = file.getPath().getName();
        if (name.endsWith(".parquet")) {
          files.put(name.substring(0, name.length() - ".parquet".length()), file);
        }
      }
    } catch (FileNotFoundException e) {
      // No run has been published yet.
    }
    return files;
  }

  /** The files of all partitions of complete runs, by run and partition. */
  private Map<String, Map<Path, List<FileStatus>>> partitions() throws IOException {
    Set<String> complete = runFiles().keySet();
    Map<String, Map<Path, List<FileStatus>>> partitions = new TreeMap<>();
    for (Table table : OutputTables.OF_RUNS) {
      Path path = new Path(root, table.label());
      if (fs.exists(path)) {
        RemoteIterator<? extends FileStatus> files = fs.listFiles(path, true);
        while (files.hasNext()) {
          FileStatus file = files.next();
          Path partition = file.getPath().getParent();
          if (complete.contains(runOf(partition))) {
            partitions
                .computeIfAbsent(runOf(partition), run -> new TreeMap<>())
                .computeIfAbsent(partition, p -> new ArrayList<>())
                .add(file);
          }
        }
      }
    }
    return partitions;
  }

  /** Ends what a dead one began. */
  private void finishMerges(Map<String, Map<Path, List<FileStatus>>> partitions)
      throws IOException {
    for (Map.Entry<String, Map<Path, List<FileStatus>>> run : partitions.entrySet()) {
      List<Path> unfinished =
          run.getValue().entrySet().stream()
              .filter(partition -> Merge.isUnfinished(partition.getValue()))
              .map(Map.Entry::getKey)
              .toList();
      if (unfinished.isEmpty()) {
        continue;
      }
      String what = "run " + run.getKey();
      if (settings.isDryRun()) {
        tell(Action.MERGED, what, "a merge that broke off is ended or taken back", Amount.NONE);
        unfinished.forEach(run.getValue()::remove);
        continue;
      }
      Optional<Claim> claim = leftovers.seize(run.getKey());
      if (claim.isEmpty()) {
        tellKept(what, "an execution is at this run");
        unfinished.forEach(run.getValue()::remove);
        continue;
      }
      Claim held = claim.get();
      try (held) {
        for (Path partition : unfinished) {
          boolean isMerged = merge.finish(partition);
          String how = isMerged ? "ended the merge of " : "took back the merge of ";
          tell(Action.MERGED, what, how + inOutput(partition), Amount.NONE);
          run.getValue().put(partition, List.of(fs.listStatus(partition)));
        }
      }
    }
  }

  private void expire(LocalDate before, Map<String, Map<Path, List<FileStatus>>> partitions)
      throws IOException {
    Map<String, FileStatus> rows = runFiles();
    if (rows.isEmpty() || !tables.has(Table.CLIPS.label())) {
      return;
    }
    Expiry.Runs old = Expiry.before(before, tables.runs(), tables.clips());
    for (Expiry.Run run : old.superseded()) {
      expire(run, rows.get(run.id()), partitions);
    }
    if (!old.needed().isEmpty()) {
      String first =
          old.needed().stream()
              .limit(MOST_NAMED)
              .map(Expiry.Run::id)
              .collect(Collectors.joining(", "));
      tellKept(
          old.needed().size() + " runs before " + before,
          "they have outcomes that are needed: "
              + first
              + (old.needed().size() > MOST_NAMED ? " and others" : ""));
    }
  }

  private void expire(
      Expiry.Run run, FileStatus row, Map<String, Map<Path, List<FileStatus>>> partitions)
      throws IOException {
    String what = "run " + run.id();
    String why = "of " + run.date() + "; newer runs have outcomes for all of its clips";
    Amount amount = row == null ? Amount.NONE : new Amount(1, row.getLen(), 0);
    for (List<FileStatus> files : partitions.getOrDefault(run.id(), Map.of()).values()) {
      amount = amount.plus(amountOf(files));
    }
    if (!settings.isDryRun()) {
      Optional<Claim> claim = claimUnread(run.id(), what);
      if (claim.isEmpty()) {
        return;
      }
      Claim held = claim.get();
      try (held) {
        Path file = RunOutput.runFile(root, run.id());
        if (row == null || !isSame(row, file)) {
          tellKept(what, "it was replaced or removed meanwhile");
          return;
        }
        lease.check();
        remove(file);
        removePartitions(run.id());
      }
    }
    partitions.remove(run.id());
    tell(Action.EXPIRED, what, why, amount);
  }

  private boolean isSame(FileStatus known, Path file) throws IOException {
    try {
      FileStatus found = fs.getFileStatus(file);
      return found.getLen() == known.getLen()
          && found.getModificationTime() == known.getModificationTime();
    } catch (FileNotFoundException e) {
      return false;
    }
  }

  /**
   * The right to change a complete run, unless an execution is at it or reads the tables, such as
   * an incremental run that looks for what is known.
   */
  private Optional<Claim> claimUnread(String runId, String what) throws IOException {
    Optional<Entry> reader = leftovers.liveLease(leaseOfFiles(root));
    if (reader.isPresent()) {
      tellKept(what, "an incremental run is at work: " + leftovers.why(reader.get()));
      return Optional.empty();
    }
    Optional<Claim> claim = leftovers.seize(runId);
    if (claim.isEmpty()) {
      tellKept(what, "an execution is at this run");
    }
    return claim;
  }

  private static Amount amountOf(List<FileStatus> files) {
    return files.stream()
        .map(file -> new Amount(1, file.getLen(), file.getModificationTime()))
        .reduce(Amount.NONE, Amount::plus);
  }

  private void mergeAll(Map<String, Map<Path, List<FileStatus>>> partitions) throws IOException {
    for (Map.Entry<String, Map<Path, List<FileStatus>>> run : partitions.entrySet()) {
      Map<Path, Merge.Result> plans = new TreeMap<>();
      run.getValue()
          .forEach((path, files) -> merge.plan(files).ifPresent(plan -> plans.put(path, plan)));
      if (plans.isEmpty()) {
        continue;
      }
      String what = "run " + run.getKey();
      if (settings.isDryRun()) {
        tellMerged(what, plans);
        continue;
      }
      Optional<Claim> claim = claimUnread(run.getKey(), what);
      if (claim.isPresent()) {
        Claim held = claim.get();
        try (held) {
          jobs.next("maintain: merge files of " + run.getKey());
          tellMerged(what, mergeRun(run.getKey(), plans.keySet()));
        }
      }
    }
  }

  private Map<Path, Merge.Result> mergeRun(String runId, Set<Path> partitions) throws IOException {
    Map<Path, Merge.Result> merged = new TreeMap<>();
    for (Path partition : partitions) {
      // The run may have been replaced by one of another date.
      if (fs.exists(RunOutput.runFile(root, runId)) && fs.exists(partition)) {
        lease.check();
        merge
            .merge(partition, staged.path("merge-" + merges++))
            .ifPresent(result -> merged.put(partition, result));
      }
    }
    return merged;
  }

  private void tellMerged(String what, Map<Path, Merge.Result> merged) {
    if (merged.isEmpty()) {
      return;
    }
    String how =
        merged.entrySet().stream()
            .map(
                partition ->
                    partition.getKey().getParent().getParent().getName()
                        + " from "
                        + partition.getValue().from()
                        + " files to "
                        + partition.getValue().into())
            .collect(Collectors.joining(", "));
    int from = merged.values().stream().mapToInt(Merge.Result::from).sum();
    int into = merged.values().stream().mapToInt(Merge.Result::into).sum();
    long bytes = merged.values().stream().mapToLong(r -> r.bytesBefore() - r.bytesAfter()).sum();
    told.accept(new Step(Action.MERGED, what, how, from, bytes, into));
  }
}
