package org.segmentser.dsp;

import java.util.Arrays;

/**
 * The triangular mel filters of VGGish over the bins of a 512-point transform at 16 kHz. Each band
 * touches a short run of neighbouring bins, so the matrix is kept as one run of weights per band.
 */
final class MelBands {
  private static final double[][] WEIGHTS = new double[FrontEnd.BANDS][];
  private static final int[] FIRST = new int[FrontEnd.BANDS];

  /** The lowest bin that any band uses. */
  static final int FIRST_BIN;

  /** The highest bin that any band uses; below the Nyquist bin, which the transform packs apart. */
  static final int LAST_BIN;

  static {
    int bins = FrontEnd.FFT / 2 + 1;
    double lowest = FrontEnd.mel(FrontEnd.MIN_HZ);
    double step = (FrontEnd.mel(FrontEnd.MAX_HZ) - lowest) / (FrontEnd.BANDS + 1);
    int first = bins;
    int last = 0;
    for (int band = 0; band < FrontEnd.BANDS; band++) {
      double low = lowest + band * step;
      double centre = lowest + (band + 1) * step;
      double high = lowest + (band + 2) * step;
      double[] row = new double[bins];
      int from = bins;
      int to = 0;
      for (int bin = 1; bin < bins; bin++) {
        double at = FrontEnd.mel((double) bin * FrontEnd.SAMPLE_RATE / FrontEnd.FFT);
        row[bin] =
            Math.max(0, Math.min((at - low) / (centre - low), (high - at) / (high - centre)));
        if (row[bin] > 0) {
          from = Math.min(from, bin);
          to = bin;
        }
      }
      FIRST[band] = from;
      WEIGHTS[band] = Arrays.copyOfRange(row, from, to + 1);
      first = Math.min(first, from);
      last = Math.max(last, to);
    }
    FIRST_BIN = first;
    LAST_BIN = last;
  }

  private MelBands() {}

  /** The lowest bin of a band. */
  static int first(int band) {
    return FIRST[band];
  }

  /** The weights of a band's bins, from the lowest on; not to be changed. */
  static double[] weights(int band) {
    return WEIGHTS[band];
  }
}
