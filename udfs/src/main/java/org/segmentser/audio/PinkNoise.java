package org.segmentser.audio;

import java.util.function.DoubleUnaryOperator;
import org.segmentser.dsp.FrontEnd;

/**
 * Adds pink noise to a clip, at a fixed distance from the clip's level.
 *
 * <p>A stream's level is not known before its end; so the noise at a sample stands at the given
 * factor of the root mean square of all the clip's samples up to that one. It swells with the
 * clip's first sounds and is steady after some seconds. Over a clip of steady level the ratio of
 * signal and noise is that factor; digital silence at the beginning stays silent. The noise itself
 * is a function of the sample's number in the clip, the same for all clips.
 *
 * <p>Not thread-safe.
 */
final class PinkNoise implements DoubleUnaryOperator {
  /** Paul Kellet's filter: white noise through these poles with these gains, and as it is. */
  private static final double[] POLES = {0.99886, 0.99332, 0.96900, 0.86650, 0.55000, -0.7616};

  private static final double[] GAINS = {
    0.0555179, 0.0750759, 0.1538520, 0.3104856, 0.5329522, -0.0168980
  };
  private static final double DIRECT = 0.5362;
  private static final double DELAYED = 0.115926;

  /** Makes the noise's mean square 1, when white noise is uniform in [-1, 1). */
  private static final double UNIT = 1 / Math.sqrt(energy() / 3);

  private final double factor;
  private final double[] states = new double[POLES.length];
  private double before;
  private long position;
  private double squares;

  /**
   * @param factor root mean square of the noise, in that of the clip
   */
  PinkNoise(double factor) {
    this.factor = factor;
  }

  @Override
  public double applyAsDouble(double x) {
    squares += x * x;
    double noise = UNIT * pink(white(position));
    position++;
    return x + factor * Math.sqrt(squares / position) * noise;
  }

  private double pink(double white) {
    double sum = DIRECT * white + before;
    before = DELAYED * white;
    for (int i = 0; i < POLES.length; i++) {
      states[i] = POLES[i] * states[i] + GAINS[i] * white;
      sum += states[i];
    }
    return sum;
  }

  /** Uniform in [-1, 1): splitmix64. */
  private static double white(long position) {
    long z = (position + 1) * 0x9E3779B97F4A7C15L;
    z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return ((z ^ (z >>> 31)) >> 11) * 0x1p-52;
  }

  /** Of the filter's response to an impulse, until nothing is left of it. */
  private static double energy() {
    PinkNoise filter = new PinkNoise(1);
    double sum = 0;
    for (int i = 0; i < 2 * FrontEnd.SAMPLE_RATE; i++) {
      double y = filter.pink(i == 0 ? 1 : 0);
      sum += y * y;
    }
    return sum;
  }
}
