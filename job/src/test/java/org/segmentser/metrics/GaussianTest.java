package org.segmentser.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class GaussianTest {
  /** The covariance is [[4, 2], [2, 10]], whose factor is [[2, 0], [1, 3]]. */
  @Test
  void distancesAreMahalanobis() {
    Gaussian gaussian = Gaussian.of(0, new float[] {1, -1}, new float[] {2, 1, 3});
    assertThat(gaussian.distance(new double[] {1, -1})).isZero();
    assertThat(gaussian.distance(new double[] {3, 0})).isCloseTo(1, within(1e-12));
    assertThat(gaussian.distance(new double[] {1, 2})).isCloseTo(1, within(1e-12));
    assertThat(gaussian.distance(new double[] {5, 4})).isCloseTo(Math.sqrt(5), within(1e-12));
    assertThat(gaussian.distance(new double[] {Double.NaN, 0})).isNaN();
  }

  /** Two dimensions of the variances 4 and 9, without correlation. */
  @Test
  void varianceIsShrunkByAHundredthAtLeast() {
    float[][] corners = new float[4000][];
    for (int i = 0; i < corners.length; i++) {
      corners[i] = new float[] {i % 2 == 0 ? 12 : 8, i % 4 < 2 ? 3 : -3};
    }
    Gaussian gaussian = fit(0, corners);
    assertThat(gaussian.mean()).containsExactly(10, 0);
    float[] factor = gaussian.factor();
    assertThat(factor[0]).isCloseTo((float) Math.sqrt(0.99 * 4 + 0.01 * 6.5), within(1e-4f));
    assertThat(factor[1]).isZero();
    assertThat(factor[2]).isCloseTo((float) Math.sqrt(0.99 * 9 + 0.01 * 6.5), within(1e-4f));
  }

  /** Of vectors of the distribution, the mean of the squared distances is their length. */
  @Test
  void squaredDistancesAreAsManyAsDimensions() {
    SplittableRandom random = new SplittableRandom(5);
    Gaussian gaussian = fit(0, vectors(random, 5000));
    double squares = 0;
    for (float[] vector : vectors(random, 5000)) {
      double distance = gaussian.distance(doubles(vector));
      squares += distance * distance;
    }
    assertThat(squares / 5000).isCloseTo(3, within(0.15));
  }

  private static Gaussian fit(double offset, float[][] rows) {
    double[] weights = new double[rows.length];
    Arrays.fill(weights, 7);
    return Gaussian.fit(offset, rows, weights);
  }

  /** Of numbers of either sign, alike. */
  @Test
  void withAnOffsetTheDistributionIsOfLogarithms() {
    Gaussian gaussian = Gaussian.of(0.1, new float[] {0}, new float[] {2});
    double size = 0.1 * (Math.exp(6) - 1);
    assertThat(gaussian.distance(new double[] {size})).isCloseTo(3, within(1e-9));
    assertThat(gaussian.distance(new double[] {-size})).isCloseTo(3, within(1e-9));
    float[][] rows = {{0, 1}, {(float) size, 2}, {(float) -size, 4}};
    Gaussian fitted = fit(0.1, rows);
    assertThat(fitted.offset()).isEqualTo(0.1);
    assertThat(fitted.mean()[0]).isCloseTo(0, within(1e-6f));
    double[] vector = {size, 2};
    assertThat(fitted.distance(vector)).isPositive();
    assertThat(vector).containsExactly(size, 2);
  }

  /** A row of twice the weight is as good as two of them, but for how far that can be trusted. */
  @Test
  void rowsCountByTheirWeights() {
    float[][] rows = vectors(new SplittableRandom(6), 400);
    double[] weights = new double[rows.length];
    List<float[]> repeated = new ArrayList<>();
    for (int i = 0; i < rows.length; i++) {
      weights[i] = rows[i][0] > 0 ? 3 : 1;
      repeated.addAll(Collections.nCopies((int) weights[i], rows[i]));
    }
    Gaussian weighted = Gaussian.fit(0, rows, weights);
    Gaussian byRepeating = fit(0, repeated.toArray(float[][]::new));
    for (int i = 0; i < 3; i++) {
      assertThat(weighted.mean()[i]).isCloseTo(byRepeating.mean()[i], within(1e-5f));
    }
    assertThat(weighted.mean()[0]).isGreaterThan(fit(0, rows).mean()[0] + 0.5f);
    double[] vector = {3, -2, 1};
    assertThat(weighted.distance(vector)).isCloseTo(byRepeating.distance(vector), within(0.1));
  }

  private static float[][] vectors(SplittableRandom random, int count) {
    float[][] vectors = new float[count][];
    for (int i = 0; i < count; i++) {
      double common = random.nextGaussian();
      vectors[i] =
          new float[] {
            (float) (2 * common + random.nextGaussian()),
            (float) (common - random.nextGaussian()),
            (float) (5 + random.nextGaussian())
          };
    }
    return vectors;
  }

  private static double[] doubles(float[] values) {
    double[] doubles = new double[values.length];
    for (int i = 0; i < values.length; i++) {
      doubles[i] = values[i];
    }
    return doubles;
  }

  /** As with an embedding that ends in a ReLU: a unit may be off for all that is known. */
  @Test
  void fewVectorsAndDeadDimensionsHaveDistancesToo() {
    float[][] few = {{1, 2, 0, 4}, {2, 1, 0, 3}, {0, 2, 0, 5}};
    Gaussian gaussian = fit(0, few);
    double known = gaussian.distance(new double[] {1, 2, 0, 4});
    double unknown = gaussian.distance(new double[] {1, 2, 3, 4});
    assertThat(known).isFinite();
    assertThat(unknown).isFinite().isGreaterThan(2 * known);
  }

  @Test
  void refusesWhatIsNoDistribution() {
    float[][] one = {{1, 2}};
    float[][] same = {{1, 2}, {1, 2}};
    float[][] ragged = {{1, 2}, {1}};
    float[][] endless = {{1, 2}, {1, Float.POSITIVE_INFINITY}};
    for (float[][] rows : new float[][][] {one, same, ragged, endless}) {
      assertThatIllegalArgumentException().isThrownBy(() -> fit(0, rows));
    }
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Gaussian.of(0, new float[] {0, 0}, new float[] {1, 0}));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Gaussian.of(0, new float[] {0, 0}, new float[] {1, 0, 0}));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Gaussian.of(0, new float[] {0}, new float[] {1}).distance(new double[2]));
  }
}
