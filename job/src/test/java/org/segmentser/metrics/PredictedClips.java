package org.segmentser.metrics;

import java.util.stream.IntStream;
import org.segmentser.audio.Condition;
import org.segmentser.metrics.ClipPrediction.Reference;
import org.segmentser.metrics.ClipPrediction.SegmentLogits;

/** Predictions for tests. */
public final class PredictedClips {
  private PredictedClips() {}

  /** A clean clip of no known speaker. */
  public static ClipPrediction clip(String id, int label, double[]... logits) {
    return clip(id, null, Condition.CLEAN, label, logits);
  }

  public static ClipPrediction clip(
      String id, String speaker, Condition condition, int label, double[]... logits) {
    return clipOf(id, new Origin("one", speaker, null, null, null), condition, label, logits);
  }

  public static ClipPrediction clipOf(
      String id, Origin origin, Condition condition, int label, double[]... logits) {
    double[] starts = IntStream.range(0, logits.length).mapToDouble(s -> 0.96 * s).toArray();
    double[] ends = IntStream.range(0, logits.length).mapToDouble(s -> 0.96 * (s + 1)).toArray();
    return new ClipPrediction(
        new Reference(id, "file:/audio/" + id, origin, label),
        condition,
        0,
        new SegmentLogits(IntStream.range(0, logits.length).toArray(), starts, ends, logits));
  }

  public static double[] row(double... logits) {
    return logits;
  }
}
