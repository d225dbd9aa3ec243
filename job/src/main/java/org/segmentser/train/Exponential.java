package org.segmentser.train;

/**
 * The exponential by a table, several times faster than {@link Math#exp} and exact enough for
 * numbers that are kept as {@code float}. The same on all machines. Thread-safe.
 */
final class Exponential {
  private static final int BITS = 7;
  private static final int SIZE = 1 << BITS;
  private static final int MASK = SIZE - 1;
  private static final double LN2 = Math.log(2);

  /** Bits of a double's fraction. */
  private static final int FRACTION = 52;

  private static final int BIAS = 1023;

  /** Added to a number, it leaves the nearest integer in the sum's low bits. */
  private static final double TO_INTEGER = 0x1.8p52;

  /** Powers of 2 from 0 to 1, in equal steps of the exponent. */
  private static final double[] POWERS = new double[SIZE];

  static {
    for (int i = 0; i < SIZE; i++) {
      POWERS[i] = Math.pow(2, (double) i / SIZE);
    }
  }

  private Exponential() {}

  /**
   * The exponential, with a relative error below 1e-9.
   *
   * @param x between -700 and 700
   */
  static double of(double x) {
    double steps = x * (SIZE / LN2) + TO_INTEGER;
    int nearest = (int) Double.doubleToRawLongBits(steps);
    double rest = x - (steps - TO_INTEGER) * (LN2 / SIZE);
    double power = Double.longBitsToDouble(((nearest >> BITS) + (long) BIAS) << FRACTION);
    return power * POWERS[nearest & MASK] * (1 + rest * (1 + rest * (0.5 + rest * (1.0 / 6))));
  }
}
