package org.segmentser.network;

/**
 * The arithmetic of convolutions of 3 x 3 by products of tiles of 4 x 4: F(4 x 4, 3 x 3) of Lavin
 * and Gray, "Fast Algorithms for Convolutional Neural Networks" (CVPR 2016), section 4.3. A tile's
 * 16 outputs of a channel take 36 products with each input channel in place of 144.
 *
 * <p>The polynomials are taken at 0, &plusmn;&radic;&frac12;, &plusmn;&radic;2 and infinity in
 * place of the paper's 0, &plusmn;1, &plusmn;2 and infinity: the constants are closer to 1, which
 * leaves a smaller error of rounding.
 *
 * <p>All work on lines, which are arrays of numbers that are independent of each other. The loops
 * are as short as they are, with six arrays at most and each read at the index itself, because that
 * is what the JVM's compiler turns into vector instructions. Stateless and thread-safe.
 */
final class Winograd {
  /** Outputs of a tile along one axis. */
  static final int TILE = 4;

  /** Inputs of a tile along one axis. */
  static final int WINDOW = 6;

  /** Products of a tile, and of a pair of an input and an output channel. */
  static final int PRODUCTS = WINDOW * WINDOW;

  /** Weights that are transformed at a time, so that they stay in the cache. */
  private static final int LINE = 512;

  private static final double A = Math.sqrt(0.5);
  private static final double B = Math.sqrt(2);

  /** Of both axes together: a tile's inputs have it at 0 and infinity. */
  private static final float SQUARES = (float) (A * A + B * B);

  private static final float[] POINTS = {(float) A, (float) B};
  private static final float[] SQUARED = {(float) (A * A), (float) (B * B)};
  private static final float[] CUBED = {(float) (A * A * A), (float) (B * B * B)};

  /** G of the paper: a row per point. */
  private static final double[][] WEIGHTS = {
    weightRow(0, A * A * B * B),
    weightRow(A, 2 * A * A * (A * A - B * B)),
    weightRow(-A, 2 * A * A * (A * A - B * B)),
    weightRow(B, 2 * B * B * (B * B - A * A)),
    weightRow(-B, 2 * B * B * (B * B - A * A)),
    {0, 0, 1}
  };

  private Winograd() {}

  private static double[] weightRow(double point, double norm) {
    return new double[] {1 / norm, point / norm, point * point / norm};
  }

  /**
   * The weights of a layer as the products take them.
   *
   * @param weights [3, 3, pairs]: pairs of an input and an output channel
   * @return [{@value #PRODUCTS}, pairs]
   */
  static float[] weights(float[] weights, int pairs) {
    float[] transformed = new float[PRODUCTS * pairs];
    double[][][] taps = new double[3][3][LINE];
    double[][] half = new double[3][LINE];
    double[] whole = new double[LINE];
    for (int first = 0; first < pairs; first += LINE) {
      int length = Math.min(LINE, pairs - first);
      for (int i = 0; i < 9; i++) {
        for (int k = 0; k < length; k++) {
          taps[i / 3][i % 3][k] = weights[i * pairs + first + k];
        }
      }
      for (int i = 0; i < WINDOW; i++) {
        for (int j = 0; j < 3; j++) {
          weigh(taps[0][j], taps[1][j], taps[2][j], WEIGHTS[i], half[j], length);
        }
        for (int j = 0; j < WINDOW; j++) {
          weigh(half[0], half[1], half[2], WEIGHTS[j], whole, length);
          int at = (i * WINDOW + j) * pairs + first;
          for (int k = 0; k < length; k++) {
            transformed[at + k] = (float) whole[k];
          }
        }
      }
    }
    return transformed;
  }

  private static void weigh(
      double[] x, double[] y, double[] z, double[] factors, double[] out, int length) {
    double a = factors[0];
    double b = factors[1];
    double c = factors[2];
    for (int i = 0; i < length; i++) {
      out[i] = a * x[i] + b * y[i] + c * z[i];
    }
  }

  /**
   * Inputs along one axis as the products take them.
   *
   * @param in {@value #WINDOW} lines
   * @param out {@value #WINDOW} lines, other than those of {@code in}
   */
  static void forward(float[][] in, float[][] out, int length) {
    outer(in[0], in[2], in[4], out[0], length);
    inner(in[1], in[2], in[3], in[4], 0, out[1], out[2], length);
    inner(in[1], in[2], in[3], in[4], 1, out[3], out[4], length);
    outer(in[1], in[3], in[5], out[5], length);
  }

  /**
   * Outputs along one axis from products.
   *
   * @param in {@value #WINDOW} lines, which are overwritten
   * @param out {@value #TILE} lines, other than those of {@code in}
   */
  static void inverse(float[][] in, float[][] out, int length) {
    sumAndDifference(in[1], in[2], length);
    sumAndDifference(in[3], in[4], length);
    sum(in[0], in[1], in[3], out[0], length);
    weightedSum(in[2], in[4], out[1], length);
    squaredSum(in[1], in[3], out[2], length);
    cubedSum(in[2], in[4], in[5], out[3], length);
  }

  /** Bias and ReLU. */
  static void activate(float[] in, float[] biases, float[] out, int length) {
    for (int i = 0; i < length; i++) {
      float value = in[i] + biases[i];
      // Exact, and without a branch.
      out[i] = 0.5f * (value + Math.abs(value));
    }
  }

  /** The maximum of four, bias and ReLU. */
  static void pool(
      float[] a, float[] b, float[] c, float[] d, float[] biases, float[] out, int length) {
    for (int i = 0; i < length; i++) {
      float value = Math.max(Math.max(a[i], b[i]), Math.max(c[i], d[i])) + biases[i];
      out[i] = 0.5f * (value + Math.abs(value));
    }
  }

  private static void outer(float[] x, float[] y, float[] z, float[] out, int length) {
    for (int i = 0; i < length; i++) {
      out[i] = x[i] - SQUARES * y[i] + z[i];
    }
  }

  private static void inner(
      float[] x1,
      float[] x2,
      float[] x3,
      float[] x4,
      int point,
      float[] positive,
      float[] negative,
      int length) {
    float value = POINTS[point];
    float otherSquared = SQUARED[1 - point];
    for (int i = 0; i < length; i++) {
      float even = x4[i] - otherSquared * x2[i];
      float odd = value * (x3[i] - otherSquared * x1[i]);
      positive[i] = even + odd;
      negative[i] = even - odd;
    }
  }

  private static void sumAndDifference(float[] x, float[] y, int length) {
    for (int i = 0; i < length; i++) {
      float sum = x[i] + y[i];
      float difference = x[i] - y[i];
      x[i] = sum;
      y[i] = difference;
    }
  }

  private static void sum(float[] x, float[] y, float[] z, float[] out, int length) {
    for (int i = 0; i < length; i++) {
      out[i] = x[i] + y[i] + z[i];
    }
  }

  private static void weightedSum(float[] x, float[] y, float[] out, int length) {
    float a = POINTS[0];
    float b = POINTS[1];
    for (int i = 0; i < length; i++) {
      out[i] = a * x[i] + b * y[i];
    }
  }

  private static void squaredSum(float[] x, float[] y, float[] out, int length) {
    float a = SQUARED[0];
    float b = SQUARED[1];
    for (int i = 0; i < length; i++) {
      out[i] = a * x[i] + b * y[i];
    }
  }

  private static void cubedSum(float[] x, float[] y, float[] z, float[] out, int length) {
    float a = CUBED[0];
    float b = CUBED[1];
    for (int i = 0; i < length; i++) {
      out[i] = a * x[i] + b * y[i] + z[i];
    }
  }
}
