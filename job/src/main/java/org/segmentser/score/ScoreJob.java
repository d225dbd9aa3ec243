package org.segmentser.score;

import java.io.IOException;
import java.time.Instant;
import java.util.Locale;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.util.LongAccumulator;
import org.segmentser.JobNames;
import org.segmentser.Lease;
import org.segmentser.UserError;
import org.segmentser.flow.AudioProgress;
import org.segmentser.flow.ClipCounters;
import org.segmentser.flow.ExecutorModel;
import org.segmentser.flow.RunProgress;
import org.segmentser.flow.SegmentRows;
import org.segmentser.source.Corpus;
import org.segmentser.tables.RunCodec;
import org.segmentser.tables.RunOutput;
import org.segmentser.tables.StagedCodec;

/**
 * The main job: listed clips through the function, the explode and the model to staged rows, and
 * from there to the tables of one run.
 */
public final class ScoreJob {
  private static final String STAGED_ROWS = "rows";
  private static final String STAGED_SPLIT_CLIPS = "split-clips";

  private final SparkSession spark;
  private final RunRequest request;
  private final ExecutorModel model;
  private final String embedderId;
  private final Certainty certainty;
  private final ClipCounters counters;
  private final LongAccumulator scoredClips;
  private final JobNames jobs;
  private final RunProgress progress;

  /**
   * A job that makes the tables of one run.
   *
   * @param embedderId names what makes the model's embeddings; null where none are kept, or they
   *     are of no use to other models
   * @param certainty of what it says
   * @param progress of the command, of which this is one pass
   */
  ScoreJob(
      SparkSession spark,
      RunRequest request,
      ExecutorModel model,
      String embedderId,
      Certainty certainty,
      RunProgress progress) {
    this.progress = progress;
    this.spark = spark;
    this.request = request;
    this.model = model;
    this.embedderId = embedderId;
    this.certainty = certainty;
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
    StagedCodec codec =
        new StagedCodec(request.score().columns(model.spec(), corpus.kept()), certainty.judge());
    stage(scored(segments(corpus), codec), corpus, output);
    Dataset<Row> rows = spark.read().schema(codec.schema()).parquet(output.staged(STAGED_ROWS));
    Dataset<Row> clips = RunTables.rowsOf(StagedCodec.CLIP, rows);
    if (corpus.totals().isSplit()) {
      clips = clips.unionByName(splitClips(rows, codec, output));
    }
    RunTables tables =
        new RunTables(spark, facts(started), codec.columns(), certainty.novelty(), output, jobs);
    ClipSums sums = tables.sumUp(clips);
    requireAll(corpus, sums, output);
    tables.write(rows, clips, sums);
    RunSummary summary = tables.finish(sums, corpus.skipped(), passes());
    tables.publish(summary, request.input().all(), lease);
    progress.settle(summary.scored().segments(), summary.clips().byStatus());
    return summary;
  }

  /** The rows that are scored. */
  Dataset<Row> segments(Corpus corpus) {
    return SegmentRows.of(spark, corpus, request.clips(), counters);
  }

  private Dataset<Row> scored(Dataset<Row> segments, StagedCodec codec) {
    return segments.mapPartitions(
        new ScoreTask(model, request.score().batchSize(), codec, counters, scoredClips),
        Encoders.row(codec.schema()));
  }

  /** The one pass over the audio: both kinds of rows, task by task, into one staged table. */
  private void stage(Dataset<Row> scored, Corpus corpus, RunOutput output) {
    jobs.next(
        String.format(
            Locale.ROOT, "score: decode, segment and score %,d clips", corpus.totals().clips()));
    String what = "with model " + model.spec().modelId() + " into " + output.place();
    AudioProgress told = AudioProgress.begin(spark, progress, corpus.totals(), counters, what);
    try (told) {
      scored.write().parquet(output.staged(STAGED_ROWS));
    }
  }

  /** The clips of which there are several sections. */
  private Dataset<Row> splitClips(Dataset<Row> rows, StagedCodec codec, RunOutput output) {
    jobs.next("score: put sections together");
    String path = output.staged(STAGED_SPLIT_CLIPS);
    SplitClips.merge(RunTables.partsOf(rows), codec, request.clips().speech())
        .write()
        .parquet(path);
    return RunTables.rowsOf(StagedCodec.CLIP, spark.read().schema(codec.schema()).parquet(path));
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

  private RunCodec.Run facts(Instant started) {
    return new RunCodec.Run(
        request.runId(),
        request.target().runDate(),
        request.command(),
        model.spec().modelId(),
        embedderId,
        request.settings().with(request.score().caution(model.spec())),
        started,
        spark.sparkContext().applicationId());
  }

  private RunSummary.Passes passes() {
    return new RunSummary.Passes(
        counters.opened().value(), counters.decoded().value(), scoredClips.value());
  }
}
