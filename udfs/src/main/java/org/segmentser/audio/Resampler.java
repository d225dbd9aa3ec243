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
  /** Input samples that are filtered together, at least; more makes the inner loops longer. */
  private static final int BLOCK = 4096;

  /** Periods of the two rates that are filtered together, at least. */
  private static final int PERIODS = 64;

  /** Weights that are applied in one pass over a phase's outputs. */
  private static final int TOGETHER = 4;

  private final SincFilter filter;
  private final int up;
  private final int down;
  private final int taps;

  /** A block's input, from the first tap of its first output on. */
  private final float[] window;

  private final int blockIn;
  private final int blockOut;
  private int filled;
  private long received;
  private long produced;

  /**
   * For filters that repeat: the block's input with what is a period apart side by side, some of it
   * from one tap on, and the outputs of every phase.
   */
  private final float[][] rows;

  private final float[][] inputs;
  private final float[][] sums;

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
    taps = filter.taps();
    int periods = 1;
    if (up == down) {
      // Nothing is filtered.
      periods = 0;
    } else if (filter.exact()) {
      periods = Math.max(PERIODS, BLOCK / down);
    }
    blockIn = down * periods;
    blockOut = up * periods;
    window = new float[taps + blockIn];
    rows = filter.exact() ? new float[down][periods + taps / down + 2] : null;
    inputs = new float[TOGETHER][periods];
    sums = filter.exact() ? new float[up][periods] : null;
    // The zeros before the first sample.
    filled = taps / 2 - 1;
  }

  /**
   * Where a stream may be entered: a resampler that is given the stream from this input sample on
   * gives the same output samples as one that had it from its start, from {@code output} on. Its
   * first output is the stream's {@link #outputAt}.
   */
  public long inputBefore(long output) {
    long period = Math.max(0, (output / up * down - taps) / down);
    return up == down ? output : period * down;
  }

  /** The output sample that an input sample given by {@link #inputBefore} begins with. */
  public long outputAt(long input) {
    return input / down * up;
  }

  /** The first input sample that stands at an output sample or behind it. */
  public long inputFrom(long output) {
    return (output * down + up - 1) / up;
  }

  /**
   * The room that an output array needs for {@link #process} with {@code length} samples; {@code
   * maxOutput(0)} is enough for {@link #finish}.
   */
  public int maxOutput(int length) {
    return up == down
        ? length
        : Math.toIntExact(((long) length + taps + blockIn) / blockIn * blockOut + blockOut);
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
      if (filled == window.length) {
        written = filterBlock(out, written, blockOut);
      }
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
      written = filterBlock(out, written, (int) Math.min(blockOut, total - produced));
    }
    return written;
  }

  /** Writes the first {@code count} outputs of a full window, and makes room for the next block. */
  private int filterBlock(float[] out, int start, int count) {
    if (filter.exact()) {
      filterByPhase(out, start, count);
    } else {
      for (int i = 0; i < count; i++) {
        long at = (long) i * down;
        out[start + i] = filter.apply(window, (int) (at / up), (int) (at % up));
      }
    }
    produced += count;
    System.arraycopy(window, blockIn, window, 0, taps);
    filled = taps;
    return start + count;
  }

  /**
   * Outputs that are {@code up} apart have the same weights, and their inputs are {@code down}
   * apart. With those inputs side by side, all outputs of a phase grow together, a few weights at a
   * time, in a loop that the compiler turns into vector instructions.
   */
  private void filterByPhase(float[] out, int start, int count) {
    for (int row = 0; row < down; row++) {
      for (int i = 0, at = row; at < window.length; i++, at += down) {
        rows[row][i] = window[at];
      }
    }
    for (float[] sum : sums) {
      Arrays.fill(sum, 0f);
    }
    int phases = Math.min(up, count);
    for (int at = 0; at < taps + down - 1; at += TOGETHER) {
      for (int i = 0; i < TOGETHER; i++) {
        System.arraycopy(rows[(at + i) % down], (at + i) / down, inputs[i], 0, inputs[i].length);
      }
      for (int phase = 0; phase < phases; phase++) {
        int k = at - (int) ((long) phase * down / up);
        if (k > -TOGETHER && k < taps) {
          add(filter.weights((int) ((long) phase * down % up)), k, sums[phase]);
        }
      }
    }
    for (int phase = 0; phase < phases; phase++) {
      float[] sum = sums[phase];
      for (int i = 0, at = start + phase; at < start + count; i++, at += up) {
        out[at] = sum[i];
      }
    }
  }

  /** Adds the inputs under the weights from the {@code k}th on; there is none outside the taps. */
  private void add(float[] weights, int k, float[] to) {
    float a = weight(weights, k);
    float b = weight(weights, k + 1);
    float c = weight(weights, k + 2);
    float d = weight(weights, k + 3);
    float[] inputA = inputs[0];
    float[] inputB = inputs[1];
    float[] inputC = inputs[2];
    float[] inputD = inputs[3];
    for (int i = 0; i < to.length; i++) {
      to[i] += a * inputA[i] + b * inputB[i] + (c * inputC[i] + d * inputD[i]);
    }
  }

  private static float weight(float[] weights, int k) {
    return k >= 0 && k < weights.length ? weights[k] : 0;
  }
}
