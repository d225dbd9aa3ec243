package org.segmentser.score;

import static org.apache.spark.sql.functions.broadcast;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.timestamp_millis;
import static org.apache.spark.sql.functions.when;

import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.util.LongAccumulator;
import org.segmentser.BuildInfo;
import org.segmentser.JobNames;
import org.segmentser.UserError;
import org.segmentser.flow.AudioProgress;
import org.segmentser.flow.ExecutorModel;
import org.segmentser.flow.SegmentRows;
import org.segmentser.flow.SegmentScorer;
import org.segmentser.segment.Status;
import org.segmentser.source.ListedClips;
import org.segmentser.tables.RunOutput;
import org.segmentser.udf.ClipCounters;

/**
 * The main job: listed clips through the function, the explode and the model to staged rows, and
 * from there to the tables of one run.
 */
public final class ScoreJob {
  private static final String STAGED_ROWS = "rows";
  private static final String SCORED = Status.SCORED.label();
  private static final int REJECTS_SHOWN = 5;

  private final SparkSession spark;
  private final RunRequest request;
  private final ExecutorModel model;
  private final ClipCounters counters;
  private final LongAccumulator scoredClips;
  private final LongAccumulator scoredSegments;
  private final JobNames jobs;

  ScoreJob(SparkSession spark, RunRequest request, ExecutorModel model) {
    this.spark = spark;
    this.request = request;
    this.model = model;
    this.counters = ClipCounters.of(spark.sparkContext());
    this.scoredClips = counter("clips scored");
    this.scoredSegments = counter("segments scored");
    this.jobs = new JobNames(spark);
  }

  /**
   * Runs the job.
   *
   * @throws IOException if the tables cannot be written; nothing of the run is left then
   */
  RunSummary run(ListedClips corpus, RunOutput output) throws IOException {
    try (jobs) {
      return runAll(corpus, output);
    }
  }

  private RunSummary runAll(ListedClips corpus, RunOutput output) throws IOException {
    Instant started = Instant.now();
    stage(scored(corpus), corpus, output);
    Dataset<Row> rows = staged(corpus, output);
    Dataset<Row> clips = rowsOf("clip", rows);
    List<StatusSum> sums = sumUp(clips);
    requireAll(corpus, sums, output);
    writeSegments(rows, clips, sums, output);
    writeClips(clips, output);
    RunSummary summary = summarise(corpus, clips, sums, output, started);
    writeRun(summary, output, started);
    output.publish(summary.tables());
    return summary;
  }

  /** The rows that are scored. */
  Dataset<Row> segments(ListedClips corpus) {
    return SegmentRows.of(spark, corpus, request.clips(), counters);
  }

  private Dataset<Row> scored(ListedClips corpus) {
    return segments(corpus)
        .mapPartitions(
            new SegmentScorer(model, request.score(), scoredClips, scoredSegments),
            Encoders.row(SegmentScorer.output(request.score(), model, corpus.kept())));
  }

  /** The one pass over the audio: both kinds of rows, task by task, into one staged table. */
  private void stage(Dataset<Row> scored, ListedClips corpus, RunOutput output) {
    jobs.next(
        String.format(
            Locale.ROOT, "score: decode, segment and score %,d clips", corpus.clips().size()));
    String what = "with model " + model.spec().modelId() + " into " + output.root();
    AudioProgress progress = AudioProgress.begin(spark, corpus.clips(), counters, what);
    try (progress) {
      scored.write().parquet(output.staged(STAGED_ROWS));
    }
  }

  private Dataset<Row> staged(ListedClips corpus, RunOutput output) {
    return spark
        .read()
        .schema(SegmentScorer.output(request.score(), model, corpus.kept()))
        .parquet(output.staged(STAGED_ROWS));
  }

  /** The staged rows of one kind. */
  private static Dataset<Row> rowsOf(String kind, Dataset<Row> rows) {
    List<Column> columns = new ArrayList<>(List.of(col(kind + ".*")));
    if (List.of(rows.columns()).contains(SegmentScorer.KEPT)) {
      columns.add(col(SegmentScorer.KEPT));
    }
    return rows.where(col(kind).isNotNull()).select(columns.toArray(Column[]::new));
  }

  /** Clips of one status and emotion: how many, their staged segments and their seconds. */
  private record StatusSum(
      String status, String emotion, long clips, long segments, double audioS) {
    boolean isScored() {
      return status.equals(SCORED);
    }
  }

  private List<StatusSum> sumUp(Dataset<Row> clips) {
    jobs.next("score: sum up");
    Column emotion =
        request.score().emotions()
            ? when(col("status").equalTo(SCORED), col("emotion"))
            : lit(null).cast(DataTypes.StringType);
    return clips
        .groupBy(col("status"), emotion)
        .agg(
            functions.count(lit(1)),
            functions.sum("segments"),
            functions.sum(functions.coalesce(col("duration_s"), lit(0.0))))
        .collectAsList()
        .stream()
        .map(
            r ->
                new StatusSum(
                    r.getString(0), r.getString(1), r.getLong(2), r.getLong(3), r.getDouble(4)))
        .toList();
  }

  /** What executors write must be where the driver reads: a disk of their own is not. */
  private static void requireAll(ListedClips corpus, List<StatusSum> sums, RunOutput output) {
    long found = sums.stream().mapToLong(StatusSum::clips).sum();
    if (found != corpus.clips().size()) {
      throw UserError.fault(
          String.format(
              Locale.ROOT,
              "%,d clips were listed but %,d have an outcome below %s; nothing of the run is left."
                  + " Can all executors write there?",
              corpus.clips().size(),
              found,
              output.root()));
    }
  }

  private void writeSegments(
      Dataset<Row> rows, Dataset<Row> clips, List<StatusSum> sums, RunOutput output) {
    Dataset<Row> segments = rowsOf("segment", rows);
    // A clip may turn out to be too long, say, after segments of it went through.
    if (sums.stream().anyMatch(sum -> !sum.isScored() && sum.segments() > 0)) {
      Dataset<Row> dropped =
          clips.where(col("status").notEqual(SCORED).and(col("segments").gt(0))).select("clip_id");
      segments = segments.join(broadcast(dropped), new String[] {"clip_id"}, "left_anti");
    }
    jobs.next("score: write " + request.score().segmentTable());
    write(segments, output.staged(request.score().segmentTable()));
  }

  private void writeClips(Dataset<Row> clips, RunOutput output) {
    jobs.next("score: write clips");
    write(clips.select(clipColumns(clips)), output.staged("clips"));
  }

  /** The table's columns from the staged ones: what only scored clips have is null for others. */
  private static Column[] clipColumns(Dataset<Row> clips) {
    Column isScored = col("status").equalTo(SCORED);
    return Arrays.stream(clips.columns())
        .map(
            name ->
                switch (name) {
                  case "modified" -> timestamp_millis(col(name)).as(name);
                  case "segments" -> when(isScored, col(name)).otherwise(lit(0)).as(name);
                  case "emotion", "emotion_vote", "unanimous", "scores", "seconds" ->
                      when(isScored, col(name)).as(name);
                  default -> col(name);
                })
        .toArray(Column[]::new);
  }

  /** Writes a table's own columns, and what is kept of a manifest behind them. */
  private void write(Dataset<Row> table, String path) {
    List<Column> columns = new ArrayList<>();
    Column kept = null;
    for (String name : table.columns()) {
      if (name.equals(SegmentScorer.KEPT)) {
        kept = col(name + ".*");
      } else {
        columns.add(col(name));
      }
    }
    columns.add(lit(model.spec().modelId()).as("model_id"));
    if (kept != null) {
      columns.add(kept);
    }
    table.select(columns.toArray(Column[]::new)).write().parquet(path);
  }

  private RunSummary summarise(
      ListedClips corpus,
      Dataset<Row> clips,
      List<StatusSum> sums,
      RunOutput output,
      Instant started) {
    Map<String, Long> byStatus = new LinkedHashMap<>();
    for (Status status : Status.values()) {
      byStatus.put(status.label(), 0L);
    }
    sums.forEach(sum -> byStatus.merge(sum.status(), sum.clips(), Long::sum));
    List<StatusSum> scored = sums.stream().filter(StatusSum::isScored).toList();
    List<String> rejects =
        sums.stream().allMatch(StatusSum::isScored) ? List.of() : firstRejects(clips);
    return new RunSummary(
        request.runId(),
        model.spec().modelId(),
        byStatus,
        corpus.skipped(),
        scored.stream().mapToLong(StatusSum::segments).sum(),
        scored.stream().mapToDouble(StatusSum::audioS).sum(),
        emotions(scored),
        secondsSince(started),
        counters.opened().value(),
        counters.decoded().value(),
        scoredClips.value(),
        rejects,
        output.root().toString(),
        List.of(request.score().segmentTable(), "clips"));
  }

  /** In the model's order; only those that some clip has. */
  private List<RunSummary.Emotion> emotions(List<StatusSum> scored) {
    return request.score().labels(model.spec()).stream()
        .flatMap(label -> scored.stream().filter(sum -> label.equals(sum.emotion())))
        .map(sum -> new RunSummary.Emotion(sum.emotion(), sum.clips(), sum.audioS()))
        .toList();
  }

  private List<String> firstRejects(Dataset<Row> clips) {
    jobs.next("score: look for the first rejects");
    return clips
        .where(col("status").notEqual(SCORED))
        .orderBy("uri")
        .limit(REJECTS_SHOWN)
        .select(functions.format_string("%s: %s: %s", col("uri"), col("status"), col("reason")))
        .as(Encoders.STRING())
        .collectAsList();
  }

  private void writeRun(RunSummary summary, RunOutput output, Instant started) {
    jobs.next("score: write runs");
    StructType byStatus = new StructType();
    for (String status : summary.clips().keySet()) {
      byStatus = byStatus.add(status, DataTypes.LongType, false);
    }
    StructType schema =
        new StructType()
            .add("run_id", DataTypes.StringType, false)
            .add("run_date", DataTypes.DateType, false)
            .add("started", DataTypes.TimestampType, false)
            .add("finished", DataTypes.TimestampType, false)
            .add("command", DataTypes.StringType, false)
            .add("version", DataTypes.StringType, false)
            .add("commit", DataTypes.StringType, false)
            .add("model_id", DataTypes.StringType, false)
            .add("segmentation", DataTypes.StringType, false)
            .add("hop_s", DataTypes.DoubleType, false)
            .add("clips", byStatus, false)
            .add("segments", DataTypes.LongType, false)
            .add("audio_s", DataTypes.DoubleType, false)
            .add("wall_s", DataTypes.DoubleType, false)
            .add("spark_app_id", DataTypes.StringType, false);
    Row row =
        RowFactory.create(
            summary.runId(),
            java.sql.Date.valueOf(request.runDate()),
            java.sql.Timestamp.from(started),
            java.sql.Timestamp.from(Instant.now()),
            request.command(),
            BuildInfo.VERSION,
            BuildInfo.COMMIT,
            summary.modelId(),
            request.clips().segmentation().mode().label(),
            request.clips().segmentation().hopS(),
            RowFactory.create(summary.clips().values().toArray()),
            summary.segments(),
            summary.audioS(),
            summary.wallS(),
            spark.sparkContext().applicationId());
    spark
        .createDataFrame(List.of(row), schema)
        .coalesce(1)
        .write()
        .parquet(output.staged(RunOutput.RUNS));
  }

  private LongAccumulator counter(String name) {
    return spark.sparkContext().longAccumulator(name);
  }

  private static double secondsSince(Instant started) {
    return (Instant.now().toEpochMilli() - started.toEpochMilli()) / 1000.0;
  }
}
