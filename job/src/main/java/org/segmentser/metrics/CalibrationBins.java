package org.segmentser.metrics;

import java.util.List;
import java.util.stream.IntStream;

/**
 * Decisions by their confidence, in {@value #COUNT} bins of equal width, each of which includes its
 * upper edge and excludes its lower one: C. Guo et al., "On Calibration of Modern Neural Networks",
 * ICML 2017.
 */
final class CalibrationBins {
  static final int COUNT = 15;

  private final int[] counts = new int[COUNT];
  private final int[] right = new int[COUNT];
  private final double[] confidence = new double[COUNT];

  /**
   * Adds a decision.
   *
   * @param sure probability of the class that was decided on, above 0 and up to 1
   */
  void add(double sure, boolean isRight) {
    int bin = Math.min(COUNT - 1, Math.max(0, (int) Math.ceil(sure * COUNT) - 1));
    counts[bin]++;
    confidence[bin] += sure;
    right[bin] += isRight ? 1 : 0;
  }

  /** Decisions in all bins. */
  int count() {
    return IntStream.of(counts).sum();
  }

  /** The expected calibration error, between 0 and 1. */
  double error() {
    double distance =
        IntStream.range(0, COUNT).mapToDouble(b -> Math.abs(right[b] - confidence[b])).sum();
    return distance / count();
  }

  Evaluation.Calibration calibration() {
    List<Evaluation.Bin> bins = IntStream.range(0, COUNT).mapToObj(this::bin).toList();
    return new Evaluation.Calibration(error(), bins);
  }

  private Evaluation.Bin bin(int b) {
    boolean empty = counts[b] == 0;
    return new Evaluation.Bin(
        b / (double) COUNT,
        (b + 1) / (double) COUNT,
        counts[b],
        empty ? null : confidence[b] / counts[b],
        empty ? null : (double) right[b] / counts[b]);
  }
}
