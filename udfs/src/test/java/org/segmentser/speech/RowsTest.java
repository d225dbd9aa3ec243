package org.segmentser.speech;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RowsTest {
  /** Rows in, rows out, lanes: tiles that are not full, odd rows, lanes that fill no vector. */
  @ParameterizedTest
  @CsvSource({"1, 1, 1", "3, 2, 5", "16, 3, 64", "17, 1, 33", "387, 6, 100", "130, 7, 512"})
  void productsAreAdded(int in, int out, int lanes) {
    Random random = new Random(in);
    float[][] rows = numbers(random, in, lanes);
    float[][] weights = numbers(random, out, in);
    float[][] sums = numbers(random, out, lanes);
    double[][] expected = new double[out][lanes];
    for (int o = 0; o < out; o++) {
      for (int lane = 0; lane < lanes; lane++) {
        expected[o][lane] = sums[o][lane];
        for (int i = 0; i < in; i++) {
          expected[o][lane] += (double) weights[o][i] * rows[i][lane];
        }
      }
    }
    Rows.addProduct(weights, rows, in, sums, out, lanes);
    for (int o = 0; o < out; o++) {
      for (int lane = 0; lane < lanes; lane++) {
        assertThat((double) sums[o][lane]).isCloseTo(expected[o][lane], within(1e-4));
      }
    }
  }

  @Test
  void rowsAreTheSameAloneAndTogether() {
    Random random = new Random(1);
    float[][] rows = numbers(random, 131, 512);
    float[][] weights = numbers(random, 5, 131);
    float[][] together = new float[5][512];
    Rows.addProduct(weights, rows, 131, together, 5, 512);
    for (int o = 0; o < 5; o++) {
      float[][] alone = new float[1][512];
      Rows.addProduct(new float[][] {weights[o]}, rows, 131, alone, 1, 512);
      assertThat(alone[0]).containsExactly(together[o]);
    }
  }

  @Test
  void tanhIsTheHyperbolicTangent() {
    for (float x = -20; x <= 20; x += 1f / 1024) {
      assertThat((double) Rows.tanh(x)).isCloseTo(Math.tanh(x), within(3e-7));
    }
    assertThat(Rows.tanh(Float.MAX_VALUE)).isEqualTo(1);
    assertThat(Rows.tanh(0)).isZero();
  }

  private static float[][] numbers(Random random, int rows, int lanes) {
    float[][] numbers = new float[rows][lanes];
    for (float[] row : numbers) {
      for (int i = 0; i < lanes; i++) {
        row[i] = random.nextFloat() - 0.5f;
      }
    }
    return numbers;
  }
}
