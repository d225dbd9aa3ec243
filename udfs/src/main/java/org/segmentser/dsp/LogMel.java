package org.segmentser.dsp;

import java.util.Arrays;

/**
 * Log-mel bands of frames of 16 kHz audio, as VGGish was trained on them: 25 ms periodic Hann
 * window, magnitude of a 512-point Fourier transform, 64 HTK mel bands over 125 to 7500 Hz, natural
 * logarithm of the band plus 0.01 (Hershey et al., "CNN Architectures for Large-Scale Audio
 * Classification", 2017, section 3.1, and its released code).
 *
 * <p>Computes in double precision: next to a loud tone, the rounding of a single-precision
 * transform alone moves a quiet band by more than 1e-3 after the logarithm.
 *
 * <p>Not thread-safe: an instance holds its work buffers.
 */
public final class LogMel {
  private final FrameSpectra spectra = new FrameSpectra();
  private final double[] band = new double[FrameSpectra.LANES];

  /**
   * Computes the bands of consecutive frames, the first of which starts at {@code samples[offset]}.
   *
   * @param samples mono audio at 16 kHz, nominally in [-1, 1), always finite
   * @param count frames, 1 to {@value FrontEnd#FRAMES}
   * @param bands where the {@value FrontEnd#BANDS} values of each frame go, from {@code
   *     bandsOffset} on
   */
  public void frames(float[] samples, int offset, int count, float[] bands, int bandsOffset) {
    spectra.transform(samples, offset, count);
    for (int i = 0; i < FrontEnd.BANDS; i++) {
      Arrays.fill(band, 0, count, FrontEnd.LOG_OFFSET);
      addWeighted(MelBands.weights(i), MelBands.first(i), count);
      for (int frame = 0; frame < count; frame++) {
        bands[bandsOffset + frame * FrontEnd.BANDS + i] = (float) Logarithm.of(band[frame]);
      }
    }
  }

  /** Adds the magnitudes of the bins from {@code first} on to {@link #band}. */
  private void addWeighted(double[] weights, int first, int count) {
    int i = 0;
    for (; i < weights.length - 1; i += 2) {
      double[] lower = spectra.magnitude(first + i);
      add(weights[i], lower, weights[i + 1], spectra.magnitude(first + i + 1), band, count);
    }
    if (i < weights.length) {
      double[] last = spectra.magnitude(first + i);
      add(weights[i], last, 0, last, band, count);
    }
  }

  private static void add(
      double weightA, double[] a, double weightB, double[] b, double[] sums, int count) {
    for (int i = 0; i < count; i++) {
      sums[i] += weightA * a[i] + weightB * b[i];
    }
  }
}
