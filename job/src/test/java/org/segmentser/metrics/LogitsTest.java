package org.segmentser.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class LogitsTest {
  @Test
  void theLargestIsFoundAndOfSeveralTheLowestIndex() {
    assertThat(Logits.argmax(new double[] {1, 3, 3, 2})).isEqualTo(1);
    assertThat(Logits.argmax(new float[] {1, 3, 3, 2})).isEqualTo(1);
    assertThat(Logits.argmax(new double[] {-5})).isZero();
    assertThat(Logits.argmax(new float[] {-5, -6})).isZero();
  }

  @Test
  void probabilitiesSumToOneAndHoldForLargeLogits() {
    assertThat(Logits.softmax(new double[] {1000, 0, -1000})).containsExactly(1, 0, 0);
    assertThat(Logits.softmax(new float[] {1000, 0, -1000})).containsExactly(1, 0, 0);
    assertThat(Logits.softmax(new double[] {Math.log(3), 0})).containsExactly(0.75, 0.25);
    assertThat(Logits.softmax(new float[] {(float) Math.log(3), 0})).containsExactly(0.75f, 0.25f);
  }

  @Test
  void bothPrecisionsAgree() {
    SplittableRandom random = new SplittableRandom(1);
    for (int trial = 0; trial < 100; trial++) {
      float[] logits = new float[7];
      double[] same = new double[7];
      for (int i = 0; i < logits.length; i++) {
        logits[i] = 20 * (float) random.nextDouble();
        same[i] = logits[i];
      }
      assertThat(Logits.argmax(logits)).isEqualTo(Logits.argmax(same));
      double[] expected = Logits.softmax(same);
      float[] actual = Logits.softmax(logits);
      for (int i = 0; i < actual.length; i++) {
        assertThat((double) actual[i]).isCloseTo(expected[i], within(1e-7));
      }
    }
  }

  @Test
  void theMeanIsByClass() {
    assertThat(Logits.mean(new double[][] {{1, 4}, {3, 0}})).containsExactly(2, 2);
  }
}
