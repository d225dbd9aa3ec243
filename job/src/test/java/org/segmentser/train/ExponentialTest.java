package org.segmentser.train;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class ExponentialTest {
  private static final int DRAWS = 1_000_000;

  @Test
  void theExponentialIsAsExactAsStated() {
    SplittableRandom random = new SplittableRandom(1);
    double worst = 0;
    for (int i = 0; i < DRAWS; i++) {
      double x = random.nextDouble(-700, 700) / (i % 2 == 0 ? 1 : 50);
      worst = Math.max(worst, Math.abs(Exponential.of(x) / Math.exp(x) - 1));
    }
    assertThat(worst).isLessThan(1e-9);
    assertThat(Exponential.of(0)).isEqualTo(1);
    assertThat(Exponential.of(Double.NaN)).isNaN();
  }
}
