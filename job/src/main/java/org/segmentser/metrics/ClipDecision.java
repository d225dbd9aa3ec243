package org.segmentser.metrics;

import java.util.Arrays;
import java.util.List;

/**
 * The classes that follow from a prediction.
 *
 * @param clip the prediction
 * @param segments the class of each segment
 * @param segmentsRight how many of them are the true class
 * @param vote the class of most segments; of several, the lowest
 * @param emotionVote the class of most segments; of several, that of the largest mean logit
 * @param isTied whether several classes have most segments
 * @param mean the class of the mean logits
 * @param confidence probability of that class, by the softmax of the mean logits
 * @param calibrated the same as the model's calibration has it; null where there is none
 */
public record ClipDecision(
    ClipPrediction clip,
    List<Integer> segments,
    int segmentsRight,
    int vote,
    int emotionVote,
    boolean isTied,
    int mean,
    double confidence,
    Calibrated calibrated) {

  /**
   * What a calibrated model says.
   *
   * @param confidence probability of the class of the mean logits
   * @param set the classes that cannot be ruled out
   */
  public record Calibrated(double confidence, List<Integer> set) {
    private static Calibrated of(ClipCertainty certainty, double[] logits, int mean) {
      if (certainty == null) {
        return null;
      }
      double[] probabilities = certainty.probabilities(logits);
      return new Calibrated(probabilities[mean], certainty.set(probabilities));
    }
  }

  /** Decides on a clip. */
  public static ClipDecision of(ClipPrediction clip) {
    double[][] rows = clip.segments().logits();
    List<Integer> segments = Arrays.stream(rows).map(Logits::argmax).toList();
    double[] logits = Logits.mean(rows);
    double[] votes = new double[logits.length];
    segments.forEach(segment -> votes[segment]++);
    int mean = Logits.argmax(logits);
    int vote = Logits.argmax(votes);
    int emotionVote = vote;
    boolean isTied = false;
    for (int i = vote + 1; i < votes.length; i++) {
      if (votes[i] == votes[vote]) {
        isTied = true;
        emotionVote = logits[i] > logits[emotionVote] ? i : emotionVote;
      }
    }
    return new ClipDecision(
        clip,
        segments,
        (int) votes[clip.reference().label()],
        vote,
        emotionVote,
        isTied,
        mean,
        Logits.softmax(logits)[mean],
        Calibrated.of(clip.certainty(), logits, mean));
  }

  /** Whether the true class is among those that cannot be ruled out. */
  boolean isCovered() {
    return calibrated.set().contains(clip.reference().label());
  }

  /** Whether the mean logits decide on the true class. */
  public boolean isRight() {
    return mean == clip.reference().label();
  }
}
