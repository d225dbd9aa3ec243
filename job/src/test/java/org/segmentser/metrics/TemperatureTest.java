package org.segmentser.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class TemperatureTest {
  private static final double THREE_TO_ONE = Math.log(3);

  /** All logits say 3:1; where so many of ten are right, the temperature that says so is known. */
  @Test
  void makesTheConfidenceAsOftenRightAsItSays() {
    assertThat(fit(THREE_TO_ONE, 9)).isCloseTo(0.5, within(1e-9));
    assertThat(fit(2 * THREE_TO_ONE, 9)).isCloseTo(1, within(1e-9));
    assertThat(fit(3 * THREE_TO_ONE, 9)).isCloseTo(1.5, within(1e-9));
    double sixOfTen = THREE_TO_ONE / Math.log(1.5);
    assertThat(fit(THREE_TO_ONE, 6)).isCloseTo(sixOfTen, within(1e-9));
    assertThat(Temperature.probabilities(new double[] {THREE_TO_ONE, 0}, sixOfTen)[0])
        .isCloseTo(0.6, within(1e-12));
  }

  private static double fit(double logit, int right) {
    double[][] logits = new double[10][];
    int[] labels = new int[10];
    for (int i = 0; i < 10; i++) {
      logits[i] = new double[] {logit, 0};
      labels[i] = i < right ? 0 : 1;
    }
    return Temperature.fit(logits, labels);
  }

  @Test
  void staysWithinBoundsWhereAllAreRightOrWorseThanGuessed() {
    // How sure a model may be of others does not follow from it.
    assertThat(fit(1, 10)).isEqualTo(1);
    assertThat(fit(1e3, 10)).isEqualTo(1);
    assertThat(fit(1, 5)).isCloseTo(Temperature.MOST, within(1e-9));
    assertThat(fit(1, 2)).isCloseTo(Temperature.MOST, within(1e-9));
  }

  @Test
  void noOtherTemperatureIsLikelier() {
    SplittableRandom random = new SplittableRandom(3);
    double[][] logits = new double[200][4];
    int[] labels = new int[200];
    for (int i = 0; i < logits.length; i++) {
      labels[i] = random.nextInt(4);
      for (int c = 0; c < 4; c++) {
        logits[i][c] = 6 * random.nextDouble() + (c == labels[i] ? 2 : 0);
      }
    }
    double best = Temperature.fit(logits, labels);
    double likelihood = negativeLogLikelihood(logits, labels, best);
    assertThat(best).isBetween(0.1, 10.0);
    for (double factor : new double[] {0.2, 0.9, 0.99, 1.01, 1.1, 5}) {
      assertThat(negativeLogLikelihood(logits, labels, factor * best)).isGreaterThan(likelihood);
    }
  }

  private static double negativeLogLikelihood(double[][] logits, int[] labels, double temperature) {
    double sum = 0;
    for (int i = 0; i < logits.length; i++) {
      sum -= Math.log(Temperature.probabilities(logits[i], temperature)[labels[i]]);
    }
    return sum;
  }

  @Test
  void refusesWhatCannotBeFitted() {
    double[][] one = {{1, 2}};
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Temperature.fit(new double[0][], new int[0]));
    assertThatIllegalArgumentException().isThrownBy(() -> Temperature.fit(one, new int[] {0, 1}));
    assertThatIllegalArgumentException().isThrownBy(() -> Temperature.fit(one, new int[] {2}));
    assertThatIllegalArgumentException().isThrownBy(() -> Temperature.fit(one, new int[] {-1}));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Temperature.fit(new double[][] {{1, Double.NaN}}, new int[] {0}));
  }
}
