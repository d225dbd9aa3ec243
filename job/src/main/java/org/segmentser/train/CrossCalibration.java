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
   * Predictions of folds, each with the certainty that follows from the other folds; as they are
   * where there is one fold only.
   */
  public static List<ClipPrediction> of(List<ClipPrediction> predictions) {
    List<Integer> folds = predictions.stream().map(ClipPrediction::fold).distinct().toList();
    return folds.size() < 2
        ? predictions
        : folds.stream().flatMap(fold -> of(fold, predictions).stream()).toList();
  }

  private static List<ClipPrediction> of(int fold, List<ClipPrediction> predictions) {
    ClipCertainty certainty =
        Calibration.fit(
                predictions.stream()
                    .filter(p -> p.fold() != fold && p.condition() == Condition.CLEAN)
                    .toList())
            .certainty(ClipCertainty.COVERAGE);
    return predictions.stream()
        .filter(p -> p.fold() == fold)
        .map(p -> p.withCertainty(certainty))
        .toList();
  }
}
