package org.segmentser.train;

import java.util.List;
import org.segmentser.audio.Condition;
import org.segmentser.metrics.ClipCertainty;
import org.segmentser.metrics.ClipPrediction;
import org.segmentser.model.Calibration;

/**
 * Finds out how sure models may be that were trained alike, each without a part of the clips: each
 * on what the others say of the clips that they were not trained on.
 */
public final class CrossCalibration {
  private CrossCalibration() {}

  /**
   * Predictions of folds, each with the certainty that follows from the clean clips of the other
   * folds; as it is where those have none.
   */
  public static List<ClipPrediction> of(List<ClipPrediction> predictions) {
    return predictions.stream()
        .map(ClipPrediction::fold)
        .distinct()
        .flatMap(fold -> of(fold, predictions).stream())
        .toList();
  }

  private static List<ClipPrediction> of(int fold, List<ClipPrediction> predictions) {
    List<ClipPrediction> own = predictions.stream().filter(p -> p.fold() == fold).toList();
    List<ClipPrediction> others =
        predictions.stream()
            .filter(p -> p.fold() != fold && p.condition() == Condition.CLEAN)
            .toList();
    if (others.isEmpty()) {
      return own;
    }
    ClipCertainty certainty = Calibration.fit(others).certainty(ClipCertainty.COVERAGE);
    return own.stream().map(p -> p.withCertainty(certainty)).toList();
  }
}
