package org.segmentser.metrics;

import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * Temperature scaling: logits divided by one number before the softmax, so that probabilities are
 * as often right as they say. The order of the classes stays as it is. Plain Java.
 *
 * @see <a href="https://arxiv.org/abs/1706.04599">Guo, Pleiss, Sun, Weinberger: On Calibration of
 *     Modern Neural Networks, 2017</a>
 */
public final class Temperature {
  /** The bounds of a temperature that is fitted. */
  public static final double LEAST = 0.05;

  public static final double MOST = 20;

  private static final int HALVINGS = 60;

  private Temperature() {}

  /** Probabilities, which sum to 1: the softmax of the logits divided by the temperature. */
  public static double[] probabilities(double[] logits, double temperature) {
    return Logits.softmax(Arrays.stream(logits).map(z -> z / temperature).toArray());
  }

  /**
   * The temperature of the smallest negative log-likelihood, from {@value #LEAST} to {@value
   * #MOST}. That of logits divided by T is convex in 1/T, so the sign of its slope leads there. It
   * falls with T for ever where no clip is decided wrongly; that says nothing of how sure a model
   * may be of others, so T is at least 1 then.
   *
   * @param logits [clips][classes] of clips that were not learned from
   * @param labels the true class of each
   * @throws IllegalArgumentException if there is none, their numbers differ, a label is no class or
   *     a logit is not finite
   */
  public static double fit(double[][] logits, int[] labels) {
    check(logits, labels);
    double low = Math.log(LEAST);
    double high = Math.log(MOST);
    for (int i = 0; i < HALVINGS; i++) {
      double middle = (low + high) / 2;
      if (slope(logits, labels, Math.exp(middle)) > 0) {
        low = middle;
      } else {
        high = middle;
      }
    }
    double fitted = Math.exp((low + high) / 2);
    boolean isAllRight =
        IntStream.range(0, labels.length).allMatch(i -> Logits.argmax(logits[i]) == labels[i]);
    return isAllRight ? Math.max(1, fitted) : fitted;
  }

  /** That of the negative log-likelihood over 1/T: by how much the expected logits are larger. */
  private static double slope(double[][] logits, int[] labels, double temperature) {
    double slope = 0;
    for (int i = 0; i < logits.length; i++) {
      double[] probabilities = probabilities(logits[i], temperature);
      for (int c = 0; c < probabilities.length; c++) {
        slope += probabilities[c] * (logits[i][c] - logits[i][labels[i]]);
      }
    }
    return slope;
  }

  static void check(double[][] logits, int[] labels) {
    if (logits.length == 0 || logits.length != labels.length) {
      throw new IllegalArgumentException(
          logits.length + " clips with " + labels.length + " labels");
    }
    for (int i = 0; i < labels.length; i++) {
      if (labels[i] < 0
          || labels[i] >= logits[i].length
          || !Arrays.stream(logits[i]).allMatch(Double::isFinite)) {
        throw new IllegalArgumentException(
            "the clip " + i + " has the label " + labels[i] + " of " + Arrays.toString(logits[i]));
      }
    }
  }
}
