package org.segmentser.tables;

import static org.apache.spark.sql.functions.broadcast;
import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.count_if;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.struct;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.StandardCopyOption;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.apache.hadoop.fs.FileContext;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Options.Rename;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.segmentser.Claim;
import org.segmentser.FileSystems;
import org.segmentser.Holder;
import org.segmentser.JobNames;
import org.segmentser.Lease;
import org.segmentser.SqlNames;
import org.segmentser.StagedDirectory;
import org.segmentser.UserError;
import org.segmentser.segment.Status;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Removes clips from every table of an output. What is to go is written to {@code forgotten} first,
 * so that no later run brings it back and the books still balance; then each file with a row of it
 * is replaced by one with its other rows. Whoever breaks off in between goes on when it is called
 * again.
 */
public final class Removal {
  private static final Logger LOG = LoggerFactory.getLogger(Removal.class);
  private static final String[] ID = {"clip_id"};
  private static final String[] CLIP_OF_RUN = {"clip_id", "run_date", "run_id"};

  private final OutputTables tables;
  private final Dataset<Row> ids;
  private final StagedDirectory staged;

  /** Nobody else rewrites files meanwhile. */
  private final Lease files;

  private Removal(OutputTables tables, Dataset<Row> ids, StagedDirectory staged, Lease files) {
    this.tables = tables;
    this.ids = ids;
    this.staged = staged;
    this.files = files;
  }

  /**
   * What came of a removal.
   *
   * @param clips that had rows
   * @param gone clips of those asked for that were forgotten before and had no row left
   * @param rows that were removed, of all tables
   * @param rewritten files that were replaced; 0 in a catalog, whose format sees to files
   * @param removed files that had no other row; 0 in a catalog
   */
  public record Result(long clips, long gone, long rows, int rewritten, int removed) {}

  /**
   * Removes clips.
   *
   * @param ids their ids in a column {@code clip_id}
   * @throws UserError if the output cannot be read or written, another process is at work in it, or
   *     a clip is in no table and was never forgotten; nothing is removed then
   */
  public static Result of(SparkSession spark, Destination output, Dataset<Row> ids) {
    try (JobNames jobs = new JobNames(spark)) {
      OutputTables tables = OutputTables.open(spark, output);
      // The lease is given back first, as empty directories go only when nobody is at work.
      try (HeldStaging staging = HeldStaging.begin(tables, "forget");
          Lease files = Maintenance.lease(tables.fs(), tables.root())) {
        refusePublishing(tables);
        Dataset<Row> distinct = ids.select("clip_id").distinct().cache();
        Removal removal = new Removal(tables, distinct, staging.directory(), files);
        removal.refuseRuns();
        return removal.run(jobs);
      }
    } catch (Exception e) {
      throw OutputTables.unreadable(output, e);
    }
  }

  private static void refusePublishing(OutputTables tables) throws IOException {
    FileStatus[] claims =
        tables.fs().globStatus(new Path(tables.root(), RunOutput.STAGING + "/*" + RunOutput.CLAIM));
    if (claims != null && claims.length > 0) {
      throw claimed(claims[0].getPath(), Claim.holder(tables.fs(), claims[0].getPath()).orElse(""));
    }
  }

  /** A run that has read already which clips are forgotten would bring these back. */
  private void refuseRuns() throws IOException {
    Path own = staged.path();
    long now = tables.fs().getFileStatus(new Path(own, HeldStaging.HOLDER)).getModificationTime();
    Leftovers leftovers = new Leftovers(tables.fs(), tables.root(), now, Lease.LIFE);
    Optional<Leftovers.Entry> other =
        leftovers.atWork(Set.of(own, Maintenance.leaseOfFiles(tables.root())));
    if (other.isPresent()) {
      throw UserError.busy(
          "another process is at work in the output, and may bring back what is forgotten"
              + " meanwhile: "
              + other.get().path()
              + ", "
              + leftovers.why(other.get())
              + "; try again once it has ended");
    }
  }

  private static UserError claimed(Path claim, String holder) {
    return UserError.usage(
        "another process is publishing in the output, or died while it did: "
            + claim
            + " is held by "
            + Holder.named(holder)
            + "; if that has ended, 'maintain' removes what it left");
  }

  private Result run(JobNames jobs) throws IOException {
    jobs.next("forget: find the rows");
    List<Row> places = places();
    refuseUnknown();
    long asked = ids.count();
    if (places.isEmpty()) {
      return new Result(0, asked, 0, 0, 0);
    }
    List<Claim> claims = new ArrayList<>();
    try {
      claim(places, claims);
      files.check();
      jobs.next("forget: write down what is forgotten");
      long clips =
          found(tables.clips().select("clip_id").union(tables.segments().select("clip_id")))
              .distinct()
              .count();
      writeDown();
      // One that has begun meanwhile may have read it before.
      refuseRuns();
      if (!Set.copyOf(places()).equals(Set.copyOf(places))) {
        throw UserError.busy(
            "another process has published a run meanwhile; the same command goes on");
      }
      long rows = places.stream().mapToLong(place -> place.getLong(2)).sum();
      if (tables instanceof CatalogTables catalog) {
        for (Table table : OutputTables.OF_RUNS) {
          jobs.next("forget: " + table.label());
          catalog.removeClips(table.label(), ids);
        }
        return new Result(clips, asked - clips, rows, 0, 0);
      }
      int removed = 0;
      for (int i = 0; i < places.size(); i++) {
        jobs.next("forget: file " + (i + 1) + " of " + places.size());
        Path file = new Path(URI.create(places.get(i).getString(0)));
        removed += replace(file, places.get(i).getLong(2), "file-" + i) ? 0 : 1;
      }
      return new Result(clips, asked - clips, rows, places.size() - removed, removed);
    } finally {
      claims.forEach(Claim::close);
    }
  }

  private Dataset<Row> found(Dataset<Row> rows) {
    return rows.join(broadcast(ids), ID, "left_semi");
  }

  /** Where rows of the clips are: a file or a table, the run, and how many. */
  private List<Row> places() throws IOException {
    List<Row> places = new ArrayList<>();
    for (Table table : OutputTables.OF_RUNS) {
      if (tables.has(table.label())) {
        Dataset<Row> rows = table == Table.CLIPS ? tables.clips() : tables.segments(table);
        Column place =
            tables instanceof CatalogTables ? lit(table.label()) : col("_metadata.file_path");
        places.addAll(
            found(rows.select(col("clip_id"), col("run_id"), place.as("place")))
                .groupBy("place", "run_id")
                .agg(count(lit(1)))
                .orderBy("place")
                .collectAsList());
      }
    }
    return places;
  }

  private void refuseUnknown() throws IOException {
    Dataset<Row> unknown =
        ids.join(tables.clips().select("clip_id"), ID, "left_anti")
            .join(tables.segments().select("clip_id"), ID, "left_anti");
    Optional<Dataset<Row>> forgotten = tables.forgottenIds();
    Dataset<Row> never =
        forgotten.isPresent() ? unknown.join(forgotten.get(), ID, "left_anti") : unknown;
    long count = never.count();
    if (count > 0) {
      throw UserError.input(
          Check.counted("clips that are in no table of " + tables, count, never, "clip_id"));
    }
  }

  /** Nobody else may replace or move these runs meanwhile. */
  private void claim(List<Row> places, List<Claim> claims) throws IOException {
    for (String run : places.stream().map(place -> place.getString(1)).distinct().toList()) {
      Path file = RunOutput.claim(tables.root(), run);
      Claim claim = Claim.take(tables.fs(), file);
      claims.add(claim);
      if (claim.other().isPresent()) {
        throw claimed(file, claim.other().get());
      }
    }
  }

  /** Adds to {@code forgotten} what is not there yet, of a removal that broke off. */
  private void writeDown() throws IOException {
    List<Column> byStatus = new ArrayList<>();
    for (Status status : Status.values()) {
      byStatus.add(count_if(col("status").equalTo(status.label())).as(status.label()));
    }
    Column[] clips =
        Arrays.stream(Status.values()).map(s -> orNone(s.label())).toArray(Column[]::new);
    Dataset<Row> outcomes =
        found(tables.clips())
            .groupBy("clip_id", "run_date", "run_id")
            .agg(byStatus.get(0), byStatus.subList(1, byStatus.size()).toArray(Column[]::new));
    Dataset<Row> segments =
        found(tables.segments())
            .groupBy("clip_id", "run_date", "run_id")
            .agg(count(lit(1)).as("segments"));
    Dataset<Row> gone =
        outcomes
            .join(segments, CLIP_OF_RUN, "full_outer")
            .select(
                col("clip_id"),
                lit(Instant.now()).as("forgotten"),
                col("run_date"),
                col("run_id"),
                struct(clips).as("clips"),
                orNone("segments"));
    Optional<Dataset<Row>> earlier = tables.forgotten();
    if (earlier.isPresent()) {
      gone = gone.join(Forgotten.ofRuns(earlier.get(), tables.runs()), CLIP_OF_RUN, "left_anti");
      gone = gone.select("clip_id", "forgotten", "run_date", "run_id", "clips", "segments");
    }
    if (tables instanceof CatalogTables catalog) {
      // Nothing is added by a removal that goes on, and one that adds nothing needs no commit.
      if (!gone.isEmpty()) {
        catalog.append(Forgotten.LABEL, gone);
      }
      return;
    }
    Path path = staged.path(Forgotten.LABEL);
    writeOne(gone, path);
    if (!tables.spark().read().schema(Forgotten.SCHEMA).parquet(path.toString()).isEmpty()) {
      String name = staged.path().getName().replaceFirst("^forget-", "") + ".parquet";
      staged.move(part(path), new Path(tables.root(), Forgotten.LABEL + "/" + name));
    }
  }

  private static Column orNone(String name) {
    return coalesce(col(name), lit(0L)).as(name);
  }

  /** The one file of rows that were written. */
  private Path part(Path directory) throws IOException {
    FileStatus[] parts = tables.fs().globStatus(new Path(directory, "part-*.parquet"));
    if (parts == null || parts.length != 1) {
      throw new IOException("not one file is staged in " + directory);
    }
    return parts[0].getPath();
  }

  private static void writeOne(Dataset<Row> rows, Path directory) {
    rows.coalesce(1).write().option("maxRecordsPerFile", 0).parquet(directory.toString());
  }

  /**
   * Replaces a file by one with its other rows, or removes it if it has none. A reader finds the
   * old or the new one.
   *
   * @param own rows in it that are to go
   * @param name under which the new one is staged
   * @return whether there are other rows
   */
  private boolean replace(Path file, long own, String name) throws IOException {
    Dataset<Row> all = tables.spark().read().parquet(file.toString());
    long others = all.count() - own;
    if (others == 0) {
      tables.fs().delete(file, false);
      // A table without files is none, so its directories go with the last one.
      staged.removed(file);
      LOG.info("removed {}", file);
      return false;
    }
    Path directory = staged.path(name);
    Column[] columns = Arrays.stream(all.columns()).map(SqlNames::named).toArray(Column[]::new);
    writeOne(all.join(broadcast(ids), ID, "left_anti").select(columns), directory);
    Path part = part(directory);
    long written = tables.spark().read().parquet(part.toString()).count();
    if (written != others) {
      throw new IOException(
          file + " has " + others + " other rows, but " + written + " were written to " + part);
    }
    move(part, file);
    LOG.info("rewrote {}", file);
    return true;
  }

  private void move(Path from, Path to) throws IOException {
    FileSystem fs = tables.fs();
    if (FileSystems.isLocal(fs)) {
      // Hadoop's checksum is that of the old file.
      Files.deleteIfExists(
          FileSystems.local(new Path(to.getParent(), "." + to.getName() + ".crc")));
      Files.move(
          FileSystems.local(from),
          FileSystems.local(to),
          StandardCopyOption.ATOMIC_MOVE,
          StandardCopyOption.REPLACE_EXISTING);
    } else if (fs.getUri().getScheme().equals("hdfs")) {
      FileContext.getFileContext(fs.getUri(), fs.getConf()).rename(from, to, Rename.OVERWRITE);
    } else {
      // In an object store a file is replaced when its stream is closed, at once.
      try (InputStream in = fs.open(from);
          OutputStream out = fs.create(to, true)) {
        in.transferTo(out);
      }
    }
  }
}
