package org.segmentser.model;

import static org.segmentser.model.FieldChecks.check;
import static org.segmentser.model.FieldChecks.checkWithin;
import static org.segmentser.model.FieldChecks.required;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.io.Serializable;
import java.util.Arrays;
import java.util.List;
import org.segmentser.metrics.ClipCertainty;
import org.segmentser.metrics.ClipPrediction;
import org.segmentser.metrics.ConformalSets;
import org.segmentser.metrics.Logits;
import org.segmentser.metrics.Temperature;

/**
 * What a model knows of how sure it is, from clips of speakers that it was not trained on: the
 * field {@code calibration} of its description. All of it is about clips, by their mean logits.
 * Immutable; every instance is valid, else its constructor throws a {@link ModelException}.
 *
 * @param temperature that mean logits are divided by before the softmax, {@value #LEAST} to {@value
 *     #MOST}; see {@link Temperature}
 * @param conformal which emotions cannot be ruled out
 * @param novelty the model's file of what clips look like that it knows, for {@link Novelty}; null
 *     if there is none
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Calibration(double temperature, Conformal conformal, String novelty)
    implements Serializable {
  private static final double LEAST = 0.001;
  private static final double MOST = 1000;

  /** Checks every field. */
  public Calibration {
    check(
        temperature >= LEAST && temperature <= MOST,
        "calibration.temperature",
        temperature,
        "must be between " + LEAST + " and " + MOST);
    required(conformal, "calibration.conformal");
  }

  /**
   * What decides which emotions are in a clip's set.
   *
   * @param clips how many it was found on, at least 1
   * @param thresholds as {@link ConformalSets#thresholds} gives them: for each coverage from 0.50
   *     to 0.99 the largest 1 - p of an emotion in the set, 0 to 1, ascending
   */
  public record Conformal(int clips, List<Double> thresholds) implements Serializable {
    /** Checks every field. */
    public Conformal {
      checkWithin(1, Integer.MAX_VALUE, clips, "calibration.conformal.clips");
      required(thresholds, "calibration.conformal.thresholds");
      check(
          thresholds.size() == ConformalSets.THRESHOLDS && areAscending(thresholds),
          "calibration.conformal.thresholds",
          thresholds,
          "must be " + ConformalSets.THRESHOLDS + " numbers from 0 to 1 in ascending order");
      thresholds = List.copyOf(thresholds);
    }

    private static boolean areAscending(List<Double> values) {
      double last = 0;
      for (Double value : values) {
        if (value == null || !(value >= last && value <= 1)) {
          return false;
        }
        last = value;
      }
      return true;
    }

    /**
     * The threshold of sets that hold a clip's true emotion with a probability.
     *
     * @param coverage that probability, 0.5 to 0.99
     */
    public double threshold(double coverage) {
      return thresholds.get(ConformalSets.index(coverage));
    }
  }

  /**
   * Fits a calibration, without novelty.
   *
   * @param heldOut what models say of clips whose speakers they were not trained on, at least one
   */
  public static Calibration fit(List<ClipPrediction> heldOut) {
    return fit(
        heldOut.stream().map(p -> Logits.mean(p.segments().logits())).toArray(double[][]::new),
        heldOut.stream().mapToInt(p -> p.reference().label()).toArray());
  }

  /**
   * Fits a calibration, without novelty.
   *
   * @param meanLogits [clips][emotions] of clips whose speakers the model was not trained on
   * @param labels the true emotion of each
   * @throws IllegalArgumentException as {@link Temperature#fit} does
   */
  public static Calibration fit(double[][] meanLogits, int[] labels) {
    double temperature = Temperature.fit(meanLogits, labels);
    double[][] probabilities =
        Arrays.stream(meanLogits)
            .map(logits -> Temperature.probabilities(logits, temperature))
            .toArray(double[][]::new);
    double[] thresholds = ConformalSets.thresholds(probabilities, labels);
    return new Calibration(
        temperature,
        new Conformal(labels.length, Arrays.stream(thresholds).boxed().toList()),
        null);
  }

  /**
   * How sure a model may be of clips.
   *
   * @param coverage of the sets, 0.5 to 0.99
   */
  public ClipCertainty certainty(double coverage) {
    return new ClipCertainty(temperature, conformal.threshold(coverage));
  }

  /**
   * The same with novelty.
   *
   * @param file the model's file that has it
   */
  public Calibration withNovelty(String file) {
    return new Calibration(temperature, conformal, file);
  }

  /**
   * Calibrated probabilities of a clip, which sum to 1.
   *
   * @param meanLogits one per emotion
   */
  public double[] probabilities(double[] meanLogits) {
    return Temperature.probabilities(meanLogits, temperature);
  }

  /**
   * All that numbers depend on but the file, as text. Ids of models follow from it, so the text for
   * a given calibration must never change.
   */
  String identity() {
    StringBuilder text = new StringBuilder("temperature ").append(bits(temperature));
    text.append("\nconformal ").append(conformal.clips());
    conformal.thresholds().forEach(threshold -> text.append(' ').append(bits(threshold)));
    return text.append("\nnovelty ").append(novelty).toString();
  }

  /** Versions of Java differ in how they write some numbers. */
  private static String bits(double value) {
    return Long.toHexString(Double.doubleToLongBits(value));
  }
}
