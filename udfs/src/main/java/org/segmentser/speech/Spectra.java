package org.segmentser.speech;

import java.util.Arrays;

/**
 * Magnitudes of the short-time Fourier transform of windows: four frames of 256 samples under a
 * periodic Hann window, 128 apart.
 *
 * <p>A frame is folded twice before it is multiplied with cosines and sines: about its middle,
 * which parts them from each other, and about its quarters, which parts even bins from odd ones. A
 * lane is a frame of a window: first the first frames of all windows, then their second ones, and
 * so on.
 *
 * <p>Not thread-safe: an instance holds its work buffers.
 */
final class Spectra {
  /** Bins from 0 Hz to half the sampling rate. */
  static final int BINS = 129;

  /** Frames of a window. */
  static final int FRAMES = 4;

  /** Samples that a window's frames lie over, beginning before the window itself. */
  static final int SUPPORT = 576;

  private static final int POINTS = 256;
  private static final int HALF = POINTS / 2;
  private static final int QUARTER = POINTS / 4;
  private static final int HOP = 128;

  private static final float[] HANN = new float[POINTS];

  /** [bins][folded samples from 0, or 1 for sines]. */
  private static final float[][] EVEN_COSINES = new float[QUARTER + 1][QUARTER + 1];

  private static final float[][] ODD_COSINES = new float[QUARTER][QUARTER];
  private static final float[][] EVEN_SINES = new float[QUARTER - 1][QUARTER - 1];
  private static final float[][] ODD_SINES = new float[QUARTER][QUARTER];

  static {
    for (int n = 0; n < POINTS; n++) {
      HANN[n] = (float) (0.5 - 0.5 * Math.cos(2 * Math.PI * n / POINTS));
    }
    for (int k = 0; k <= QUARTER; k++) {
      for (int n = 0; n <= QUARTER; n++) {
        EVEN_COSINES[k][n] = (float) Math.cos(2 * Math.PI * 2 * k * n / POINTS);
      }
    }
    for (int k = 0; k < QUARTER; k++) {
      for (int n = 0; n < QUARTER; n++) {
        ODD_COSINES[k][n] = (float) Math.cos(2 * Math.PI * (2 * k + 1) * n / POINTS);
        ODD_SINES[k][n] = (float) Math.sin(2 * Math.PI * (2 * k + 1) * (n + 1) / POINTS);
      }
    }
    for (int k = 1; k < QUARTER; k++) {
      for (int n = 1; n < QUARTER; n++) {
        EVEN_SINES[k - 1][n - 1] = (float) Math.sin(2 * Math.PI * 2 * k * n / POINTS);
      }
    }
  }

  private final float[][] evenCosineInputs;
  private final float[][] oddCosineInputs;
  private final float[][] evenSineInputs;
  private final float[][] oddSineInputs;
  private final float[][] evenCosineSums;
  private final float[][] oddCosineSums;
  private final float[][] evenSineSums;
  private final float[][] oddSineSums;
  private final float[][] magnitudes;

  /**
   * Makes the buffers.
   *
   * @param windows that are transformed together, at most
   */
  Spectra(int windows) {
    int lanes = FRAMES * windows;
    evenCosineInputs = new float[QUARTER + 1][lanes];
    oddCosineInputs = new float[QUARTER][lanes];
    evenSineInputs = new float[QUARTER - 1][lanes];
    oddSineInputs = new float[QUARTER][lanes];
    evenCosineSums = new float[QUARTER + 1][lanes];
    oddCosineSums = new float[QUARTER][lanes];
    evenSineSums = new float[QUARTER - 1][lanes];
    oddSineSums = new float[QUARTER][lanes];
    magnitudes = new float[BINS][lanes];
  }

  /**
   * The magnitudes of windows.
   *
   * @param samples of all windows
   * @param starts where each window's {@value #SUPPORT} samples begin; the last frame ends in their
   *     reflection
   * @param windows how many there are
   * @return [{@value #BINS}][at least {@value #FRAMES} * {@code windows}], valid until the next
   *     call
   */
  float[][] magnitudes(float[] samples, int[] starts, int windows) {
    for (int frame = 0; frame < FRAMES; frame++) {
      for (int window = 0; window < windows; window++) {
        fold(samples, starts[window], frame * HOP, frame * windows + window);
      }
    }
    int lanes = FRAMES * windows;
    multiply(EVEN_COSINES, evenCosineInputs, evenCosineSums, lanes);
    multiply(ODD_COSINES, oddCosineInputs, oddCosineSums, lanes);
    multiply(EVEN_SINES, evenSineInputs, evenSineSums, lanes);
    multiply(ODD_SINES, oddSineInputs, oddSineSums, lanes);
    Rows.magnitudes(evenCosineSums[0], magnitudes[0], lanes);
    for (int bin = 1; bin < HALF; bin++) {
      float[] cosines = (bin % 2 == 0 ? evenCosineSums : oddCosineSums)[bin / 2];
      float[] sines = bin % 2 == 0 ? evenSineSums[bin / 2 - 1] : oddSineSums[bin / 2];
      Rows.magnitudes(cosines, sines, magnitudes[bin], lanes);
    }
    Rows.magnitudes(evenCosineSums[QUARTER], magnitudes[HALF], lanes);
    return magnitudes;
  }

  /** Puts a frame under its window, folded, into a lane. */
  private void fold(float[] samples, int start, int offset, int lane) {
    // The middle has no partner, nor have the quarters when they are folded a second time.
    float middle = sample(samples, start, offset + HALF);
    evenCosineInputs[0][lane] = middle;
    oddCosineInputs[0][lane] = -middle;
    for (int n = 1; n < QUARTER; n++) {
      float outer0 = HANN[n] * samples[start + offset + n];
      float outer1 = HANN[n] * sample(samples, start, offset + POINTS - n);
      float inner0 = HANN[HALF - n] * samples[start + offset + HALF - n];
      float inner1 = HANN[HALF - n] * sample(samples, start, offset + HALF + n);
      evenCosineInputs[n][lane] = outer0 + outer1 + (inner0 + inner1);
      oddCosineInputs[n][lane] = outer0 + outer1 - (inner0 + inner1);
      evenSineInputs[n - 1][lane] = outer0 - outer1 - (inner0 - inner1);
      oddSineInputs[n - 1][lane] = outer0 - outer1 + (inner0 - inner1);
    }
    float quarter0 = HANN[QUARTER] * samples[start + offset + QUARTER];
    float quarter1 = HANN[QUARTER] * sample(samples, start, offset + POINTS - QUARTER);
    evenCosineInputs[QUARTER][lane] = quarter0 + quarter1;
    oddSineInputs[QUARTER - 1][lane] = quarter0 - quarter1;
  }

  /** A sample of a window; beyond its end, that as far before its last one. */
  private static float sample(float[] samples, int start, int i) {
    return samples[start + (i < SUPPORT ? i : 2 * (SUPPORT - 1) - i)];
  }

  private static void multiply(float[][] weights, float[][] in, float[][] out, int lanes) {
    for (float[] row : out) {
      Arrays.fill(row, 0, lanes, 0);
    }
    Rows.addProduct(weights, in, in.length, out, out.length, lanes);
  }
}
