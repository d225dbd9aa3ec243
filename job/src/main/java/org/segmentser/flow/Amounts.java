package org.segmentser.flow;

import java.util.Locale;

/** Amounts in units that suit their size, for people. */
public final class Amounts {
  private Amounts() {}

  /** Seconds as in {@code 4.2 s}, {@code 30 s}, {@code 12 min}, {@code 3.5 h}, {@code 1,200 h}. */
  public static String time(double seconds) {
    if (seconds < 99.5) {
      return number(seconds) + " s";
    }
    double minutes = seconds / 60;
    return minutes < 99.5 ? number(minutes) + " min" : number(minutes / 60) + " h";
  }

  /** Bytes as in {@code 46 bytes}, {@code 4.2 kB}, {@code 30 MB}; thousands, not 1,024s. */
  public static String bytes(long bytes) {
    if (bytes < 1000) {
      return bytes + " bytes";
    }
    double amount = bytes;
    int unit = -1;
    while (amount >= 999.5) {
      amount /= 1000;
      unit++;
    }
    return number(amount) + " " + "kMGTPE".charAt(unit) + "B";
  }

  /** How many times faster than it plays audio was processed, as in {@code 7.1}. */
  public static String speed(double audioS, double wallS) {
    return number(audioS / Math.max(wallS, 1e-3)) + " times real time";
  }

  /** Two digits at least. */
  private static String number(double value) {
    return String.format(Locale.ROOT, value < 9.95 ? "%.1f" : "%,.0f", value);
  }
}
