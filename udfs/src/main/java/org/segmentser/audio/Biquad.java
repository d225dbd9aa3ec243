package org.segmentser.audio;

import java.util.function.DoubleUnaryOperator;
import org.segmentser.dsp.FrontEnd;

/**
 * A second-order recursive filter at {@value FrontEnd#SAMPLE_RATE} Hz, made by the bilinear
 * transform, so that its gain at the corner is exact. Not thread-safe.
 */
final class Biquad implements DoubleUnaryOperator {
  private final double b0;
  private final double b1;
  private final double b2;
  private final double a1;
  private final double a2;
  private double state1;
  private double state2;

  private Biquad(double b0, double b1, double b2, double a0, double a1, double a2) {
    this.b0 = b0 / a0;
    this.b1 = b1 / a0;
    this.b2 = b2 / a0;
    this.a1 = a1 / a0;
    this.a2 = a2 / a0;
  }

  /**
   * @param corner in Hz
   * @param quality gain at the corner
   */
  static Biquad lowPass(double corner, double quality) {
    double k = warped(corner);
    return new Biquad(
        k * k, 2 * k * k, k * k, k * k + k / quality + 1, 2 * (k * k - 1), k * k - k / quality + 1);
  }

  /**
   * @param corner in Hz
   * @param quality gain at the corner
   */
  static Biquad highPass(double corner, double quality) {
    double k = warped(corner);
    return new Biquad(1, -2, 1, k * k + k / quality + 1, 2 * (k * k - 1), k * k - k / quality + 1);
  }

  /**
   * @param corner where the gain is -3 dB, in Hz
   */
  static Biquad firstOrderLowPass(double corner) {
    double k = warped(corner);
    return new Biquad(k, k, 0, k + 1, k - 1, 0);
  }

  private static double warped(double frequency) {
    return Math.tan(Math.PI * frequency / FrontEnd.SAMPLE_RATE);
  }

  @Override
  public double applyAsDouble(double x) {
    double y = b0 * x + state1;
    state1 = b1 * x - a1 * y + state2;
    state2 = b2 * x - a2 * y;
    return y;
  }
}
