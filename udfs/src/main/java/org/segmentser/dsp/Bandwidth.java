package org.segmentser.dsp;

import java.util.Arrays;

/**
 * The frequency above which a recording holds nothing but the floor of its codec: 3,400 to 4,000 Hz
 * for what came over a telephone, whatever the rate of the file.
 *
 * <p>Every quarter of a second a look is taken at four frames, later every two seconds, and the
 * power spectra of what is not silent are added up. Where a codec cuts off, the sum falls by
 * {@value #CLIFF_DB} dB and more within {@value #FALL_HZ} Hz and stays there. Speech seldom does:
 * its fricatives fill the upper octaves, and what falls by itself falls slowly.
 *
 * <p>A cut below {@value #LOWEST_HZ} Hz is not looked for, as vowels alone end there, nor one above
 * {@value #HIGHEST_HZ} Hz, which takes little from speech. A floor that is not as far below the
 * speech hides the cliff, such as that of noise that was added after the codec.
 *
 * <p>Not thread-safe.
 */
public final class Bandwidth {
  /** Of an uncut recording: half the sample rate. */
  public static final double FULL_HZ = FrontEnd.SAMPLE_RATE / 2.0;

  /** Looks at what is not silent that an answer needs, at least. */
  private static final int FEWEST = 4;

  /** Looks at what is not silent after which they become rare. */
  private static final int OFTEN = 100;

  /** Samples from the start of one look to that of the next: 0.256 s and 2.048 s. */
  private static final int STEP = 4096;

  private static final int RARE_STEP = 8 * STEP;

  private static final int FRAMES = 4;
  private static final int LOOK = (FRAMES - 1) * FrontEnd.HOP + FrontEnd.WINDOW;

  /** Mean square of a look below which it is silent: -90 dB, some steps of 16 bits. */
  private static final double SILENCE = 1e-9;

  private static final int LOWEST_HZ = 2000;
  private static final int HIGHEST_HZ = 7000;

  /** The band below a cliff, that in which it falls, and any above it. */
  private static final int BELOW_HZ = 600;

  private static final int FALL_HZ = 300;
  private static final int ABOVE_HZ = 200;

  /** What a cliff falls by, at least. */
  private static final int CLIFF_DB = 18;

  private static final double BIN_HZ = (double) FrontEnd.SAMPLE_RATE / FrontEnd.FFT;

  private final FrameSpectra spectra = new FrameSpectra(FRAMES);
  private final float[] look = new float[LOOK];
  private final double[] power = new double[MelBands.LAST_BIN + 1];

  /** In samples from the start of the look that was last begun. */
  private int position;

  private int step = STEP;
  private int looks;

  /**
   * Takes the next samples of a recording, 16 kHz mono; how it is cut into calls changes nothing.
   */
  public void add(float[] samples, int offset, int count) {
    int from = offset;
    int end = offset + count;
    while (from < end) {
      int taken = Math.min(end - from, (position < LOOK ? LOOK : step) - position);
      if (position < LOOK) {
        System.arraycopy(samples, from, look, position, taken);
        if (position + taken == LOOK) {
          addLook();
          step = looks < OFTEN ? STEP : RARE_STEP;
        }
      }
      from += taken;
      position = (position + taken) % step;
    }
  }

  /**
   * The frequency, in Hz, from {@value #LOWEST_HZ} up; {@link #FULL_HZ} where nothing is cut off,
   * and NaN where there was less than a second of sound.
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
      return FULL_HZ;
    }
    int edge = cliff + fall;
    while (level[edge] < low) {
      edge--;
    }
    return (edge + 0.5) * BIN_HZ;
  }

  private void addLook() {
    double square = 0;
    for (float sample : look) {
      square += (double) sample * sample;
    }
    if (square < SILENCE * LOOK) {
      return;
    }
    spectra.transform(look, 0, FRAMES);
    for (int bin = MelBands.FIRST_BIN; bin < power.length; bin++) {
      for (double magnitude : spectra.magnitude(bin)) {
        power[bin] += magnitude * magnitude;
      }
    }
    looks++;
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
