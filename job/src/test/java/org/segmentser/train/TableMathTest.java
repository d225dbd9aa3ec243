package org.segmentser.train;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class TableMathTest {
  private static final int DRAWS = 1_000_000;

  @Test
  void theExponentialIsAsExactAsStated() {
    SplittableRandom random = new SplittableRandom(1);
    double worst = 0;
    for (int i = 0; i < DRAWS; i++) {
      double x = random.nextDouble(-700, 700) / (i % 2 == 0 ? 1 : 50);
      worst = Math.max(worst, Math.abs(TableMath.exp(x) / Math.exp(x) - 1));
    }
    assertThat(worst).isLessThan(1e-9);
    assertThat(TableMath.exp(0)).isEqualTo(1);
    assertThat(TableMath.exp(Double.NaN)).isNaN();
  }

  @Test
  void theLogarithmIsAsExactAsStated() {
    SplittableRandom random = new SplittableRandom(2);
    double worst = 0;
    for (int i = 0; i < DRAWS; i++) {
      double x = Math.exp(random.nextDouble(-700, 700) / (i % 2 == 0 ? 1 : 50));
      worst = Math.max(worst, Math.abs(TableMath.log(x) - Math.log(x)));
    }
    assertThat(worst).isLessThan(1e-9);
    for (double x : new double[] {Double.MIN_NORMAL, 1, Math.nextDown(2.0), 2, Double.MAX_VALUE}) {
      assertThat(Math.abs(TableMath.log(x) - Math.log(x))).isLessThan(1e-9);
    }
  }
}
