package org.segmentser.metrics;

import java.io.Serializable;
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

  /** Calibrated probabilities of a clip. */
  double[] probabilities(double[] meanLogits) {
    return Temperature.probabilities(meanLogits, temperature);
  }

  /** The classes that cannot be ruled out, the most probable first. */
  List<Integer> set(double[] probabilities) {
    return ConformalSets.set(probabilities, threshold);
  }
}
