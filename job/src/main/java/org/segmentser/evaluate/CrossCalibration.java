package org.segmentser.evaluate;

import java.util.List;
import java.util.stream.Stream;
import org.segmentser.audio.Condition;
import org.segmentser.metrics.ClipCertainty;
import org.segmentser.metrics.ClipPrediction;
import org.segmentser.model.Calibration;

/**
 * Finds out how sure the models of folds may be as {@code train --calibration-folds} does: for each
 * fold on what the others' models say of the clips that they were not trained on.
 */
final class CrossCalibration {
  private CrossCalibration() {}

  /**
   * The predictions of all folds, each with the certainty that follows from the other folds. Where
   * folds are different kinds of speech, as corpora are, or there is one, nothing follows.
   */
  static List<ClipPrediction> of(Protocol.Kind kind, List<FoldResult> folds) {
    boolean isAlike =
        switch (kind) {
          case K_FOLD, SPEAKER_K_FOLD, LEAVE_ONE_SPEAKER_OUT, LEAVE_ONE_SESSION_OUT -> true;
          case RANDOM_80_10_10, LEAVE_ONE_CORPUS_OUT -> false;
        };
    return folds.stream()
        .flatMap(fold -> isAlike && folds.size() > 1 ? calibrated(fold, folds) : all(fold))
        .toList();
  }

  private static Stream<ClipPrediction> all(FoldResult fold) {
    return fold.predictions().stream();
  }

  private static Stream<ClipPrediction> calibrated(FoldResult fold, List<FoldResult> folds) {
    ClipCertainty certainty =
        Calibration.fit(
                folds.stream()
                    .filter(other -> other.fold() != fold.fold())
                    .flatMap(CrossCalibration::all)
                    .filter(prediction -> prediction.condition() == Condition.CLEAN)
                    .toList())
            .certainty(ClipCertainty.COVERAGE);
    return all(fold).map(prediction -> prediction.withCertainty(certainty));
  }
}
