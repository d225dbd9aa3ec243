package org.segmentser.metrics;

import java.io.Serializable;
import java.util.Arrays;

/**
 * A normal distribution of vectors. Its covariance is shrunk towards equal variances, so that it is
 * positive definite however few vectors there are, and whatever dimensions never vary. Plain Java.
 * Immutable and thread-safe.
 *
 * @see <a href="https://doi.org/10.1016/S0047-259X(03)00096-4">Ledoit, Wolf: A well-conditioned
 *     estimator for large-dimensional covariance matrices, 2004</a>
 */
public final class Gaussian implements Serializable {
  private static final long serialVersionUID = 1L;

  /** At least so much of the covariance is that of equal variances. */
  private static final double LEAST_SHRINKAGE = 0.01;

  private final double[] mean;

  /** The lower triangle of the Cholesky factor of the covariance, row by row. */
  private final double[] factor;

  private Gaussian(double[] mean, double[] factor) {
    this.mean = mean;
    this.factor = factor;
  }

  /**
   * A distribution.
   *
   * @param factor the lower triangle of the Cholesky factor of the covariance, row by row, in
   *     single precision, as files have it
   * @throws IllegalArgumentException if their lengths do not go together, a number is not finite,
   *     or one of the factor's diagonal not above 0
   */
  public static Gaussian of(float[] mean, float[] factor) {
    if (mean.length == 0 || factor.length != mean.length * (mean.length + 1L) / 2) {
      throw new IllegalArgumentException(
          mean.length + " means with a factor of " + factor.length + " numbers");
    }
    Gaussian gaussian = new Gaussian(doubles(mean), doubles(factor));
    for (int row = 0; row < mean.length; row++) {
      double diagonal = gaussian.factor[start(row) + row];
      if (!(diagonal > 0)) {
        throw new IllegalArgumentException("a diagonal of " + diagonal);
      }
    }
    return gaussian;
  }

  private static double[] doubles(float[] values) {
    double[] doubles = new double[values.length];
    for (int i = 0; i < values.length; i++) {
      if (!Float.isFinite(values[i])) {
        throw new IllegalArgumentException("a number that is not finite");
      }
      doubles[i] = values[i];
    }
    return doubles;
  }

  /**
   * The distribution of some vectors, in single precision.
   *
   * @param rows at least two, of one length
   * @throws IllegalArgumentException if there are fewer, all are equal, or a number is not finite
   */
  public static Gaussian fit(float[][] rows) {
    if (rows.length < 2) {
      throw new IllegalArgumentException("a distribution of " + rows.length + " vectors");
    }
    double[] mean = mean(rows);
    double[] covariance = shrunkCovariance(rows, mean);
    cholesky(covariance, mean.length);
    return of(floats(mean), floats(covariance));
  }

  private static double[] mean(float[][] rows) {
    double[] mean = new double[rows[0].length];
    for (float[] row : rows) {
      if (row.length != mean.length) {
        throw new IllegalArgumentException("vectors of " + mean.length + " and " + row.length);
      }
      for (int i = 0; i < mean.length; i++) {
        mean[i] += row[i];
      }
    }
    Arrays.setAll(mean, i -> mean[i] / rows.length);
    return mean;
  }

  private static double[] shrunkCovariance(float[][] rows, double[] mean) {
    int size = mean.length;
    double[] covariance = new double[start(size)];
    double[] centred = new double[size];
    double fourthPowers = 0;
    for (float[] row : rows) {
      double squares = 0;
      for (int i = 0; i < size; i++) {
        centred[i] = row[i] - mean[i];
        squares += centred[i] * centred[i];
        int start = start(i);
        for (int j = 0; j <= i; j++) {
          covariance[start + j] += centred[i] * centred[j];
        }
      }
      fourthPowers += squares * squares;
    }
    Arrays.setAll(covariance, i -> covariance[i] / rows.length);
    double shrinkage =
        Math.max(LEAST_SHRINKAGE, shrinkage(covariance, size, fourthPowers, rows.length));
    double variance = trace(covariance, size) / size;
    if (!(variance > 0)) {
      throw new IllegalArgumentException("a distribution of vectors that are all the same");
    }
    for (int i = 0; i < size; i++) {
      for (int j = 0; j <= i; j++) {
        int at = start(i) + j;
        covariance[at] = (1 - shrinkage) * covariance[at] + (i == j ? shrinkage * variance : 0);
      }
    }
    return covariance;
  }

  /** As Ledoit and Wolf have it: 0 to 1. */
  private static double shrinkage(double[] covariance, int size, double fourthPowers, int rows) {
    double squares = 0;
    for (int i = 0; i < size; i++) {
      for (int j = 0; j <= i; j++) {
        double value = covariance[start(i) + j];
        squares += (i == j ? 1 : 2) * value * value;
      }
    }
    double trace = trace(covariance, size);
    double fromEqual = squares - trace * trace / size;
    double error = (fourthPowers / rows - squares) / rows;
    return fromEqual > 0 ? Math.min(1, Math.max(0, error / fromEqual)) : 0;
  }

  private static double trace(double[] covariance, int size) {
    double trace = 0;
    for (int i = 0; i < size; i++) {
      trace += covariance[start(i) + i];
    }
    return trace;
  }

  /** Puts the factor in the place of the matrix. */
  private static void cholesky(double[] matrix, int size) {
    for (int i = 0; i < size; i++) {
      int row = start(i);
      for (int j = 0; j <= i; j++) {
        int other = start(j);
        double sum = matrix[row + j];
        for (int k = 0; k < j; k++) {
          sum -= matrix[row + k] * matrix[other + k];
        }
        matrix[row + j] = i == j ? Math.sqrt(sum) : sum / matrix[other + j];
      }
    }
  }

  /** Where a row of a lower triangle starts. */
  private static int start(int row) {
    return row * (row + 1) / 2;
  }

  /** How many numbers a vector has. */
  public int size() {
    return mean.length;
  }

  /** The means. */
  public float[] mean() {
    return floats(mean);
  }

  /** The lower triangle of the Cholesky factor of the covariance, row by row. */
  public float[] factor() {
    return floats(factor);
  }

  private static float[] floats(double[] values) {
    float[] floats = new float[values.length];
    for (int i = 0; i < values.length; i++) {
      floats[i] = (float) values[i];
    }
    return floats;
  }

  /** The Mahalanobis distance of a vector, at least 0; NaN if one of its numbers is. */
  public double distance(double[] vector) {
    if (vector.length != mean.length) {
      throw new IllegalArgumentException(
          "a vector of " + vector.length + " numbers; expected " + mean.length);
    }
    double[] whitened = new double[mean.length];
    double squares = 0;
    for (int i = 0; i < mean.length; i++) {
      double rest = vector[i] - mean[i];
      int row = start(i);
      for (int j = 0; j < i; j++) {
        rest -= factor[row + j] * whitened[j];
      }
      whitened[i] = rest / factor[row + i];
      squares += whitened[i] * whitened[i];
    }
    return Math.sqrt(squares);
  }
}
