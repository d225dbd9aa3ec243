package org.segmentser.dsp;

import java.util.Arrays;

/**
 * Fourier transforms of consecutive frames, side by side: every value is a row with a lane per
 * frame, and all work is done a row at a time, in loops that the compiler turns into vector
 * instructions. It does so for rows that are arrays of their own, and for at most four stores in a
 * loop.
 *
 * <p>A frame's real samples are transformed as half as many complex ones, in place, by a transform
 * that halves by frequency; its values end up in bit-reversed order.
 *
 * <p>Not thread-safe: an instance holds its work buffers.
 */
final class FrameSpectra {
  /** Frames that are transformed together, at most. */
  static final int LANES = FrontEnd.FRAMES;

  private static final int POINTS = FrontEnd.FFT / 2;

  private static final double[] WINDOW = halvedHann();

  /** Of the unit circle's points, clockwise from 1. */
  private static final double[] COS = new double[FrontEnd.FFT];

  private static final double[] SIN = new double[FrontEnd.FFT];

  static {
    for (int i = 0; i < FrontEnd.FFT; i++) {
      COS[i] = Math.cos(-2 * Math.PI * i / FrontEnd.FFT);
      SIN[i] = Math.sin(-2 * Math.PI * i / FrontEnd.FFT);
    }
  }

  /** By place in the hop, the samples of all hops. */
  private final double[][] hops;

  private final double[][] re;
  private final double[][] im;

  /** For up to {@link #LANES} frames at a time. */
  FrameSpectra() {
    this(LANES);
  }

  /**
   * For fewer frames, in less memory.
   *
   * @param lanes frames that are transformed together, at most
   */
  FrameSpectra(int lanes) {
    // A frame begins in one hop and ends in the second after it.
    hops = new double[FrontEnd.HOP][lanes + (FrontEnd.WINDOW - 1) / FrontEnd.HOP];
    re = new double[POINTS][lanes];
    im = new double[POINTS][lanes];
  }

  /**
   * Transforms {@code count} frames, the first of which starts at {@code samples[offset]}.
   *
   * @param count at most as many as there are lanes
   */
  void transform(float[] samples, int offset, int count) {
    int length = (count - 1) * FrontEnd.HOP + FrontEnd.WINDOW;
    for (int hop = 0; hop * FrontEnd.HOP < length; hop++) {
      int from = hop * FrontEnd.HOP;
      int to = Math.min(length, from + FrontEnd.HOP);
      for (int i = from; i < to; i++) {
        hops[i - from][hop] = samples[offset + i];
      }
    }
    for (int i = 0; i < FrontEnd.WINDOW; i++) {
      double[] row = i % 2 == 0 ? re[i / 2] : im[i / 2];
      scale(hops[i % FrontEnd.HOP], i / FrontEnd.HOP, WINDOW[i], row, count);
    }
    for (int i = FrontEnd.WINDOW / 2; i < POINTS; i++) {
      Arrays.fill(re[i], 0, count, 0);
      Arrays.fill(im[i], 0, count, 0);
    }
    transform(0, POINTS, count);
    for (int bin = MelBands.FIRST_BIN; bin < POINTS / 2; bin++) {
      int low = row(bin);
      int high = row(POINTS - bin);
      separate(re[low], im[low], re[high], im[high], COS[bin], SIN[bin], count);
      magnitudes(re[low], im[low], re[high], im[high], count);
    }
    int middle = row(POINTS / 2);
    magnitudes(re[middle], im[middle], count);
  }

  /**
   * The frames' magnitudes in a bin from {@link MelBands#FIRST_BIN} to {@link MelBands#LAST_BIN};
   * valid until the next transform.
   */
  double[] magnitude(int bin) {
    return re[row(bin)];
  }

  /** Where the transform leaves a bin. */
  private static int row(int bin) {
    return Integer.reverse(bin) >>> (Integer.numberOfLeadingZeros(POINTS) + 1);
  }

  private void transform(int from, int points, int count) {
    int half = points / 2;
    for (int i = from; i < from + half; i++) {
      int turn = (i - from) * (FrontEnd.FFT / points);
      butterfly(re[i], im[i], re[i + half], im[i + half], COS[turn], SIN[turn], count);
    }
    if (half > 1) {
      transform(from, half, count);
      transform(from + half, half, count);
    }
  }

  private static void scale(double[] from, int at, double weight, double[] to, int count) {
    for (int i = 0; i < count; i++) {
      to[i] = weight * from[at + i];
    }
  }

  /** Puts the sum of two values in the place of the first, their turned difference in the other. */
  private static void butterfly(
      double[] re0, double[] im0, double[] re1, double[] im1, double cos, double sin, int count) {
    for (int i = 0; i < count; i++) {
      double a = re0[i];
      double b = im0[i];
      double c = re1[i];
      double d = im1[i];
      double re = a - c;
      double im = b - d;
      re0[i] = a + c;
      im0[i] = b + d;
      re1[i] = re * cos - im * sin;
      im1[i] = re * sin + im * cos;
    }
  }

  /**
   * Puts what the even samples give to a bin in the place of its value, and what the odd ones give
   * in that of the bin as far from the other end; both are doubled.
   */
  private static void separate(
      double[] re0, double[] im0, double[] re1, double[] im1, double cos, double sin, int count) {
    for (int i = 0; i < count; i++) {
      double a = re0[i];
      double b = im0[i];
      double c = re1[i];
      double d = im1[i];
      double re = b + d;
      double im = c - a;
      re0[i] = a + c;
      im0[i] = b - d;
      re1[i] = re * cos - im * sin;
      im1[i] = re * sin + im * cos;
    }
  }

  /** Magnitudes of the two bins, in the places of their real parts. */
  private static void magnitudes(
      double[] re0, double[] im0, double[] re1, double[] im1, int count) {
    for (int i = 0; i < count; i++) {
      double a = re0[i];
      double b = im0[i];
      double c = re1[i];
      double d = im1[i];
      re0[i] = Math.sqrt((a + c) * (a + c) + (b + d) * (b + d));
      re1[i] = Math.sqrt((a - c) * (a - c) + (b - d) * (b - d));
    }
  }

  /** Magnitudes of the bin that is as far from both ends, and so is its own other one. */
  private static void magnitudes(double[] re, double[] im, int count) {
    for (int i = 0; i < count; i++) {
      re[i] = 2 * Math.sqrt(re[i] * re[i] + im[i] * im[i]);
    }
  }

  /** The periodic Hann window; half as high, as separating doubles. */
  private static double[] halvedHann() {
    double[] window = new double[FrontEnd.WINDOW];
    for (int i = 0; i < FrontEnd.WINDOW; i++) {
      window[i] = 0.5 * (0.5 - 0.5 * Math.cos(2 * Math.PI * i / FrontEnd.WINDOW));
    }
    return window;
  }
}
