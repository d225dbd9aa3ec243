package org.segmentser.metrics;

import java.io.Serializable;
import java.util.Arrays;

/**
 * A normal distribution of vectors, or of their logarithms: with an offset above 0, each number x
 * counts as sign(x) log(1 + |x| / offset). Embeddings that end in a ReLU are no more normal than
 * other sizes that cannot be below 0, but their logarithms are nearly so. The covariance is shrunk
 * towards equal variances, so that it is positive definite however few vectors there are, and
 * whatever dimensions never vary. Plain Java. Immutable and thread-safe.
 *
 * @see <a href="https://doi.org/10.1016/S0047-259X(03)00096-4">Ledoit, Wolf: A well-conditioned
 *     estimator for large-dimensional covariance matrices, 2004</a>
 */
public final class Gaussian implements Serializable {
  private static final long serialVersionUID = 1L;

  /** At least so much of the covariance is that of equal variances. */
  private static final double LEAST_SHRINKAGE = 0.01;

  /** Of the logarithms; 0 for the numbers as they are. */
  private final double offset;

  private final double[] mean;

  /** The lower triangle of the Cholesky factor of the covariance, row by row. */
  private final double[] factor;

  private Gaussian(double offset, double[] mean, double[] factor) {
    this.offset = offset;
    this.mean = mean;
    this.factor = factor;
  }

  /**
   * A distribution.
   *
   * @param offset of the logarithms; 0 for the numbers as they are
   * @param mean of the logarithms, or of the numbers
   * @param factor the lower triangle of the Cholesky factor of the covariance, row by row, in
   *     single precision, as files have it
   * @throws IllegalArgumentException if their lengths do not go together, a number is not finite,
   *     the offset is below 0, or a number of the factor's diagonal not above 0
   */
  public static Gaussian of(double offset, float[] mean, float[] factor) {
    if (!(offset >= 0 && offset <= Float.MAX_VALUE)) {
      throw new IllegalArgumentException("an offset of " + offset);
    }
    if (mean.length == 0 || factor.length != mean.length * (mean.length + 1L) / 2) {
      throw new IllegalArgumentException(
          mean.length + " means with a factor of " + factor.length + " numbers");
    }
    Gaussian gaussian = new Gaussian(offset, doubles(mean), doubles(factor));
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
   * @param offset of the logarithms; 0 for the numbers as they are
   * @param rows at least two, of one length
   * @param weights how much each row counts, in any unit; above 0
   * @throws IllegalArgumentException if there are fewer, all are equal, or a number is not finite
   */
  public static Gaussian fit(double offset, float[][] rows, double[] weights) {
    if (rows.length < 2 || weights.length != rows.length) {
      throw new IllegalArgumentException(
          "a distribution of " + rows.length + " vectors with " + weights.length + " weights");
    }
    double sum = Arrays.stream(weights).sum();
    double[] parts = Arrays.stream(weights).map(weight -> weight / sum).toArray();
    double[][] vectors = new double[rows.length][];
    Arrays.setAll(vectors, i -> scaled(offset, doubles(rows[i])));
    double[] mean = mean(vectors, parts);
    double[] covariance = shrunkCovariance(vectors, parts, mean);
    cholesky(covariance, mean.length);
    return of(offset, floats(mean), floats(covariance));
  }

  /** The logarithms of the numbers, or the numbers themselves. */
  private static double[] scaled(double offset, double[] vector) {
    if (offset > 0) {
      for (int i = 0; i < vector.length; i++) {
        double size = Math.log1p(Math.abs(vector[i]) / offset);
        vector[i] = Math.copySign(size, vector[i]);
      }
    }
    return vector;
  }

  private static double[] mean(double[][] rows, double[] parts) {
    double[] mean = new double[rows[0].length];
    for (int row = 0; row < rows.length; row++) {
      if (rows[row].length != mean.length) {
        throw new IllegalArgumentException(
            "vectors of " + mean.length + " and " + rows[row].length + " numbers");
      }
      for (int i = 0; i < mean.length; i++) {
        mean[i] += parts[row] * rows[row][i];
      }
    }
    return mean;
  }

  private static double[] shrunkCovariance(double[][] rows, double[] parts, double[] mean) {
    int size = mean.length;
    double[] covariance = new double[start(size)];
    double[] centred = new double[size];
    double fourthPowers = 0;
    // Of as many rows of equal weight the mean would be as sure.
    double inverseCount = 0;
    for (int row = 0; row < rows.length; row++) {
      double squares = 0;
      for (int i = 0; i < size; i++) {
        centred[i] = rows[row][i] - mean[i];
        squares += centred[i] * centred[i];
        int start = start(i);
        for (int j = 0; j <= i; j++) {
          covariance[start + j] += parts[row] * centred[i] * centred[j];
        }
      }
      fourthPowers += parts[row] * squares * squares;
      inverseCount += parts[row] * parts[row];
    }
    double shrinkage =
        Math.max(LEAST_SHRINKAGE, shrinkage(covariance, size, fourthPowers, inverseCount));
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
  private static double shrinkage(
      double[] covariance, int size, double fourthPowers, double inverseCount) {
    double squares = 0;
    for (int i = 0; i < size; i++) {
      for (int j = 0; j <= i; j++) {
        double value = covariance[start(i) + j];
        squares += (i == j ? 1 : 2) * value * value;
      }
    }
    double trace = trace(covariance, size);
    double fromEqual = squares - trace * trace / size;
    double error = (fourthPowers - squares) * inverseCount;
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

  /** The offset of the logarithms; 0 for the numbers as they are. */
  public double offset() {
    return offset;
  }

  /** How many numbers a vector has. */
  public int size() {
    return mean.length;
  }

  /** The means of the logarithms, or of the numbers. */
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
    double[] scaled = scaled(offset, vector.clone());
    double[] whitened = new double[mean.length];
    double squares = 0;
    for (int i = 0; i < mean.length; i++) {
      double rest = scaled[i] - mean[i];
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
