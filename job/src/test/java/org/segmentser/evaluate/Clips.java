package org.segmentser.evaluate;

import java.util.stream.IntStream;

/** Predictions for tests. */
final class Clips {
  private Clips() {}

  /** A clean clip of no known speaker. */
  static ClipPrediction clip(String id, int label, double[]... logits) {
    return clip(id, null, ClipPrediction.CLEAN, label, logits);
  }

  static ClipPrediction clip(
      String id, String speaker, String condition, int label, double[]... logits) {
    double[] starts = IntStream.range(0, logits.length).mapToDouble(s -> 0.96 * s).toArray();
    double[] ends = IntStream.range(0, logits.length).mapToDouble(s -> 0.96 * (s + 1)).toArray();
    return new ClipPrediction(
        id, "file:/audio/" + id, speaker, null, condition, 0, label, starts, ends, logits);
  }

  static double[] row(double... logits) {
    return logits;
  }
}
