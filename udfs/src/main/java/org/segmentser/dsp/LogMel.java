package org.segmentser.dsp;

import java.util.Arrays;
import org.jtransforms.fft.DoubleFFT_1D;

/**
 * Log-mel bands of one frame of 16 kHz audio, as VGGish was trained on them: 25 ms periodic Hann
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
  private static final double[] HANN = periodicHann();

  private final DoubleFFT_1D fft = new DoubleFFT_1D(FrontEnd.FFT);
  private final double[] spectrum = new double[FrontEnd.FFT];
  private final double[] magnitude = new double[FrontEnd.FFT / 2 + 1];

  /**
   * Computes the bands of the frame that starts at {@code samples[offset]}.
   *
   * @param samples mono audio at 16 kHz, nominally in [-1, 1); {@value FrontEnd#WINDOW} are read
   * @param bands where the {@value #FrontEnd.BANDS} values go, from {@code bandsOffset} on
   */
  public void frame(float[] samples, int offset, float[] bands, int bandsOffset) {
    for (int i = 0; i < FrontEnd.WINDOW; i++) {
      spectrum[i] = samples[offset + i] * HANN[i];
    }
    Arrays.fill(spectrum, FrontEnd.WINDOW, FrontEnd.FFT, 0.0);
    fft.realForward(spectrum);
    for (int bin = MelBands.FIRST_BIN; bin <= MelBands.LAST_BIN; bin++) {
      double re = spectrum[2 * bin];
      double im = spectrum[2 * bin + 1];
      magnitude[bin] = Math.sqrt(re * re + im * im);
    }
    for (int band = 0; band < FrontEnd.BANDS; band++) {
      bands[bandsOffset + band] =
          (float) Math.log(MelBands.weighted(magnitude, band) + FrontEnd.LOG_OFFSET);
    }
  }

  private static double[] periodicHann() {
    double[] window = new double[FrontEnd.WINDOW];
    for (int i = 0; i < FrontEnd.WINDOW; i++) {
      window[i] = 0.5 - 0.5 * Math.cos(2 * Math.PI * i / FrontEnd.WINDOW);
    }
    return window;
  }
}
