package org.segmentser.audio;

import java.util.Arrays;

/**
 * Changes the sample rate of a stream by band-limited interpolation: a windowed sinc that adds no
 * delay, with zeros before the first and after the last sample.
 *
 * <p>n samples become floor(n * targetRate / sourceRate), the same ones however the input is cut
 * into blocks. Memory does not grow with the stream. Equal rates pass through unchanged. Not
 * thread-safe; one instance serves one stream.
 */
public final class Resampler {

  private static final int BLOCK = 4096;

  private final SincFilter filter;
  private final int up;
  private final int down;
  private final float[] window;
  private int filled;
  private int base;
  private int phase;
  private long received;
  private long produced;

  /**
   * Makes a resampler for one stream.
   *
   * @param sourceRate in Hz, at least 1
   * @param targetRate in Hz, at least 1
   */
  public Resampler(int sourceRate, int targetRate) {
    filter = SincFilter.of(sourceRate, targetRate);
    up = filter.up();
    down = filter.down();
    window = new float[filter.taps() + BLOCK];
    // The zeros before the first sample.
    filled = filter.taps() / 2 - 1;
  }

  /**
   * The room that an output array needs for {@link #process} with {@code length} samples; {@code
   * maxOutput(0)} is enough for {@link #finish}.
   */
  public int maxOutput(int length) {
    return Math.toIntExact((length + filter.taps() / 2L) * up / down + 1);
  }

  /**
   * Takes {@code length} samples and writes to {@code out}, from index 0, those that are now
   * certain.
   *
   * @return the number of samples written, 0 to {@link #maxOutput maxOutput(length)}
   */
  public int process(float[] in, int offset, int length, float[] out) {
    received += length;
    if (up == down) {
      System.arraycopy(in, offset, out, 0, length);
      produced += length;
      return length;
    }
    int written = 0;
    int taken = 0;
    while (taken < length) {
      int count = Math.min(length - taken, window.length - filled);
      System.arraycopy(in, offset + taken, window, filled, count);
      filled += count;
      taken += count;
      written = convolve(out, written, Long.MAX_VALUE);
    }
    return written;
  }

  /**
   * Writes the last samples of the stream to {@code out}, from index 0. Nothing may be processed
   * after it.
   *
   * @return the number of samples written, 0 to {@link #maxOutput maxOutput(0)}
   */
  public int finish(float[] out) {
    long total = received * up / down;
    int written = 0;
    while (produced < total) {
      Arrays.fill(window, filled, window.length, 0f);
      filled = window.length;
      written = convolve(out, written, total);
    }
    return written;
  }

  /** Writes every output whose taps are all in the window, then drops what no output needs. */
  private int convolve(float[] out, int start, long limit) {
    int taps = filter.taps();
    int wholeStep = down / up;
    int phaseStep = down % up;
    int written = start;
    while (base + taps <= filled && produced < limit) {
      out[written++] = filter.apply(window, base, phase);
      produced++;
      base += wholeStep;
      phase += phaseStep;
      if (phase >= up) {
        phase -= up;
        base++;
      }
    }
    int drop = Math.min(base, filled);
    System.arraycopy(window, drop, window, 0, filled - drop);
    filled -= drop;
    base -= drop;
    return written;
  }
}
