package org.segmentser.evaluate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.segmentser.metrics.PredictedClips.clip;
import static org.segmentser.metrics.PredictedClips.row;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.segmentser.audio.Condition;
import org.segmentser.evaluate.Protocol.Kind;
import org.segmentser.metrics.ClipPrediction;
import org.segmentser.train.Trainer;

class CrossCalibrationTest {
  private static final double LOG_3 = Math.log(3);

  /**
   * A fold of twenty clips with logits of {@code scale} times log 3 and 0, of which the first
   * {@code right} are right.
   */
  private static FoldResult fold(int number, int right, double scale) {
    List<ClipPrediction> predictions = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      predictions.add(clip(number + "-" + i, i < right ? 0 : 1, row(scale * LOG_3, 0)));
      // Not what a calibration is found on: all are wrong.
      predictions.add(clip(number + "-" + i, null, Condition.NOISE, 1, row(scale * LOG_3, 0)));
    }
    return new FoldResult(
        number,
        "fold " + number,
        new Trainer.Result(List.of(), 1, Trainer.End.FINISHED),
        predictions);
  }

  private static double temperature(List<ClipPrediction> predictions, int fold) {
    List<ClipPrediction> own =
        predictions.stream().filter(p -> p.reference().clipId().startsWith(fold + "-")).toList();
    assertThat(own).hasSize(40);
    assertThat(own).extracting(ClipPrediction::certainty).containsOnly(own.get(0).certainty());
    return own.get(0).certainty().temperature();
  }

  @Test
  void aFoldIsCalibratedByTheCleanClipsOfTheOthersAlone() {
    // Three of four are right where logits of log 3 say so: the temperature is their scale.
    List<ClipPrediction> predictions =
        CrossCalibration.of(Kind.SPEAKER_K_FOLD, List.of(fold(1, 15, 2), fold(2, 15, 5)));
    assertThat(temperature(predictions, 1)).isCloseTo(5, within(1e-6));
    assertThat(temperature(predictions, 2)).isCloseTo(2, within(1e-6));
  }

  @Test
  void nothingFollowsFromFoldsOfAnotherKindOrFromNone() {
    List<FoldResult> folds = List.of(fold(1, 15, 2), fold(2, 15, 5));
    for (List<ClipPrediction> predictions :
        List.of(
            CrossCalibration.of(Kind.LEAVE_ONE_CORPUS_OUT, folds),
            CrossCalibration.of(Kind.SPEAKER_K_FOLD, folds.subList(0, 1)))) {
      assertThat(predictions).isNotEmpty().allMatch(p -> p.certainty() == null);
    }
  }
}
