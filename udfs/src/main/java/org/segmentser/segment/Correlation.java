package org.segmentser.segment;

import java.io.Serializable;

/**
 * How alike two signals are, from their samples as they come; those of parts of the signals add up.
 * Not thread-safe.
 */
final class Correlation implements Serializable {
  private static final long serialVersionUID = 1L;

  /** Above it, two channels hold the same signal. */
  private static final double SAME = 0.999;

  private long count;
  private double sumX;
  private double sumY;
  private double sumXx;
  private double sumYy;
  private double sumXy;
  private boolean isEqual = true;

  void add(float[] x, float[] y, int offset, int length) {
    double sx = 0;
    double sy = 0;
    double sxx = 0;
    double syy = 0;
    double sxy = 0;
    boolean equal = isEqual;
    for (int i = offset; i < offset + length; i++) {
      double a = x[i];
      double b = y[i];
      sx += a;
      sy += b;
      sxx += a * a;
      syy += b * b;
      sxy += a * b;
      equal &= a == b;
    }
    sumX += sx;
    sumY += sy;
    sumXx += sxx;
    sumYy += syy;
    sumXy += sxy;
    isEqual = equal;
    count += length;
  }

  /** Adds that of another part of the signals. */
  void add(Correlation other) {
    count += other.count;
    sumX += other.sumX;
    sumY += other.sumY;
    sumXx += other.sumXx;
    sumYy += other.sumYy;
    sumXy += other.sumXy;
    isEqual &= other.isEqual;
  }

  /**
   * Whether the signals are equal, or the same but for their level and a little noise; null of
   * signals in which nothing was heard.
   */
  Boolean isSame() {
    if (sumXx == 0 && sumYy == 0) {
      return null;
    }
    if (isEqual) {
      return true;
    }
    double x = count * sumXx - sumX * sumX;
    double y = count * sumYy - sumY * sumY;
    return (count * sumXy - sumX * sumY) / Math.sqrt(x * y) > SAME;
  }
}
