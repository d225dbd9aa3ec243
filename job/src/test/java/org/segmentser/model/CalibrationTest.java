package org.segmentser.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.segmentser.model.Calibration.Conformal;

class CalibrationTest {
  private static final Conformal NONE_RULED_OUT = new Conformal(1, Collections.nCopies(50, 1.0));

  /** Nine of ten clips are right whose logits say 3:1. */
  @Test
  void fitsATemperatureAndTheThresholdsUnderIt() {
    double[][] logits = new double[10][];
    int[] labels = new int[10];
    for (int i = 0; i < 10; i++) {
      logits[i] = new double[] {Math.log(3), 0};
      labels[i] = i < 9 ? 0 : 1;
    }
    Calibration calibration = Calibration.fit(logits, labels);
    assertThat(calibration.temperature()).isCloseTo(0.5, within(1e-9));
    assertThat(calibration.probabilities(logits[0])[0]).isCloseTo(0.9, within(1e-9));
    assertThat(calibration.novelty()).isNull();
    assertThat(calibration.withNovelty("n.json").novelty()).isEqualTo("n.json");
    assertThat(calibration.conformal().clips()).isEqualTo(10);
    // ceil(11 * 0.81) = 9 of 10, ceil(11 * 0.82) = 10, ceil(11 * 0.91) = 11.
    assertThat(calibration.conformal().threshold(0.81)).isCloseTo(0.1, within(1e-9));
    assertThat(calibration.conformal().threshold(0.82)).isCloseTo(0.9, within(1e-9));
    assertThat(calibration.conformal().threshold(0.91)).isEqualTo(1);
  }

  @Test
  void refusesWhatIsNoCalibration() {
    for (double temperature : new double[] {0, -1, Double.NaN, Double.POSITIVE_INFINITY, 1e-4}) {
      assertThatThrownBy(() -> new Calibration(temperature, NONE_RULED_OUT, null))
          .isInstanceOf(ModelException.class)
          .hasMessageStartingWith("model.json: calibration.temperature cannot be");
    }
    assertThatThrownBy(() -> new Calibration(1, null, null))
        .hasMessage("model.json: calibration.conformal is missing");
    for (List<Double> thresholds :
        List.of(
            Collections.nCopies(49, 1.0),
            Collections.nCopies(50, 1.5),
            Collections.nCopies(50, -0.5),
            Collections.nCopies(50, Double.NaN))) {
      assertThatThrownBy(() -> new Conformal(1, thresholds))
          .isInstanceOf(ModelException.class)
          .hasMessageStartingWith("model.json: calibration.conformal.thresholds cannot be")
          .hasMessageEndingWith("(must be 50 numbers from 0 to 1 in ascending order)");
    }
    assertThatThrownBy(() -> new Conformal(0, NONE_RULED_OUT.thresholds()))
        .hasMessageStartingWith("model.json: calibration.conformal.clips cannot be 0");
  }
}
