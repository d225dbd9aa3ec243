package org.segmentser.evaluate;

import org.segmentser.features.Utterance;
import org.segmentser.metrics.ClipPrediction;

/** Makes predictions of utterances and a model's logits. */
public final class UtterancePredictions {
  private UtterancePredictions() {}

  /** What a model said of {@code utterance}, segment by segment. */
  public static ClipPrediction of(
      Utterance utterance, String condition, int fold, float[][] logits) {
    double[][] rows = new double[logits.length][];
    for (int i = 0; i < rows.length; i++) {
      rows[i] = new double[logits[i].length];
      for (int j = 0; j < rows[i].length; j++) {
        rows[i][j] = logits[i][j];
      }
    }
    return new ClipPrediction(
        utterance.features().clipId(),
        utterance.uri(),
        utterance.speaker(),
        utterance.session(),
        condition,
        fold,
        utterance.label(),
        utterance.features().startS(),
        utterance.features().endS(),
        rows);
  }
}
