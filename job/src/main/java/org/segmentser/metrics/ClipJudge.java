package org.segmentser.metrics;

import java.io.Serializable;
import java.util.List;

/**
 * Says how sure a clip's emotion is, and how far the clip is from what the model knows. Plain Java.
 * Immutable and thread-safe.
 *
 * @param temperature that the mean logits are divided by; 1 where the model is not calibrated
 * @param threshold of the sets, as {@link ConformalSets} has it; null for no sets
 * @param known what mean embeddings of clips look like that the model knows; null where it does not
 *     tell
 * @param abstainBelow the least confidence of an answer; 0 for any
 */
public record ClipJudge(double temperature, Double threshold, Gaussian known, double abstainBelow)
    implements Serializable {
  /** For a model that is not calibrated, and whose answer always counts. */
  public static final ClipJudge PLAIN = new ClipJudge(1, null, null, 0);

  /**
   * What is known of a clip beside what its segments sum up to.
   *
   * @param confidence probability of the likeliest emotion, by the mean logits
   * @param isAnswer whether that is enough for the clip to have an emotion
   * @param emotions those that cannot be ruled out, the likeliest first; null where there are no
   *     sets
   * @param distance of the mean embedding; NaN where it is not known
   */
  public record Judgement(
      float confidence, boolean isAnswer, List<Integer> emotions, double distance) {}

  /**
   * Judges a clip.
   *
   * @param clip at least one segment; with embeddings where {@link #known} is there
   */
  public Judgement judge(ClipTally clip) {
    double[] probabilities = Temperature.probabilities(clip.meanLogits(), temperature);
    // As the table has it, so that a query for what is below finds the same clips.
    float confidence = (float) probabilities[clip.emotion()];
    return new Judgement(
        confidence,
        !(confidence < abstainBelow),
        threshold == null ? null : ConformalSets.set(probabilities, threshold),
        known == null ? Double.NaN : known.distance(clip.meanEmbedding()));
  }
}
