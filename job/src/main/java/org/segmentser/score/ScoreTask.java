package org.segmentser.score;

import java.util.Iterator;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.sql.Row;
import org.apache.spark.util.LongAccumulator;
import org.segmentser.flow.ClipCounters;
import org.segmentser.flow.ExecutorModel;
import org.segmentser.flow.Mapped;
import org.segmentser.flow.Scoring;
import org.segmentser.model.SegmentModel;
import org.segmentser.tables.ClipSegmentCodec;
import org.segmentser.tables.RunColumns;
import org.segmentser.tables.RunColumns.Kind;
import org.segmentser.tables.Scored;
import org.segmentser.tables.Scored.ScoredClip;
import org.segmentser.tables.Scored.ScoredSection;
import org.segmentser.tables.Scored.ScoredSegment;
import org.segmentser.tables.StagedCodec;

/**
 * Spark's side of scoring: the rows of a partition, one per segment or one for a clip without,
 * through the executor's one model.
 */
final class ScoreTask implements MapPartitionsFunction<Row, Row> {
  private static final long serialVersionUID = 1L;

  private final ExecutorModel model;
  private final Integer batchSize;
  private final StagedCodec codec;
  private final ClipCounters counters;
  private final LongAccumulator scoredClips;

  ScoreTask(
      ExecutorModel model,
      Integer batchSize,
      StagedCodec codec,
      ClipCounters counters,
      LongAccumulator scoredClips) {
    this.model = model;
    this.batchSize = batchSize;
    this.codec = codec;
    this.counters = counters;
    this.scoredClips = scoredClips;
  }

  @Override
  public Iterator<Row> call(Iterator<Row> rows) {
    RunColumns columns = codec.columns();
    SegmentModel loaded = new TimedModel(model.load(), counters.inferenceNs());
    Iterator<Scored> scored =
        new Scoring(
            new Mapped<>(rows, ClipSegmentCodec::unpack),
            loaded,
            columns.has(Kind.POST_PROCESSED) ? model.postProcessor() : null,
            columns,
            batchSize == null ? loaded.batchSize() : batchSize);
    return new Mapped<>(
        scored,
        item -> {
          counters.segments().add(item instanceof ScoredSegment ? 1 : 0);
          scoredClips.add(endsClip(item) ? 1 : 0);
          return codec.pack(item);
        });
  }

  /** Each clip once: with its first voice and its last section. */
  private static boolean endsClip(Scored item) {
    return (item instanceof ScoredClip clip && clip.index() == 0)
        || (item instanceof ScoredSection section
            && section.index() == 0
            && section.outcome().section().isLast());
  }
}
