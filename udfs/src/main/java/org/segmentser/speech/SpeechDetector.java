package org.segmentser.speech;

import java.util.Arrays;
import java.util.function.DoubleConsumer;

/**
 * How likely it is that somebody speaks, for each window of {@value #WINDOW} samples (32 ms): the
 * voice activity detector of the Silero Team for 16 kHz (https://github.com/snakers4/silero-vad,
 * MIT licence), from samples that come piece by piece. Probabilities are within 1e-4 of those that
 * the published network gives, and do not depend on how the samples were cut.
 *
 * <p>An instance is for one channel of one clip, as each window's probability depends on all
 * windows before it. Not thread-safe.
 */
public final class SpeechDetector {
  /** Samples in a window. */
  public static final int WINDOW = 512;

  /**
   * Windows that are held back, at most: the probabilities of that many are found together, so that
   * of the samples taken in, less than 3.1 s are without theirs.
   */
  public static final int MAX_DELAY = Encoder.WINDOWS;

  /** Samples before a window that the network sees, too. */
  private static final int CONTEXT = Spectra.SUPPORT - WINDOW;

  /** Samples are limited to it, far beyond full scale, so that nothing overflows. */
  private static final float LIMIT = 1024;

  private final DoubleConsumer probabilities;
  private final Memory memory = new Memory();
  private final float[] held = new float[CONTEXT + MAX_DELAY * WINDOW];
  private final int[] starts = new int[MAX_DELAY];
  private final float[] found = new float[MAX_DELAY];
  private int end = CONTEXT;

  /**
   * Makes a detector.
   *
   * @param probabilities is given each window's probability, 0 to 1, in order, once it is known
   */
  public SpeechDetector(DoubleConsumer probabilities) {
    this.probabilities = probabilities;
  }

  /**
   * Takes in the next samples.
   *
   * @param samples mono audio at 16 kHz, nominally in [-1, 1), always finite
   */
  public void accept(float[] samples, int offset, int count) {
    int taken = 0;
    while (taken < count) {
      int length = Math.min(count - taken, held.length - end);
      System.arraycopy(samples, offset + taken, held, end, length);
      Rows.limit(held, end, end + length, LIMIT);
      end += length;
      taken += length;
      if (end == held.length) {
        process();
      }
    }
  }

  /** Ends the clip, whose last window is filled up with zeros. */
  public void finish() {
    int whole = (end - CONTEXT + WINDOW - 1) / WINDOW * WINDOW;
    Arrays.fill(held, end, CONTEXT + whole, 0);
    end = CONTEXT + whole;
    process();
  }

  /** Gives the probabilities of all windows that are held. */
  private void process() {
    int windows = (end - CONTEXT) / WINDOW;
    int sounding = 0;
    for (int window = 0; window < windows; window++) {
      if (!isSilent(window * WINDOW)) {
        starts[sounding++] = window * WINDOW;
      }
    }
    float[][] encoded = sounding == 0 ? null : Encoder.ofThread().encode(held, starts, sounding);
    int next = 0;
    for (int window = 0; window < windows; window++) {
      boolean isSounding = next < sounding && starts[next] == window * WINDOW;
      found[window] = memory.step(isSounding ? encoded[next++] : Encoder.silence());
    }
    System.arraycopy(held, end - CONTEXT, held, 0, CONTEXT);
    end = CONTEXT;
    for (int window = 0; window < windows; window++) {
      probabilities.accept(found[window]);
    }
  }

  /** Whether there is nothing but digital silence in all that the encoder sees of a window. */
  private boolean isSilent(int start) {
    for (int i = start; i < start + Spectra.SUPPORT; i++) {
      if (held[i] != 0) {
        return false;
      }
    }
    return true;
  }
}
