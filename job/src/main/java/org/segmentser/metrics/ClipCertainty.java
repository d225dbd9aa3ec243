package org.segmentser.metrics;

import java.io.Serializable;
import java.util.Arrays;
import java.util.List;

/**
 * How sure a model may be of clips, as it was found out on clips that it was not trained on.
 * Immutable and thread-safe.
 *
 * @param temperature that mean logits are divided by, see {@link Temperature}
 * @param threshold of the sets of classes, see {@link ConformalSets}
 */
public record ClipCertainty(double temperature, double threshold) implements Serializable {
  /** The coverage of the sets that evaluations tell of. */
  public static final double COVERAGE = 0.9;

  /**
   * Finds out how sure models may be.
   *
   * @param heldOut what they say of clips that they were not trained on, at least one
   */
  public static ClipCertainty fit(List<ClipPrediction> heldOut) {
    double[][] logits =
        heldOut.stream().map(p -> Logits.mean(p.segments().logits())).toArray(double[][]::new);
    int[] labels = heldOut.stream().mapToInt(p -> p.reference().label()).toArray();
    double temperature = Temperature.fit(logits, labels);
    double[][] probabilities =
        Arrays.stream(logits)
            .map(row -> Temperature.probabilities(row, temperature))
            .toArray(double[][]::new);
    double[] thresholds = ConformalSets.thresholds(probabilities, labels);
    return new ClipCertainty(temperature, thresholds[ConformalSets.index(COVERAGE)]);
  }

  /** Calibrated probabilities of a clip. */
  double[] probabilities(double[] meanLogits) {
    return Temperature.probabilities(meanLogits, temperature);
  }

  /** The classes that cannot be ruled out, the most probable first. */
  List<Integer> set(double[] probabilities) {
    return ConformalSets.set(probabilities, threshold);
  }
}
