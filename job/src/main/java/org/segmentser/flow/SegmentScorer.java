package org.segmentser.flow;

import java.util.Iterator;
import java.util.List;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.util.LongAccumulator;
import org.segmentser.tables.Schemas;
import org.segmentser.udf.SegmentAudioSchema;

/**
 * Spark's side of scoring: the rows of a partition, one a segment or one for a clip without,
 * through the executor's one model.
 */
public final class SegmentScorer implements MapPartitionsFunction<Row, Row> {
  private static final long serialVersionUID = 1L;

  /** The column of what is kept of a manifest, last where it is there, coming in and going out. */
  public static final String KEPT = "kept";

  /** The rows that come in; all rows of a clip stand together, in order. */
  public static final StructType INPUT =
      new StructType()
          .add("clip_id", DataTypes.StringType, false)
          .add("uri", DataTypes.StringType, false)
          .add("bytes", DataTypes.LongType)
          .add("modified", DataTypes.LongType)
          .add("outcome", SegmentAudioSchema.OUTCOME)
          .add("segment", SegmentAudioSchema.SEGMENT);

  private final ExecutorModel model;
  private final ScoreSettings settings;
  private final LongAccumulator scoredClips;
  private final LongAccumulator scoredSegments;

  public SegmentScorer(
      ExecutorModel model,
      ScoreSettings settings,
      LongAccumulator scoredClips,
      LongAccumulator scoredSegments) {
    this.model = model;
    this.settings = settings;
    this.scoredClips = scoredClips;
    this.scoredSegments = scoredSegments;
  }

  /** The rows that go out: either a segment or a clip is there. */
  public static StructType output(ScoreSettings settings, ExecutorModel model, List<String> kept) {
    StructType schema =
        new StructType()
            .add("segment", segmentSchema(settings, model))
            .add("clip", Schemas.clips(settings.labels(model.spec())));
    return kept.isEmpty() ? schema : schema.add(KEPT, Schemas.kept(kept));
  }

  public static StructType segmentSchema(ScoreSettings settings, ExecutorModel model) {
    return settings.emotions()
        ? Schemas.segments(settings.labels(model.spec()), settings.embeddings())
        : Schemas.embeddings(settings.postProcess());
  }

  @Override
  public Iterator<Row> call(Iterator<Row> rows) {
    return new ScoredRows(
        rows,
        model.load(),
        settings.postProcess() ? model.postProcessor() : null,
        settings,
        scoredClips::add,
        scoredSegments::add);
  }
}
