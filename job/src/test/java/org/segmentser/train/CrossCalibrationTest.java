package org.segmentser.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.segmentser.metrics.PredictedClips.clip;
import static org.segmentser.metrics.PredictedClips.row;

import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.segmentser.audio.Condition;
import org.segmentser.metrics.ClipPrediction;

class CrossCalibrationTest {
  private static final double LOG_3 = Math.log(3);

  /**
   * A fold of twenty clips with logits of {@code scale} times log 3 and 0, of which three of four
   * are right: the temperature is their scale.
   */
  private static Stream<ClipPrediction> fold(int number, double scale) {
    return IntStream.range(0, 20)
        .boxed()
        .flatMap(
            i ->
                Stream.of(
                    clip(number + "-" + i, i < 15 ? 0 : 1, row(scale * LOG_3, 0)),
                    // Not what a calibration is found on: all are wrong.
                    clip(number + "-" + i, null, Condition.NOISE, 1, row(scale * LOG_3, 0))))
        .map(p -> new ClipPrediction(p.reference(), p.condition(), number, p.segments()));
  }

  private static double temperature(List<ClipPrediction> predictions, int fold) {
    List<ClipPrediction> own = predictions.stream().filter(p -> p.fold() == fold).toList();
    assertThat(own).hasSize(40);
    assertThat(own).extracting(ClipPrediction::certainty).containsOnly(own.get(0).certainty());
    return own.get(0).certainty().temperature();
  }

  @Test
  void aFoldIsCalibratedByTheCleanClipsOfTheOthersAlone() {
    List<ClipPrediction> predictions =
        CrossCalibration.of(Stream.concat(fold(1, 2), fold(2, 5)).toList());
    assertThat(predictions).hasSize(80);
    assertThat(temperature(predictions, 1)).isCloseTo(5, within(1e-6));
    assertThat(temperature(predictions, 2)).isCloseTo(2, within(1e-6));
  }

  @Test
  void nothingFollowsFromOneFoldOrFromWorseAudioAlone() {
    List<ClipPrediction> fold = fold(3, 2).toList();
    assertThat(CrossCalibration.of(fold)).isEqualTo(fold);
    List<ClipPrediction> noisy =
        Stream.concat(fold.stream(), fold(4, 5).filter(p -> p.condition() == Condition.NOISE))
            .toList();
    List<ClipPrediction> predictions = CrossCalibration.of(noisy);
    assertThat(predictions.subList(0, 40)).isEqualTo(fold);
    assertThat(predictions.get(40).certainty().temperature()).isCloseTo(2, within(1e-6));
    assertThat(CrossCalibration.of(List.of())).isEmpty();
  }
}
