package org.segmentser.features;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.EnumSet;
import java.util.Iterator;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.sql.Row;
import org.segmentser.flow.BatchedPredictions;
import org.segmentser.flow.BatchedPredictions.Predicted;
import org.segmentser.flow.ExecutorModel;
import org.segmentser.flow.Mapped;
import org.segmentser.model.SegmentModel;
import org.segmentser.model.SegmentModel.Output;
import org.segmentser.tables.FeatureRow;
import org.segmentser.tables.FeatureRowCodec;

/** Replaces the patches of {@link FeatureRowCodec} rows by what a network makes of them. */
final class FeatureTask implements MapPartitionsFunction<Row, Row> {
  private static final long serialVersionUID = 1L;
  private final ExecutorModel model;
  private final Output output;

  FeatureTask(ExecutorModel model, Output output) {
    this.model = model;
    this.output = output;
  }

  @Override
  public Iterator<Row> call(Iterator<Row> rows) {
    SegmentModel loaded = model.load();
    Iterator<Predicted<FeatureRow>> predictions =
        new BatchedPredictions<>(
            new Mapped<>(rows, FeatureRowCodec::unpack),
            FeatureRow::features,
            loaded,
            EnumSet.of(output),
            loaded.batchSize());
    return new Mapped<>(predictions, predicted -> FeatureRowCodec.pack(replaced(predicted)));
  }

  private FeatureRow replaced(Predicted<FeatureRow> predicted) {
    float[] values = output == Output.EMBEDDINGS ? predicted.embedding() : predicted.logits();
    return values == null ? predicted.item() : predicted.item().with(bytes(values));
  }

  private static byte[] bytes(float[] values) {
    ByteBuffer bytes =
        ByteBuffer.allocate(values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(values);
    return bytes.array();
  }
}
