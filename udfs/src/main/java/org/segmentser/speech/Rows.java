package org.segmentser.speech;

import java.util.Arrays;

/**
 * Arithmetic on rows, which are arrays of numbers that are independent of each other (lanes).
 *
 * <p>The loops are as short as they are, with six arrays at most and each read at the index itself,
 * because that is what the JVM's compiler turns into vector instructions. What comes out in a lane
 * is the same, to the bit, in whichever lane it is computed and beside whichever others. Stateless
 * and thread-safe.
 */
final class Rows {
  /** Input rows that are gone through with all output rows, so that they stay in the cache. */
  private static final int TILE = 16;

  /** Beyond it, the hyperbolic tangent is 1 to within 4e-8. */
  private static final float SATURATED = 9;

  private Rows() {}

  /** Fills the first {@code length} lanes of each row with a value of its own. */
  static void fill(float[][] rows, float[] values, int length) {
    for (int i = 0; i < values.length; i++) {
      Arrays.fill(rows[i], 0, length, values[i]);
    }
  }

  /**
   * Adds a product of matrices: to row {@code o} of {@code out}, the sum of all rows of {@code in},
   * each times its weight in {@code weights[o]}.
   *
   * @param weights [rows of out, at least {@code rowsOut}][rows of in, {@code rowsIn}]
   */
  static void addProduct(
      float[][] weights, float[][] in, int rowsIn, float[][] out, int rowsOut, int length) {
    for (int from = 0; from < rowsIn; from += TILE) {
      int to = Math.min(rowsIn, from + TILE);
      int o = 0;
      for (; o + 4 <= rowsOut; o += 4) {
        addToFour(weights, in, from, to, out, o, length);
      }
      for (; o < rowsOut; o++) {
        addToOne(weights[o], in, from, to, out[o], length);
      }
    }
  }

  private static void addToFour(
      float[][] weights, float[][] in, int from, int to, float[][] out, int o, int length) {
    int i = from;
    for (; i + 2 <= to; i += 2) {
      addTwoToFour(
          weights[o],
          weights[o + 1],
          weights[o + 2],
          weights[o + 3],
          i,
          in[i],
          in[i + 1],
          out[o],
          out[o + 1],
          out[o + 2],
          out[o + 3],
          length);
    }
    if (i < to) {
      for (int k = o; k < o + 4; k++) {
        add(weights[k][i], in[i], out[k], length);
      }
    }
  }

  private static void addToOne(
      float[] weights, float[][] in, int from, int to, float[] out, int length) {
    int i = from;
    for (; i + 4 <= to; i += 4) {
      addFour(weights, i, in[i], in[i + 1], in[i + 2], in[i + 3], out, length);
    }
    for (; i < to; i++) {
      add(weights[i], in[i], out, length);
    }
  }

  private static void addTwoToFour(
      float[] weights0,
      float[] weights1,
      float[] weights2,
      float[] weights3,
      int at,
      float[] a,
      float[] b,
      float[] out0,
      float[] out1,
      float[] out2,
      float[] out3,
      int length) {
    float a0 = weights0[at];
    float b0 = weights0[at + 1];
    float a1 = weights1[at];
    float b1 = weights1[at + 1];
    float a2 = weights2[at];
    float b2 = weights2[at + 1];
    float a3 = weights3[at];
    float b3 = weights3[at + 1];
    for (int i = 0; i < length; i++) {
      float x = a[i];
      float y = b[i];
      float sum0 = Math.fma(b0, y, Math.fma(a0, x, out0[i]));
      float sum1 = Math.fma(b1, y, Math.fma(a1, x, out1[i]));
      float sum2 = Math.fma(b2, y, Math.fma(a2, x, out2[i]));
      float sum3 = Math.fma(b3, y, Math.fma(a3, x, out3[i]));
      out0[i] = sum0;
      out1[i] = sum1;
      out2[i] = sum2;
      out3[i] = sum3;
    }
  }

  private static void addFour(
      float[] weights,
      int at,
      float[] a,
      float[] b,
      float[] c,
      float[] d,
      float[] out,
      int length) {
    float a0 = weights[at];
    float b0 = weights[at + 1];
    float c0 = weights[at + 2];
    float d0 = weights[at + 3];
    for (int i = 0; i < length; i++) {
      float sum = Math.fma(b0, b[i], Math.fma(a0, a[i], out[i]));
      out[i] = Math.fma(d0, d[i], Math.fma(c0, c[i], sum));
    }
  }

  private static void add(float weight, float[] in, float[] out, int length) {
    for (int i = 0; i < length; i++) {
      out[i] = Math.fma(weight, in[i], out[i]);
    }
  }

  /** Brings the lanes from {@code from} to {@code to} within the limits of both signs. */
  static void limit(float[] row, int from, int to, float limit) {
    for (int i = from; i < to; i++) {
      row[i] = Math.max(-limit, Math.min(limit, row[i]));
    }
  }

  /** The larger of each number and 0, in its place. */
  static void rectify(float[] row, int length) {
    for (int i = 0; i < length; i++) {
      // Exact, and without a branch.
      row[i] = 0.5f * (row[i] + Math.abs(row[i]));
    }
  }

  /** Sums of two numbers, and the first one less the second one. */
  static void sumAndDifference(float[] a, float[] b, float[] sum, float[] difference, int length) {
    for (int i = 0; i < length; i++) {
      float x = a[i];
      float y = b[i];
      sum[i] = x + y;
      difference[i] = x - y;
    }
  }

  /** The first number less the second one. */
  static void difference(float[] a, float[] b, float[] out, int length) {
    for (int i = 0; i < length; i++) {
      out[i] = a[i] - b[i];
    }
  }

  /** Pairs of outputs of {@link PairConvolution}, from four products, and ReLU. */
  static void pairs(
      float[] a, float[] b, float[] c, float[] d, float[] even, float[] odd, int length) {
    for (int i = 0; i < length; i++) {
      float x = b[i];
      float y = c[i];
      float first = a[i] + x + y;
      float second = x - y - d[i];
      even[i] = 0.5f * (first + Math.abs(first));
      odd[i] = 0.5f * (second + Math.abs(second));
    }
  }

  /** Square roots of sums of two squares; {@code out} may be one of the others. */
  static void magnitudes(float[] re, float[] im, float[] out, int length) {
    for (int i = 0; i < length; i++) {
      out[i] = (float) Math.sqrt(re[i] * re[i] + im[i] * im[i]);
    }
  }

  /** The absolute values. */
  static void magnitudes(float[] in, float[] out, int length) {
    for (int i = 0; i < length; i++) {
      out[i] = Math.abs(in[i]);
    }
  }

  /** Hyperbolic tangents, in the place of their arguments; see {@link #tanh}. */
  static void tanh(float[] row, int length) {
    for (int i = 0; i < length; i++) {
      row[i] = tanh(row[i]);
    }
  }

  /**
   * The hyperbolic tangent to within 3e-7: of half the argument as a continued fraction (Lambert's)
   * of seven terms, and from there by the formula of the double argument.
   */
  static float tanh(float x) {
    float half = 0.5f * Math.max(-SATURATED, Math.min(SATURATED, x));
    float square = half * half;
    float p = half * (135135 + square * (17325 + square * (378 + square)));
    float q = 135135 + square * (62370 + square * (3150 + square * 28));
    return 2 * p * q / (p * p + q * q);
  }

  /**
   * The state of cells after a step: what is kept of it, and what comes in.
   *
   * @param in of the input gate, the hyperbolic tangent of half its sum
   * @param forget of the forget gate, likewise
   * @param candidate what may come in
   */
  static void remember(float[] in, float[] forget, float[] candidate, float[] state, int length) {
    for (int i = 0; i < length; i++) {
      state[i] = 0.5f * ((1 + forget[i]) * state[i] + (1 + in[i]) * candidate[i]);
    }
  }

  /**
   * What cells give out.
   *
   * @param out of the output gate, the hyperbolic tangent of half its sum
   */
  static void recall(float[] out, float[] state, float[] hidden, int length) {
    for (int i = 0; i < length; i++) {
      hidden[i] = 0.5f * (1 + out[i]) * tanh(state[i]);
    }
  }
}
