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
import java.util.Comparator;
import java.util.EnumMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import org.apache.spark.api.java.function.FlatMapFunction;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.DataTypes;
import org.segmentser.JobNames;
import org.segmentser.Lease;
import org.segmentser.model.Novelty;
import org.segmentser.segment.Status;
import org.segmentser.tables.Drift;
import org.segmentser.tables.RunCodec;
import org.segmentser.tables.RunColumns;
import org.segmentser.tables.RunColumns.Kind;
import org.segmentser.tables.RunOutput;
import org.segmentser.tables.StagedCodec;
import org.segmentser.tables.Table;

/** The tables of one run, made of what a pass has staged: rows of {@link StagedCodec}. */
final class RunTables {
  /** Voices that are sent to every executor, some hundred bytes each. */
  private static final int MOST_BROADCAST = 200_000;

  /** Where a clip is; a file may hold several. */
  private static final Column PLACE =
      when(col("clip_id").startsWith(col("uri")), col("clip_id"))
          .otherwise(concat(col("uri"), lit(" ("), col("clip_id"), lit(")")));

  private static final Column IS_SCORED = col("status").equalTo(Status.SCORED.label());

  /** Staged columns of clips that are not part of the table. */
  private static final List<String> OWN =
      List.of(StagedCodec.VOICE_INDEX, StagedCodec.END_SEGMENT, StagedCodec.DISTANCE);

  private final SparkSession spark;
  private final RunCodec.Run run;
  private final RunColumns columns;
  private final Novelty novelty;
  private final RunOutput output;
  private final JobNames jobs;

  /**
   * The tables of a run.
   *
   * @param novelty what the model knows; null where it does not tell
   */
  RunTables(
      SparkSession spark,
      RunCodec.Run run,
      RunColumns columns,
      Novelty novelty,
      RunOutput output,
      JobNames jobs) {
    this.spark = spark;
    this.run = run;
    this.columns = columns;
    this.novelty = novelty;
    this.output = output;
    this.jobs = jobs;
  }

  /** The staged rows of one kind. */
  static Dataset<Row> rowsOf(String kind, Dataset<Row> rows) {
    List<Column> columns = new ArrayList<>(List.of(col(kind + ".*")));
    if (List.of(rows.columns()).contains(StagedCodec.KEPT)) {
      columns.add(col(StagedCodec.KEPT));
    }
    return rows.where(col(kind).isNotNull()).select(columns.toArray(Column[]::new));
  }

  /** The staged parts of clips, of which clips are made. */
  static Dataset<Row> partsOf(Dataset<Row> rows) {
    return rows.where(col(StagedCodec.SECTION).isNotNull()).select(col(StagedCodec.SECTION + ".*"));
  }

  /** What staged clips sum up to, in one pass without a shuffle. */
  ClipSums sumUp(Dataset<Row> clips) {
    jobs.next("score: sum up");
    boolean hasEmotions = columns.has(Kind.EMOTIONS);
    Column far = lit(novelty == null ? Double.POSITIVE_INFINITY : novelty.farDistance());
    Column[] summed =
        ClipSums.COLUMNS.stream()
            .map(
                name ->
                    switch (name) {
                      case "emotion" ->
                          hasEmotions ? col(name) : lit(null).cast(DataTypes.StringType);
                      case "confidence" ->
                          hasEmotions ? col(name) : lit(null).cast(DataTypes.FloatType);
                      case ClipSums.IS_FAR -> col(StagedCodec.DISTANCE).gt(far);
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

  /**
   * Writes the run's segments and clips.
   *
   * @param rows staged ones, of which those of segments count
   * @param clips all staged clips
   * @param sums of those clips
   */
  void write(Dataset<Row> rows, Dataset<Row> clips, ClipSums sums) {
    writeSegments(rows, clips, sums);
    writeClips(clips);
  }

  private void writeSegments(Dataset<Row> rows, Dataset<Row> clips, ClipSums sums) {
    Table table = columns.segmentTable();
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

  private void writeClips(Dataset<Row> clips) {
    jobs.next("score: write clips");
    write(clips.select(clipColumns(clips)), output.staged(Table.CLIPS));
  }

  /** The table's columns from the staged ones: what only scored clips have is null for others. */
  private static Column[] clipColumns(Dataset<Row> clips) {
    return Arrays.stream(clips.columns())
        .filter(name -> !OWN.contains(name))
        .map(
            name ->
                switch (name) {
                  case "modified" -> timestamp_millis(col(name)).as(name);
                  case "segments" -> when(IS_SCORED, col(name)).otherwise(lit(0)).as(name);
                  case "emotion",
                      "confidence",
                      "emotions",
                      "emotion_vote",
                      "unanimous",
                      "scores",
                      "seconds" ->
                      when(IS_SCORED, col(name)).as(name);
                  default -> col(name);
                })
        .toArray(Column[]::new);
  }

  /** Writes a table's own columns, and what is kept of a manifest behind them. */
  private void write(Dataset<Row> table, String path) {
    List<Column> all = new ArrayList<>();
    Column kept = null;
    for (String name : table.columns()) {
      if (name.equals(StagedCodec.KEPT)) {
        kept = col(name + ".*");
      } else {
        all.add(col(name));
      }
    }
    all.add(lit(run.modelId()).as("model_id"));
    all.add(lit(run.settings().id()).as("settings_id"));
    if (kept != null) {
      all.add(kept);
    }
    table.select(all.toArray(Column[]::new)).write().parquet(path);
  }

  /**
   * Writes the run's own row, with which all is staged that {@link RunOutput#publish} moves.
   *
   * @param skipped files that were left out, by the reason
   * @param passes how often clips were looked at; null where none was
   * @return what the run did
   */
  RunSummary finish(ClipSums sums, SortedMap<String, Long> skipped, RunSummary.Passes passes) {
    RunSummary summary = summarise(sums, skipped, passes);
    writeRun(summary);
    return summary;
  }

  /**
   * Moves what is staged to its place, and tells Spark's listeners.
   *
   * @param summary what {@link #finish} gave
   * @param inputs what was asked to be read
   * @param lease that must still be held; null for none
   * @throws UserError if another process took over the lease or publishes the run
   * @throws IOException if the tables cannot be moved; nothing of the run is left then
   */
  void publish(RunSummary summary, List<String> inputs, Lease lease) throws IOException {
    if (lease != null) {
      lease.check();
    }
    output.publish(summary.tables());
    spark.sparkContext().listenerBus().post(RunPublished.of(run, summary, inputs, output));
  }

  private RunSummary summarise(
      ClipSums sums, SortedMap<String, Long> skipped, RunSummary.Passes passes) {
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
        run.runId(),
        run.modelId(),
        new RunSummary.Clips(
            sums.clips(), sums.rejected(), byStatus, sums.alike(), skipped, sums.rejects()),
        new RunSummary.ScoredAudio(
            scored.segments(),
            scored.audioS(),
            run.settings().speech().isLookedFor() ? sums.speechS() : null,
            secondsSince(run.started()),
            emotions(sums),
            sums.abstained(),
            scored.voices() > 0 && columns.has(Kind.EMOTIONS) ? drift(sums) : null),
        passes,
        output.place(),
        List.of(columns.segmentTable(), Table.CLIPS));
  }

  /** In the model's order; only those that some clip has. */
  private List<RunSummary.EmotionTotal> emotions(ClipSums sums) {
    List<RunSummary.EmotionTotal> totals = new ArrayList<>();
    for (String label : columns.labels()) {
      ClipSums.Sum sum = sums.groups().get(new ClipSums.Group(Status.SCORED, label));
      if (sum != null) {
        totals.add(new RunSummary.EmotionTotal(label, sum.voices(), sum.audioS()));
      }
    }
    return totals;
  }

  private Drift drift(ClipSums sums) {
    List<RunSummary.EmotionTotal> emotions = emotions(sums);
    Optional<RunSummary.EmotionTotal> commonest =
        emotions.stream().max(Comparator.comparingLong(RunSummary.EmotionTotal::clips));
    Distances distances = sums.distances();
    return Drift.of(
        distances.count() == 0
            ? null
            : Drift.Distance.of(
                distances.median(),
                novelty.usualDistance(),
                novelty.rareDistance(),
                distances.far(),
                distances.count()),
        commonest.map(RunSummary.EmotionTotal::label).orElse(null),
        commonest.map(RunSummary.EmotionTotal::clips).orElse(0L),
        emotions.stream().mapToLong(RunSummary.EmotionTotal::clips).sum());
  }

  private void writeRun(RunSummary summary) {
    jobs.next("score: write runs");
    Row row =
        RunCodec.pack(
            run,
            new RunCodec.Totals(
                summary.clips().byStatus(),
                summary.scored().segments(),
                columns.has(Kind.EMOTIONS) ? summary.scored().abstained() : null,
                summary.scored().audioS(),
                summary.scored().speechS(),
                summary.scored().drift(),
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
