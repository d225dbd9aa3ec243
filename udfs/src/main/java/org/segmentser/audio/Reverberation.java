package org.segmentser.audio;

import java.util.Arrays;
import java.util.function.DoubleUnaryOperator;
import org.segmentser.dsp.FrontEnd;

/**
 * A room: the sound itself and, after it, an exponentially decaying reverberation by Schroeder's
 * comb and all-pass filters. The energy of the response to an impulse is 1, so that the level of
 * speech stays about the same. Not thread-safe.
 */
final class Reverberation implements DoubleUnaryOperator {
  /** Delays of Freeverb (Jezar at Dreampoint), in samples at 16 kHz. */
  private static final int[] COMBS = {405, 431, 463, 492, 516, 541, 566, 587};

  private static final int[] ALL_PASSES = {202, 160, 124, 82};
  private static final double ALL_PASS_GAIN = 0.5;

  private final Delay[] combs = new Delay[COMBS.length];
  private final double[] feedback = new double[COMBS.length];
  private final Delay[] allPasses = new Delay[ALL_PASSES.length];
  private final double direct;
  private final double reverberant;

  /**
   * @param decayS seconds in which the reverberation decays by 60 dB
   * @param factor amplitude of the whole reverberation, in that of the direct sound
   */
  Reverberation(double decayS, double factor) {
    for (int i = 0; i < combs.length; i++) {
      feedback[i] = Math.pow(10, -3 * COMBS[i] / (decayS * FrontEnd.SAMPLE_RATE));
    }
    clear();
    double energy = tailEnergy((int) (2 * decayS * FrontEnd.SAMPLE_RATE));
    clear();
    direct = 1 / Math.hypot(1, factor);
    reverberant = direct * factor / Math.sqrt(energy);
  }

  private void clear() {
    Arrays.setAll(combs, i -> new Delay(COMBS[i]));
    Arrays.setAll(allPasses, i -> new Delay(ALL_PASSES[i]));
  }

  private double tailEnergy(int samples) {
    double sum = 0;
    for (int i = 0; i < samples; i++) {
      double y = tail(i == 0 ? 1 : 0);
      sum += y * y;
    }
    return sum;
  }

  @Override
  public double applyAsDouble(double x) {
    return direct * x + reverberant * tail(x);
  }

  private double tail(double x) {
    double y = 0;
    for (int i = 0; i < combs.length; i++) {
      double late = combs[i].read();
      combs[i].write(x + feedback[i] * late);
      y += late;
    }
    for (Delay delay : allPasses) {
      double late = delay.read();
      double in = y + ALL_PASS_GAIN * late;
      delay.write(in);
      y = late - ALL_PASS_GAIN * in;
    }
    return y;
  }

  /** The last so many values. */
  private static final class Delay {
    private final double[] values;
    private int oldest;

    Delay(int length) {
      values = new double[length];
    }

    double read() {
      return values[oldest];
    }

    void write(double value) {
      values[oldest] = value;
      oldest = oldest + 1 == values.length ? 0 : oldest + 1;
    }
  }
}
