package org.segmentser.dsp;

import java.io.Serializable;
import java.util.Arrays;

/**
 * The power spectrum of a recording, summed up over looks at it, and what it tells of the
 * recording's {@link Bandwidth}. Those of parts of a recording add up. Not thread-safe.
 *
 * <p>Where a codec cuts off, the sum falls by {@value #CLIFF_DB} dB and more within {@value
 * #FALL_HZ} Hz and stays there. Speech seldom does: its fricatives fill the upper octaves, and what
 * falls by itself falls slowly.
 *
 * <p>A cut below {@value #LOWEST_HZ} Hz is not looked for, as vowels alone end there, nor one above
 * {@value #HIGHEST_HZ} Hz, which takes little from speech. A floor that is not as far below the
 * speech hides the cliff, such as that of noise that was added after the codec.
 */
public final class LongTermSpectrum implements Serializable {
  private static final long serialVersionUID = 1L;

  /** Looks that an answer needs, at least. */
  private static final int FEWEST = 4;

  private static final int LOWEST_HZ = 2000;
  private static final int HIGHEST_HZ = 7000;

  /** The band below a cliff, that in which it falls, and any above it. */
  private static final int BELOW_HZ = 600;

  private static final int FALL_HZ = 300;
  private static final int ABOVE_HZ = 200;

  /** What a cliff falls by, at least. */
  private static final int CLIFF_DB = 18;

  private static final double BIN_HZ = (double) FrontEnd.SAMPLE_RATE / FrontEnd.FFT;

  private final double[] power = new double[MelBands.LAST_BIN + 1];
  private int looks;

  /** Adds the frames of a look. */
  void add(FrameSpectra look) {
    for (int bin = MelBands.FIRST_BIN; bin < power.length; bin++) {
      for (double magnitude : look.magnitude(bin)) {
        power[bin] += magnitude * magnitude;
      }
    }
    looks++;
  }

  /** Adds that of another part of the recording. */
  public void add(LongTermSpectrum other) {
    for (int bin = 0; bin < power.length; bin++) {
      power[bin] += other.power[bin];
    }
    looks += other.looks;
  }

  /**
   * The frequency, in Hz, from {@value #LOWEST_HZ} up; {@link Bandwidth#FULL_HZ} where nothing is
   * cut off, and NaN where fewer than {@value #FEWEST} looks found sound.
   */
  public double hz() {
    if (looks < FEWEST) {
      return Double.NaN;
    }
    double[] level = levels();
    double[] highestFrom = highestBands(level);
    int below = bins(BELOW_HZ);
    int fall = bins(FALL_HZ);
    int cliff = -1;
    double deepest = CLIFF_DB;
    double low = 0;
    for (int bin = bins(LOWEST_HZ); bin <= bins(HIGHEST_HZ); bin++) {
      double upper = mean(level, bin - below, bin);
      double lower = highestFrom[bin + fall];
      if (upper - lower >= deepest) {
        deepest = upper - lower;
        low = upper - CLIFF_DB;
        cliff = bin;
      }
    }
    if (cliff < 0) {
      return Bandwidth.FULL_HZ;
    }
    int edge = cliff + fall;
    while (level[edge] < low) {
      edge--;
    }
    return (edge + 0.5) * BIN_HZ;
  }

  /** By bin, in dB. */
  private double[] levels() {
    return Arrays.stream(power).map(p -> 10 * Math.log10(p + Double.MIN_NORMAL)).toArray();
  }

  /** By bin, the highest mean level of a band that starts there or higher. */
  private static double[] highestBands(double[] level) {
    int band = bins(ABOVE_HZ);
    double[] highest = new double[level.length - band + 1];
    double most = Double.NEGATIVE_INFINITY;
    for (int bin = highest.length - 1; bin >= 0; bin--) {
      most = Math.max(most, mean(level, bin, bin + band));
      highest[bin] = most;
    }
    return highest;
  }

  private static double mean(double[] level, int from, int to) {
    double sum = 0;
    for (int bin = from; bin < to; bin++) {
      sum += level[bin];
    }
    return sum / (to - from);
  }

  private static int bins(int hz) {
    return (int) (hz / BIN_HZ);
  }
}
