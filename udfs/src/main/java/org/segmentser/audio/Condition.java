package org.segmentser.audio;

import java.util.Locale;
import java.util.function.DoubleUnaryOperator;

/**
 * A way in which a recording may be worse than the ones that a model learned from. Each is a fixed
 * function of a clip's samples: the same clip gives the same samples, wherever and whenever. A
 * clip's length does not change.
 */
public enum Condition {
  /** The samples as they are. */
  CLEAN,

  /** 20 dB lower. */
  QUIET,

  /** 12 dB higher, clipped at full scale. */
  LOUD,

  /** 300 to 3400 Hz (Butterworth, fourth order at each end), in the 256 steps of G.711 mu-law. */
  TELEPHONE,

  /** Pink noise, 10 dB below the clip's level: see {@link PinkNoise}. */
  NOISE,

  /**
   * A reverberation that decays by 60 dB in 0.5 s, its energy 1.5 dB below that of the direct
   * sound: see {@link Reverberation}.
   */
  ROOM,

  /** A first-order low-pass at 1 kHz, as of a microphone below a cloth. */
  DULL;

  /** The quality factors of a fourth-order Butterworth filter's two sections. */
  private static final double[] BUTTERWORTH = {0.541196100146197, 1.306562964876377};

  /** The condition's name on the command line and in tables. */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The condition's effect on one clip, from its first sample on. */
  public Effect begin() {
    return switch (this) {
      case CLEAN -> (samples, offset, length) -> {};
      case QUIET -> Effect.of(gain(-20));
      case LOUD -> Effect.of(gain(12).andThen(x -> Math.max(-1, Math.min(1, x))));
      case TELEPHONE -> Effect.of(telephone());
      case NOISE -> Effect.of(new PinkNoise(decibels(-10)));
      case ROOM -> Effect.of(new Reverberation(0.5, decibels(-1.5)));
      case DULL -> Effect.of(Biquad.firstOrderLowPass(1000));
    };
  }

  private static DoubleUnaryOperator gain(double level) {
    double factor = decibels(level);
    return x -> x * factor;
  }

  private static DoubleUnaryOperator telephone() {
    DoubleUnaryOperator line = DoubleUnaryOperator.identity();
    for (double quality : BUTTERWORTH) {
      line = line.andThen(Biquad.highPass(300, quality)).andThen(Biquad.lowPass(3400, quality));
    }
    return line.andThen(MuLaw::roundTrip);
  }

  /** The factor of amplitude. */
  private static double decibels(double level) {
    return Math.pow(10, level / 20);
  }
}
