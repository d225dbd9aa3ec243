package org.segmentser.score;

import java.util.List;
import java.util.Set;
import org.apache.spark.util.LongAccumulator;
import org.segmentser.model.ModelSpec;
import org.segmentser.model.Predictions;
import org.segmentser.model.SegmentModel;

/**
 * A model, and how long one task has waited for it.
 *
 * @param nanos of all predictions; the task's own
 */
record TimedModel(SegmentModel model, LongAccumulator nanos) implements SegmentModel {
  @Override
  public ModelSpec spec() {
    return model.spec();
  }

  @Override
  public int batchSize() {
    return model.batchSize();
  }

  @Override
  public Predictions predict(List<byte[]> patches, Set<Output> outputs) {
    long began = System.nanoTime();
    try {
      return model.predict(patches, outputs);
    } finally {
      nanos.add(System.nanoTime() - began);
    }
  }

  @Override
  public void close() {
    model.close();
  }
}
