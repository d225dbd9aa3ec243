package org.segmentser.audio;

/** Telephony's 8-bit samples: G.711 mu-law. */
final class MuLaw {
  private static final int BIAS = 132;
  private static final int LARGEST = 32635;

  private MuLaw() {}

  /** What a receiver makes of a sample; full scale is 1, and louder ones are clipped. */
  static double roundTrip(double x) {
    int magnitude = (int) Math.min(LARGEST, Math.round(Math.abs(x) * 32768)) + BIAS;
    // Of eight bits, one is the sign, three are the exponent and four the mantissa.
    int exponent = 24 - Integer.numberOfLeadingZeros(magnitude);
    int mantissa = (magnitude >> (exponent + 3)) & 0xF;
    int decoded = (((mantissa << 3) + BIAS) << exponent) - BIAS;
    return Math.copySign(decoded / 32768.0, x);
  }
}
