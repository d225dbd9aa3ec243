package org.segmentser.score;

import java.util.Iterator;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.sql.Row;
import org.segmentser.flow.ExecutorModel;
import org.segmentser.flow.Mapped;
import org.segmentser.flow.Rescoring;
import org.segmentser.tables.EmbeddedCodec;
import org.segmentser.tables.StagedCodec;

/** Spark's side of scoring embeddings: the rows of a partition through the executor's one model. */
final class RescoreTask implements MapPartitionsFunction<Row, Row> {
  private static final long serialVersionUID = 1L;

  /** Embeddings that go through the head together: enough for full speed, and half a megabyte. */
  private static final int BATCH = 1024;

  private final ExecutorModel model;
  private final int batchSize;
  private final StagedCodec codec;

  RescoreTask(ExecutorModel model, Integer batchSize, StagedCodec codec) {
    this.model = model;
    this.batchSize = batchSize == null ? BATCH : batchSize;
    this.codec = codec;
  }

  @Override
  public Iterator<Row> call(Iterator<Row> rows) {
    return new Mapped<>(
        new Rescoring(
            new Mapped<>(rows, EmbeddedCodec::segment), model.load(), codec.columns(), batchSize),
        codec::pack);
  }
}
