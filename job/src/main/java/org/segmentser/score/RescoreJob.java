package org.segmentser.score;

import static org.apache.spark.sql.functions.col;

import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.TreeMap;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.segmentser.JobNames;
import org.segmentser.Lease;
import org.segmentser.UserError;
import org.segmentser.flow.ExecutorModel;
import org.segmentser.tables.EmbeddedCodec;
import org.segmentser.tables.RunCodec;
import org.segmentser.tables.RunColumns;
import org.segmentser.tables.RunColumns.Kind;
import org.segmentser.tables.RunOutput;
import org.segmentser.tables.StagedCodec;

/**
 * From embeddings to the tables of one run: segments through the head, in whatever order they lie
 * in files, to staged rows; then the parts of clips that tasks have seen meet with the clips'
 * outcomes.
 */
final class RescoreJob {
  private static final String STAGED_ROWS = "rows";
  private static final String STAGED_CLIPS = "rescored-clips";

  private final SparkSession spark;
  private final RescoreRequest request;
  private final ExecutorModel model;
  private final String embedderId;
  private final Certainty certainty;
  private final JobNames jobs;

  RescoreJob(
      SparkSession spark,
      RescoreRequest request,
      ExecutorModel model,
      String embedderId,
      Certainty certainty) {
    this.spark = spark;
    this.request = request;
    this.model = model;
    this.embedderId = embedderId;
    this.certainty = certainty;
    this.jobs = new JobNames(spark);
  }

  /**
   * Runs the job.
   *
   * @param lease that must still be held when the tables are moved to their places; null for none
   * @throws UserError if embeddings are missing
   * @throws IOException if the tables cannot be written; nothing of the run is left then
   */
  RunSummary run(PreparedRescore.Embedded part, RunOutput output, Lease lease) throws IOException {
    try (jobs) {
      return runAll(part, output, lease);
    }
  }

  private RunSummary runAll(PreparedRescore.Embedded part, RunOutput output, Lease lease)
      throws IOException {
    Instant started = Instant.now();
    RunColumns columns = request.score().columns(model.spec(), part.settings().kept());
    StagedCodec codec = new StagedCodec(columns, certainty.judge());
    jobs.next(String.format(Locale.ROOT, "score: score %,d embeddings", part.totals().segments()));
    segments(part)
        .mapPartitions(
            new RescoreTask(model, request.score().batchSize(), codec),
            Encoders.row(codec.schema()))
        .write()
        .parquet(output.staged(STAGED_ROWS));
    Dataset<Row> rows = spark.read().schema(codec.schema()).parquet(output.staged(STAGED_ROWS));
    jobs.next("score: put clips together");
    RescoredClips.merge(part.clips(), RunTables.partsOf(rows), codec)
        .write()
        .parquet(output.staged(STAGED_CLIPS));
    Dataset<Row> clips =
        RunTables.rowsOf(
            StagedCodec.CLIP,
            spark.read().schema(codec.schema()).parquet(output.staged(STAGED_CLIPS)));
    RunTables tables =
        new RunTables(
            spark, facts(part, output, started), columns, certainty.novelty(), output, jobs);
    ClipSums sums = tables.sumUp(clips);
    tables.write(rows, clips, sums);
    RunSummary summary = tables.finish(sums, new TreeMap<>(), null);
    requireAll(part, summary);
    tables.publish(summary, List.of(request.source().toString()), lease);
    return summary;
  }

  private static Dataset<Row> segments(PreparedRescore.Embedded part) {
    if (part.isAll()) {
      return part.segments();
    }
    Dataset<Row> wanted =
        part.clips()
            .select(col("clip.clip_id").as("wanted_id"), col(EmbeddedCodec.RUN_ID).as("wanted_run"))
            .distinct();
    return part.segments()
        .join(
            wanted,
            col("clip.clip_id")
                .equalTo(col("wanted_id"))
                .and(col(EmbeddedCodec.RUN_ID).equalTo(col("wanted_run"))),
            "left_semi");
  }

  private RunCodec.Run facts(PreparedRescore.Embedded part, RunOutput output, Instant started) {
    return new RunCodec.Run(
        output.runId(),
        request.target().runDate(),
        request.command(),
        model.spec().modelId(),
        request.score().kinds().contains(Kind.EMBEDDINGS) ? embedderId : null,
        part.settings().with(request.score().caution(model.spec())),
        started,
        spark.sparkContext().applicationId());
  }

  private void requireAll(PreparedRescore.Embedded part, RunSummary summary) {
    if (summary.clips().total() != part.totals().clips()
        || summary.scored().segments() != part.totals().segments()) {
      throw UserError.input(
          String.format(
              Locale.ROOT,
              "%,d clips with %,d segments were embedded, but %,d and %,d were found below %s; 'verify'"
                  + " says what is missing there",
              part.totals().clips(),
              part.totals().segments(),
              summary.clips().total(),
              summary.scored().segments(),
              request.source()));
    }
  }
}
