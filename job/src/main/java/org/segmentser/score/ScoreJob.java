package org.segmentser.score;

import static org.apache.spark.sql.functions.broadcast;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.concat;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.timestamp_millis;
import static org.apache.spark.sql.functions.when;

import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.apache.spark.api.java.function.FlatMapFunction;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.util.LongAccumulator;
import org.segmentser.JobNames;
import org.segmentser.Lease;
import org.segmentser.UserError;
import org.segmentser.flow.AudioProgress;
import org.segmentser.flow.ClipCounters;
import org.segmentser.flow.ExecutorModel;
import org.segmentser.flow.SegmentRows;
import org.segmentser.segment.Status;
import org.segmentser.source.Corpus;
import org.segmentser.tables.RunCodec;
import org.segmentser.tables.RunColumns;
import org.segmentser.tables.RunColumns.Kind;
import org.segmentser.tables.RunOutput;
import org.segmentser.tables.StagedCodec;
import org.segmentser.tables.Table;

/**
 * The main job: listed clips through the function, the explode and the model to staged rows, and
 * from there to the tables of one run.
 */
public final class ScoreJob {
  /** Voices that are sent to every executor, some hundred bytes each. */
  private static final int MOST_BROADCAST = 200_000;

  private static final String STAGED_ROWS = "rows";
  private static final String STAGED_SPLIT_CLIPS = "split-clips";

  /** Where a clip is; a file may hold several. */
  private static final Column PLACE =
      when(col("clip_id").startsWith(col("uri")), col("clip_id"))
          .otherwise(concat(col("uri"), lit(" ("), col("clip_id"), lit(")")));

  private static final Column IS_SCORED = col("status").equalTo(Status.SCORED.label());

  private final SparkSession spark;
  private final RunRequest request;
  private final ExecutorModel model;
  private final ClipCounters counters;
  private final LongAccumulator scoredClips;
  private final JobNames jobs;

  ScoreJob(SparkSession spark, RunRequest request, ExecutorModel model) {
    this.spark = spark;
    this.request = request;
    this.model = model;
    this.counters = ClipCounters.of(spark.sparkContext());
    this.scoredClips = spark.sparkContext().longAccumulator("clips scored");
    this.jobs = new JobNames(spark);
  }

  /**
   * Runs the job.
   *
   * @throws IOException if the tables cannot be written; nothing of the run is left then
   */
  RunSummary run(Corpus corpus, RunOutput output) throws IOException {
    return run(corpus, output, null);
  }

  /**
   * Runs the job.
   *
   * @param lease that must still be held when the tables are moved to their places; null for none
   * @throws IOException if the tables cannot be written; nothing of the run is left then
   */
  RunSummary run(Corpus corpus, RunOutput output, Lease lease) throws IOException {
    try (jobs) {
      return runAll(corpus, output, lease);
    }
  }

  private RunSummary runAll(Corpus corpus, RunOutput output, Lease lease) throws IOException {
    Instant started = Instant.now();
    StagedCodec codec = new StagedCodec(request.score().columns(model.spec(), corpus.kept()));
    stage(scored(segments(corpus), codec), corpus, output);
    Dataset<Row> rows = spark.read().schema(codec.schema()).parquet(output.staged(STAGED_ROWS));
    Dataset<Row> clips = rowsOf(StagedCodec.CLIP, rows);
    if (corpus.totals().isSplit()) {
      clips = clips.unionByName(splitClips(rows, codec, output));
    }
    ClipSums sums = sumUp(clips, codec.columns());
    requireAll(corpus, sums, output);
    Table segmentTable = codec.columns().segmentTable();
    writeSegments(segmentTable, rows, clips, sums, output);
    writeClips(clips, output);
    RunSummary summary = summarise(corpus, sums, codec.columns(), output, started);
    writeRun(summary, output, started);
    if (lease != null) {
      lease.check();
    }
    output.publish(summary.tables());
    return summary;
  }

  /** The rows that are scored. */
  Dataset<Row> segments(Corpus corpus) {
    return SegmentRows.of(spark, corpus, request.clips(), counters);
  }

  private Dataset<Row> scored(Dataset<Row> segments, StagedCodec codec) {
    return segments.mapPartitions(
        new ScoreTask(model, request.score().batchSize(), codec.columns(), scoredClips),
        Encoders.row(codec.schema()));
  }

  /** The one pass over the audio: both kinds of rows, task by task, into one staged table. */
  private void stage(Dataset<Row> scored, Corpus corpus, RunOutput output) {
    jobs.next(
        String.format(
            Locale.ROOT, "score: decode, segment and score %,d clips", corpus.totals().clips()));
    String what = "with model " + model.spec().modelId() + " into " + output.root();
    AudioProgress progress = AudioProgress.begin(spark, corpus.totals(), counters, what);
    try (progress) {
      scored.write().parquet(output.staged(STAGED_ROWS));
    }
  }

  /** The staged rows of one kind. */
  private static Dataset<Row> rowsOf(String kind, Dataset<Row> rows) {
    List<Column> columns = new ArrayList<>(List.of(col(kind + ".*")));
    if (List.of(rows.columns()).contains(StagedCodec.KEPT)) {
      columns.add(col(StagedCodec.KEPT));
    }
    return rows.where(col(kind).isNotNull()).select(columns.toArray(Column[]::new));
  }

  /** The clips of which there are several sections. */
  private Dataset<Row> splitClips(Dataset<Row> rows, StagedCodec codec, RunOutput output) {
    jobs.next("score: put sections together");
    Dataset<Row> sections =
        rows.where(col(StagedCodec.SECTION).isNotNull()).select(col(StagedCodec.SECTION + ".*"));
    String path = output.staged(STAGED_SPLIT_CLIPS);
    SplitClips.merge(sections, codec, request.clips().speech()).write().parquet(path);
    return rowsOf(StagedCodec.CLIP, spark.read().schema(codec.schema()).parquet(path));
  }

  /** In one pass over the staged clips, without a shuffle. */
  private ClipSums sumUp(Dataset<Row> clips, RunColumns columns) {
    jobs.next("score: sum up");
    Column emotion =
        columns.has(Kind.EMOTIONS) ? col("emotion") : lit(null).cast(DataTypes.StringType);
    Column[] summed =
        ClipSums.COLUMNS.stream()
            .map(
                name ->
                    switch (name) {
                      case "emotion" -> emotion;
                      case "uri" -> PLACE;
                      default -> col(name);
                    })
            .toArray(Column[]::new);
    ClipSums all = new ClipSums();
    clips.select(summed).toJavaRDD().mapPartitions(new SumTask()).collect().forEach(all::add);
    return all;
  }

  private static final class SumTask implements FlatMapFunction<Iterator<Row>, ClipSums> {
    private static final long serialVersionUID = 1L;

    @Override
    public Iterator<ClipSums> call(Iterator<Row> clips) {
      return List.of(ClipSums.of(clips)).iterator();
    }
  }

  /** What executors write must be where the driver reads: a disk of their own is not. */
  private static void requireAll(Corpus corpus, ClipSums sums, RunOutput output) {
    if (sums.clips() != corpus.totals().clips()) {
      throw UserError.fault(
          String.format(
              Locale.ROOT,
              "%,d clips were listed but %,d have an outcome below %s; nothing of the run is left."
                  + " Can all executors write there?",
              corpus.totals().clips(),
              sums.clips(),
              output.root()));
    }
  }

  private void writeSegments(
      Table table, Dataset<Row> rows, Dataset<Row> clips, ClipSums sums, RunOutput output) {
    Dataset<Row> segments = rowsOf(StagedCodec.SEGMENT, rows);
    // A clip may turn out to be too long, say, after segments of it went through; and one that
    // several tasks have read may end before some of its sections.
    if (sums.hasSegmentsToDrop()) {
      Dataset<Row> dropped =
          clips
              .where(
                  functions
                      .not(IS_SCORED)
                      .and(col("segments").gt(0))
                      .or(col(StagedCodec.END_SEGMENT).isNotNull()))
              .select(
                  col("clip_id").as("dropped_id"),
                  col("channel").as("dropped_channel"),
                  when(IS_SCORED, col(StagedCodec.END_SEGMENT))
                      .otherwise(lit(0))
                      .as("dropped_from"));
      segments =
          segments.join(
              sums.voicesToDrop() > MOST_BROADCAST ? dropped : broadcast(dropped),
              col("clip_id")
                  .equalTo(col("dropped_id"))
                  // A clip of which no channel could be opened may have some in another section.
                  .and(
                      col("dropped_channel")
                          .isNull()
                          .or(col("channel").equalTo(col("dropped_channel"))))
                  .and(col("segment_index").geq(col("dropped_from"))),
              "left_anti");
    }
    jobs.next("score: write " + table.label());
    write(segments, output.staged(table));
  }

  private void writeClips(Dataset<Row> clips, RunOutput output) {
    jobs.next("score: write clips");
    write(clips.select(clipColumns(clips)), output.staged(Table.CLIPS));
  }

  /** The table's columns from the staged ones: what only scored clips have is null for others. */
  private static Column[] clipColumns(Dataset<Row> clips) {
    return Arrays.stream(clips.columns())
        .filter(name -> !List.of(StagedCodec.VOICE_INDEX, StagedCodec.END_SEGMENT).contains(name))
        .map(
            name ->
                switch (name) {
                  case "modified" -> timestamp_millis(col(name)).as(name);
                  case "segments" -> when(IS_SCORED, col(name)).otherwise(lit(0)).as(name);
                  case "emotion", "emotion_vote", "unanimous", "scores", "seconds" ->
                      when(IS_SCORED, col(name)).as(name);
                  default -> col(name);
                })
        .toArray(Column[]::new);
  }

  /** Writes a table's own columns, and what is kept of a manifest behind them. */
  private void write(Dataset<Row> table, String path) {
    List<Column> columns = new ArrayList<>();
    Column kept = null;
    for (String name : table.columns()) {
      if (name.equals(StagedCodec.KEPT)) {
        kept = col(name + ".*");
      } else {
        columns.add(col(name));
      }
    }
    columns.add(lit(model.spec().modelId()).as("model_id"));
    columns.add(lit(request.settingsId()).as("settings_id"));
    if (kept != null) {
      columns.add(kept);
    }
    table.select(columns.toArray(Column[]::new)).write().parquet(path);
  }

  private RunSummary summarise(
      Corpus corpus, ClipSums sums, RunColumns columns, RunOutput output, Instant started) {
    Map<Status, Long> byStatus = new EnumMap<>(Status.class);
    for (Status status : Status.values()) {
      byStatus.put(status, 0L);
    }
    ClipSums.Sum scored = new ClipSums.Sum(0, 0, 0);
    for (var group : sums.groups().entrySet()) {
      byStatus.merge(group.getKey().status(), group.getValue().voices(), Long::sum);
      if (group.getKey().isScored()) {
        scored = scored.plus(group.getValue());
      }
    }
    return new RunSummary(
        request.runId(),
        model.spec().modelId(),
        new RunSummary.Clips(
            sums.clips(),
            sums.rejected(),
            byStatus,
            sums.alike(),
            corpus.skipped(),
            sums.rejects()),
        new RunSummary.ScoredAudio(
            scored.segments(),
            scored.audioS(),
            request.clips().speech().isLookedFor() ? sums.speechS() : null,
            secondsSince(started),
            emotions(sums, columns)),
        new RunSummary.Passes(
            counters.opened().value(), counters.decoded().value(), scoredClips.value()),
        output.root().toString(),
        List.of(columns.segmentTable(), Table.CLIPS));
  }

  /** In the model's order; only those that some clip has. */
  private static List<RunSummary.EmotionTotal> emotions(ClipSums sums, RunColumns columns) {
    List<RunSummary.EmotionTotal> totals = new ArrayList<>();
    for (String label : columns.labels()) {
      ClipSums.Sum sum = sums.groups().get(new ClipSums.Group(Status.SCORED, label));
      if (sum != null) {
        totals.add(new RunSummary.EmotionTotal(label, sum.voices(), sum.audioS()));
      }
    }
    return totals;
  }

  private void writeRun(RunSummary summary, RunOutput output, Instant started) {
    jobs.next("score: write runs");
    Row row =
        RunCodec.pack(
            new RunCodec.Run(
                request.runId(),
                request.target().runDate(),
                request.command(),
                summary.modelId(),
                request.settingsId(),
                request.clips().segmentation(),
                request.clips().speech(),
                started,
                spark.sparkContext().applicationId()),
            new RunCodec.Totals(
                summary.clips().byStatus(),
                summary.scored().segments(),
                summary.scored().audioS(),
                summary.scored().speechS(),
                summary.scored().wallS()));
    spark
        .createDataFrame(List.of(row), RunCodec.SCHEMA)
        .coalesce(1)
        .write()
        .parquet(output.staged(Table.RUNS));
  }

  private static double secondsSince(Instant started) {
    return (Instant.now().toEpochMilli() - started.toEpochMilli()) / 1000.0;
  }
}
