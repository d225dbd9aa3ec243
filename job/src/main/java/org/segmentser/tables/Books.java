package org.segmentser.tables;

import static org.apache.spark.sql.functions.broadcast;
import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.collect_list;
import static org.apache.spark.sql.functions.collect_set;
import static org.apache.spark.sql.functions.concat;
import static org.apache.spark.sql.functions.concat_ws;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.countDistinct;
import static org.apache.spark.sql.functions.count_if;
import static org.apache.spark.sql.functions.filter;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.max;
import static org.apache.spark.sql.functions.min;
import static org.apache.spark.sql.functions.not;
import static org.apache.spark.sql.functions.size;
import static org.apache.spark.sql.functions.struct;
import static org.apache.spark.sql.functions.sum;
import static org.apache.spark.sql.functions.when;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.segmentser.JobNames;
import org.segmentser.UserError;
import org.segmentser.segment.Status;
import org.segmentser.tables.OutputTables.Partition;

/**
 * The books of an output: whether its tables hold what its runs say, once and whole. Spark counts;
 * the driver holds the runs and a few names. Runs that are published meanwhile are left out.
 */
public final class Books {
  private static final String[] RUN = {"run_date", "run_id"};
  private static final String[] CLIP_OF_RUN = {"run_date", "run_id", "clip_id"};
  private static final String[] VOICE_OF_RUN = {"run_date", "run_id", "clip_id", "voice"};

  /** Clips of which all of these are equal should have one outcome. */
  private static final String[] WORK = {
    "clip_id", "bytes", "modified", "start_s", "end_s", "settings", "model_id"
  };

  private static final Column IS_SCORED = col("status").equalTo(Status.SCORED.label());
  private static final Column IS_REJECT =
      col("status")
          .isin(
              Arrays.stream(Status.values()).filter(Status::isReject).map(Status::label).toArray());

  private final OutputTables tables;
  private final Dataset<Row> runs;

  /** Of the runs. */
  private final Dataset<Row> clips;

  /** Rows of {@code segments} and {@code embeddings} of the runs. */
  private final Dataset<Row> segments;

  private final Optional<Dataset<Row>> forgotten;

  private Books(OutputTables tables) throws IOException {
    this.tables = tables;
    // Listed before the tables, so that a run has its rows there.
    runs = tables.runs();
    clips = ofRuns(tables.clips());
    segments = ofRuns(tables.segments());
    forgotten = tables.forgotten();
  }

  private Dataset<Row> ofRuns(Dataset<Row> rows) {
    return rows.withColumn("voice", OutputTables.VOICE)
        .join(broadcast(runs.select("run_date", "run_id")), RUN, "left_semi");
  }

  /**
   * Looks at everything.
   *
   * @param told is given each check as soon as it is made
   * @throws UserError if the output does not exist, holds no run, or has a file that cannot be read
   */
  public static void prove(SparkSession spark, Destination output, Consumer<Check> told) {
    try (JobNames jobs = new JobNames(spark)) {
      Books books = new Books(OutputTables.open(spark, output));
      jobs.next("verify: runs");
      told.accept(books.checkRuns());
      jobs.next("verify: outcomes");
      told.accept(books.checkOutcomes());
      jobs.next("verify: segments");
      told.accept(books.checkSegments());
      jobs.next("verify: sums");
      told.accept(books.checkSums());
      if (books.forgotten.isPresent()) {
        jobs.next("verify: forgotten clips");
        told.accept(books.checkForgotten(books.forgotten.get()));
      }
      told.accept(books.checkStaging());
    } catch (Exception e) {
      throw OutputTables.unreadable(output, e);
    }
  }

  /** Each run has one row, and each partition a run. */
  private Check checkRuns() throws IOException {
    Set<String> complete = new HashSet<>();
    Set<String> ids = new HashSet<>();
    List<String> twice = new ArrayList<>();
    List<Row> rows =
        runs.select(col("run_date").cast("string"), col("run_id"))
            .orderBy("run_id")
            .collectAsList();
    for (Row run : rows) {
      complete.add(run.getString(0) + " " + run.getString(1));
      if (!ids.add(run.getString(1))) {
        twice.add(run.getString(1));
      }
    }
    List<String> strays = new ArrayList<>();
    for (Partition partition : tables.partitions()) {
      boolean isComplete = complete.contains(partition.runDate() + " " + partition.runId());
      if (!isComplete && !isPublishedSince(partition, ids)) {
        strays.add(partition.toString());
      }
    }
    List<String> faults = new ArrayList<>();
    if (!strays.isEmpty()) {
      String what = "partitions without a run, left by one that broke off or is being published";
      faults.add(Check.counted(what, strays.size(), strays));
    }
    if (!twice.isEmpty()) {
      faults.add(Check.counted("runs with more than one row", twice.size(), twice));
    }
    return faults.isEmpty()
        ? Check.holds("runs", "%,d; every partition is that of one", ids.size())
        : Check.fails("runs", faults);
  }

  private boolean isPublishedSince(Partition partition, Set<String> ids) throws IOException {
    return !ids.contains(partition.runId()) && tables.isComplete(partition.runId());
  }

  /**
   * A clip's content has one outcome for each model and settings, or a reject and what followed.
   */
  private Check checkOutcomes() {
    Dataset<Row> inRuns =
        clips
            .groupBy(columns(CLIP_OF_RUN))
            .agg(
                count(lit(1)).as("rows"),
                size(collect_set(col("voice"))).as("voices"),
                max(col("voice").equalTo(-1)).as("is_mix"));
    Column isDoubled =
        not(col("rows").equalTo(col("voices"))).or(col("is_mix").and(col("voices").gt(1)));
    Row counts =
        inRuns.agg(count(lit(1)), countDistinct(col("clip_id")), count_if(isDoubled)).first();
    Dataset<Row> again = again();
    Row repeated = again.agg(coalesce(sum("outcomes"), lit(0L))).first();
    List<String> faults = new ArrayList<>();
    if (repeated.getLong(0) > 0) {
      String what = "outcomes that an earlier run with the same model and settings had already";
      faults.add(Check.counted(what, repeated.getLong(0), again, "clip_id"));
    }
    if (counts.getLong(2) > 0) {
      String what = "clips with more than one outcome in one run";
      faults.add(Check.counted(what, counts.getLong(2), inRuns.where(isDoubled), "clip_id"));
    }
    return faults.isEmpty()
        ? Check.holds(
            "outcomes",
            "%,d of %,d clips: one for each content, model and settings",
            counts.getLong(0),
            counts.getLong(1))
        : Check.fails("outcomes", faults);
  }

  /**
   * Clips with outcomes that another one of the same work came before; a reject is no such one, as
   * it may be tried again.
   */
  private Dataset<Row> again() {
    Column place = struct(col("started"), col("run_id"));
    return clips
        .join(broadcast(runs.select("run_date", "run_id", "started")), RUN)
        .withColumn("settings", OutputTables.SETTINGS)
        .groupBy(columns(WORK, "started", "run_id"))
        .agg(max(IS_REJECT).as("is_reject"))
        .groupBy(columns(WORK))
        .agg(collect_list(place).as("places"), min(when(not(col("is_reject")), place)).as("first"))
        .select(col("clip_id"), size(filter(col("places"), p -> p.gt(col("first")))).as("outcomes"))
        .where(col("outcomes").gt(0));
  }

  /** Each scored voice has its segments, from 0 on, and nobody else has any. */
  private Check checkSegments() {
    Dataset<Row> found =
        segments
            .groupBy(columns(VOICE_OF_RUN))
            .agg(
                count(lit(1)).as("found"),
                countDistinct(col("segment_index")).as("indices"),
                min("segment_index").as("first"),
                max("segment_index").as("last"));
    Dataset<Row> voices =
        clips.select(columns(VOICE_OF_RUN, when(IS_SCORED, col("segments")).as("wanted")));
    Dataset<Row> both =
        voices
            .join(found, VOICE_OF_RUN, "full_outer")
            .na()
            .fill(0, new String[] {"wanted", "found"});
    Column isStray = col("wanted").equalTo(0).and(col("found").gt(0));
    Column isWhole =
        col("found")
            .equalTo(col("wanted"))
            .and(col("indices").equalTo(col("found")))
            .and(col("first").equalTo(0))
            .and(col("last").equalTo(col("wanted").minus(1)));
    Column isBroken = col("wanted").gt(0).and(not(coalesce(isWhole, lit(false))));
    Row counts =
        both.agg(
                count_if(col("wanted").gt(0)),
                coalesce(sum("found"), lit(0L)),
                count_if(isBroken),
                count_if(isStray))
            .first();
    List<String> faults = new ArrayList<>();
    if (counts.getLong(2) > 0) {
      String what = "scored clips whose segments are not those that they should have";
      faults.add(Check.counted(what, counts.getLong(2), both.where(isBroken), "clip_id"));
    }
    if (counts.getLong(3) > 0) {
      String what = "clips with segments that were not scored";
      faults.add(Check.counted(what, counts.getLong(3), both.where(isStray), "clip_id"));
    }
    return faults.isEmpty()
        ? Check.holds(
            "segments",
            "%,d: those of %,d scored clips or channels, complete and in order",
            counts.getLong(1),
            counts.getLong(0))
        : Check.fails("segments", faults);
  }

  /** What the rows of {@code runs} say is what the other tables hold and what was taken away. */
  private Check checkSums() {
    List<Column> byStatus = new ArrayList<>();
    List<Column> taken = new ArrayList<>();
    List<Column> faults = new ArrayList<>();
    for (Status status : Status.values()) {
      String label = status.label();
      byStatus.add(count_if(col("status").equalTo(label)).as("in_" + label));
      taken.add(sum("clips." + label).as("no_" + label));
      faults.add(differing(label, col("clips." + label), "in_" + label, "no_" + label));
    }
    taken.add(sum("segments").as("no_segments"));
    faults.add(differing("segments", col("segments"), "in_segments", "no_segments"));
    Dataset<Row> counted =
        runs.join(grouped(clips, byStatus), RUN, "left")
            .join(grouped(segments, List.of(count(lit(1)).as("in_segments"))), RUN, "left")
            .join(grouped(taken(), taken), RUN, "left")
            .select(col("run_id"), concat_ws(", ", faults.toArray(Column[]::new)).as("fault"))
            .where(not(col("fault").equalTo("")))
            .select(concat(col("run_id"), lit(" has "), col("fault")).as("fault"));
    long wrong = counted.count();
    if (wrong > 0) {
      String what = "runs that do not sum up";
      return Check.fails("sums", List.of(Check.counted(what, wrong, counted, "fault")));
    }
    return Check.holds("sums", "clips and segments of each run are as many as it says");
  }

  private static Dataset<Row> grouped(Dataset<Row> rows, List<Column> sums) {
    return rows.groupBy(columns(RUN))
        .agg(sums.get(0), sums.subList(1, sums.size()).toArray(Column[]::new));
  }

  /** In words, if a run says another number than there is; else null. */
  private static Column differing(String what, Column said, String in, String no) {
    Column saidOrNone = coalesce(said, lit(0L));
    Column there = coalesce(col(in), lit(0L)).plus(coalesce(col(no), lit(0L)));
    return when(
        not(saidOrNone.equalTo(there)),
        concat(there, lit(" of " + what + " and says "), saidOrNone));
  }

  /** What was removed of runs that were not replaced since. */
  private Dataset<Row> taken() {
    Dataset<Row> all =
        forgotten.orElseGet(() -> tables.spark().createDataFrame(List.<Row>of(), Forgotten.SCHEMA));
    return Forgotten.ofRuns(all, runs);
  }

  /** No row of a forgotten clip is left, not even of a run that is not complete. */
  private Check checkForgotten(Dataset<Row> rows) throws IOException {
    Dataset<Row> ids = rows.select("clip_id").distinct();
    Dataset<Row> left =
        tables
            .clips()
            .select("clip_id")
            .union(tables.segments().select("clip_id"))
            .join(ids, new String[] {"clip_id"}, "left_semi")
            .distinct();
    long clipsLeft = left.count();
    return clipsLeft == 0
        ? Check.holds("forgotten", "%,d clips, of which no row is left", ids.count())
        : Check.fails(
            "forgotten",
            List.of(Check.counted("forgotten clips with rows", clipsLeft, left, "clip_id")));
  }

  private Check checkStaging() {
    Optional<String> leftovers = tables.leftovers();
    return Check.told(
        "staging", leftovers.isPresent(), "%s", leftovers.orElse("nothing was left behind"));
  }

  private static Column[] columns(String[] names, Object... more) {
    return Stream.concat(Arrays.stream(names), Arrays.stream(more))
        .map(c -> c instanceof Column column ? column : functions.col((String) c))
        .toArray(Column[]::new);
  }
}
