package org.segmentser.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class ConformalSetsTest {
  /** Of clips whose true class has the probabilities 1.00, 0.99 and so on to 0.01. */
  @Test
  void thresholdsAreRankedAmongOneClipMore() {
    double[] thresholds = thresholds(100);
    // ceil(101 * 0.5) = 51, whose probability is 0.50.
    assertThat(thresholds[ConformalSets.index(0.5)]).isCloseTo(0.50, within(1e-12));
    // ceil(101 * 0.9) = 91.
    assertThat(thresholds[ConformalSets.index(0.9)]).isCloseTo(0.90, within(1e-12));
    assertThat(thresholds[ConformalSets.index(0.99)]).isCloseTo(0.99, within(1e-12));
    assertThat(thresholds).hasSize(50).isSorted();
  }

  @Test
  void fewClipsRuleNothingOut() {
    // ceil(10 * 0.9) = 9 of 9, ceil(10 * 0.91) = 10.
    double[] thresholds = thresholds(9);
    assertThat(thresholds[ConformalSets.index(0.9)]).isCloseTo(0.08, within(1e-12));
    assertThat(thresholds[ConformalSets.index(0.91)]).isEqualTo(1);
    assertThat(thresholds(1)[ConformalSets.index(0.51)]).isEqualTo(1);
  }

  private static double[] thresholds(int clips) {
    double[][] probabilities = new double[clips][];
    for (int i = 0; i < clips; i++) {
      double p = 1 - i / 100.0;
      probabilities[clips - 1 - i] = new double[] {1 - p, p};
    }
    int[] labels = new int[clips];
    Arrays.fill(labels, 1);
    return ConformalSets.thresholds(probabilities, labels);
  }

  @Test
  void coveragesInBetweenTakeTheNextHigherOne() {
    assertThat(ConformalSets.index(0.5)).isZero();
    for (int percent = 50; percent <= 99; percent++) {
      assertThat(ConformalSets.index(percent / 100.0)).isEqualTo(percent - 50);
    }
    assertThat(ConformalSets.index(0.901)).isEqualTo(41);
    assertThatIllegalArgumentException().isThrownBy(() -> ConformalSets.index(0.49));
    assertThatIllegalArgumentException().isThrownBy(() -> ConformalSets.index(0.991));
  }

  @Test
  void setsAreInOrderOfProbabilityAndNeverEmpty() {
    double[] probabilities = {0.1, 0.5, 0.3, 0.1};
    assertThat(ConformalSets.set(probabilities, 0.7)).containsExactly(1, 2);
    assertThat(ConformalSets.set(probabilities, 0.5)).containsExactly(1);
    assertThat(ConformalSets.set(probabilities, 0.1)).containsExactly(1);
    assertThat(ConformalSets.set(probabilities, 0.9)).containsExactly(1, 2, 0, 3);
    assertThat(ConformalSets.set(probabilities, 1)).containsExactly(1, 2, 0, 3);
  }

  /** Of clips from the same place, at least as many sets hold the true class, and not many more. */
  @Test
  void setsCoverWhatTheyPromise() {
    SplittableRandom random = new SplittableRandom(7);
    int[] labels = new int[2000];
    double[] thresholds = ConformalSets.thresholds(clips(labels, random), labels);
    int[] others = new int[20_000];
    double[][] probabilities = clips(others, random);
    for (double coverage : new double[] {0.6, 0.8, 0.9, 0.95}) {
      double threshold = thresholds[ConformalSets.index(coverage)];
      int covered = 0;
      for (int i = 0; i < others.length; i++) {
        covered += ConformalSets.set(probabilities[i], threshold).contains(others[i]) ? 1 : 0;
      }
      assertThat(covered / 20_000.0).isCloseTo(coverage, within(0.02));
    }
  }

  private static double[][] clips(int[] labels, SplittableRandom random) {
    double[][] probabilities = new double[labels.length][];
    for (int i = 0; i < labels.length; i++) {
      labels[i] = random.nextInt(4);
      double[] logits = random.doubles(4, 0, 3).toArray();
      logits[labels[i]] += 1;
      probabilities[i] = Logits.softmax(logits);
    }
    return probabilities;
  }
}
