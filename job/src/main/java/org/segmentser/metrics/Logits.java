package org.segmentser.metrics;

import java.util.Arrays;

/**
 * Arithmetic on logits, one number per class. Whoever decides on a class or needs its probability
 * asks here. The order of every sum is fixed, as tables and reports are compared to the bit.
 */
public final class Logits {
  private Logits() {}

  /** Index of the largest number; of several, the lowest. */
  public static int argmax(double[] values) {
    int best = 0;
    for (int i = 1; i < values.length; i++) {
      if (values[i] > values[best]) {
        best = i;
      }
    }
    return best;
  }

  /** Index of the largest number; of several, the lowest. */
  public static int argmax(float[] values) {
    int best = 0;
    for (int i = 1; i < values.length; i++) {
      if (values[i] > values[best]) {
        best = i;
      }
    }
    return best;
  }

  /** The mean of rows of one length. */
  public static double[] mean(double[][] rows) {
    double[] mean = new double[rows[0].length];
    for (double[] row : rows) {
      for (int i = 0; i < mean.length; i++) {
        mean[i] += row[i];
      }
    }
    for (int i = 0; i < mean.length; i++) {
      mean[i] /= rows.length;
    }
    return mean;
  }

  /** The mean of rows of one length, in double precision. */
  public static double[] mean(float[][] rows) {
    double[] mean = new double[rows[0].length];
    for (float[] row : rows) {
      for (int i = 0; i < mean.length; i++) {
        mean[i] += row[i];
      }
    }
    for (int i = 0; i < mean.length; i++) {
      mean[i] /= rows.length;
    }
    return mean;
  }

  /** Probabilities, which sum to 1. */
  public static double[] softmax(double[] logits) {
    double largest = logits[argmax(logits)];
    double[] powers = Arrays.stream(logits).map(z -> Math.exp(z - largest)).toArray();
    double sum = Arrays.stream(powers).sum();
    return Arrays.stream(powers).map(p -> p / sum).toArray();
  }

  /** Probabilities, computed in double precision and rounded at the end. */
  public static float[] softmax(float[] logits) {
    double largest = logits[argmax(logits)];
    double[] powers = new double[logits.length];
    double sum = 0;
    for (int i = 0; i < powers.length; i++) {
      powers[i] = Math.exp(logits[i] - largest);
      sum += powers[i];
    }
    float[] probabilities = new float[powers.length];
    for (int i = 0; i < powers.length; i++) {
      probabilities[i] = (float) (powers[i] / sum);
    }
    return probabilities;
  }
}
