package org.segmentser.score;

import java.util.Iterator;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.sql.Row;
import org.segmentser.flow.ExecutorModel;
import org.segmentser.flow.Mapped;
import org.segmentser.flow.Rescoring;
import org.segmentser.tables.EmbeddedCodec;
import org.segmentser.tables.RunColumns;
import org.segmentser.tables.StagedCodec;

/** Spark's side of scoring embeddings: the rows of a partition through the executor's one model. */
final class RescoreTask implements MapPartitionsFunction<Row, Row> {
  private static final long serialVersionUID = 1L;

  /** Embeddings that go through the head together: enough for full speed, and half a megabyte. */
  private static final int BATCH = 1024;

  private final ExecutorModel model;
  private final int batchSize;
  private final RunColumns columns;

  RescoreTask(ExecutorModel model, Integer batchSize, RunColumns columns) {
    this.model = model;
    this.batchSize = batchSize == null ? BATCH : batchSize;
    this.columns = columns;
  }

  @Override
  public Iterator<Row> call(Iterator<Row> rows) {
    StagedCodec codec = new StagedCodec(columns);
    return new Mapped<>(
        new Rescoring(new Mapped<>(rows, EmbeddedCodec::segment), model.load(), columns, batchSize),
        codec::pack);
  }
}
