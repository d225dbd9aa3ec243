package org.segmentser.features;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.segmentser.flow.ExecutorModel;
import org.segmentser.model.Predictions;
import org.segmentser.model.SegmentModel;
import org.segmentser.model.SegmentModel.Output;

/**
 * Replaces patches by what a network makes of them, batch by batch: the column {@value
 * FeatureJob#FEATURES} of {@link FeatureJob}'s rows, where it is not null. Holds one batch.
 */
final class NetworkTask implements MapPartitionsFunction<Row, Row> {
  private static final long serialVersionUID = 1L;
  private static final int BATCH = 32;

  private final ExecutorModel model;

  private final Output output;

  NetworkTask(ExecutorModel model, Output output) {
    this.model = model;
    this.output = output;
  }

  @Override
  public Iterator<Row> call(Iterator<Row> rows) {
    return new Replaced(rows, model.load(), output);
  }

  private static final class Replaced implements Iterator<Row> {
    private final Iterator<Row> rows;
    private final SegmentModel model;
    private final Output output;
    private final ArrayDeque<Row> ready = new ArrayDeque<>();

    Replaced(Iterator<Row> rows, SegmentModel model, Output output) {
      this.rows = rows;
      this.model = model;
      this.output = output;
    }

    @Override
    public boolean hasNext() {
      if (ready.isEmpty() && rows.hasNext()) {
        replaceBatch();
      }
      return !ready.isEmpty();
    }

    @Override
    public Row next() {
      if (!hasNext()) {
        throw new NoSuchElementException();
      }
      return ready.remove();
    }

    private void replaceBatch() {
      List<Row> batch = new ArrayList<>();
      List<byte[]> patches = new ArrayList<>();
      while (batch.size() < BATCH && rows.hasNext()) {
        Row row = rows.next();
        batch.add(row);
        if (!row.isNullAt(FeatureJob.FEATURES)) {
          patches.add(row.getAs(FeatureJob.FEATURES));
        }
      }
      Predictions predictions = model.predict(patches, EnumSet.of(output));
      float[][] outputs =
          output == Output.EMBEDDINGS ? predictions.embeddings() : predictions.logits();
      int next = 0;
      for (Row row : batch) {
        ready.add(row.isNullAt(FeatureJob.FEATURES) ? row : with(row, bytes(outputs[next++])));
      }
    }

    private static Row with(Row row, byte[] features) {
      Object[] values = new Object[row.size()];
      for (int i = 0; i < values.length; i++) {
        values[i] = i == FeatureJob.FEATURES ? features : row.get(i);
      }
      return RowFactory.create(values);
    }

    private static byte[] bytes(float[] values) {
      ByteBuffer bytes =
          ByteBuffer.allocate(values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
      bytes.asFloatBuffer().put(values);
      return bytes.array();
    }
  }
}
