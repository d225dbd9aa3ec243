package org.segmentser.speech;

import java.util.BitSet;
import java.util.Objects;
import org.segmentser.dsp.FrontEnd;

/**
 * Where somebody speaks, by hysteresis over the probabilities of {@link SpeechDetector}: speech
 * begins with a window at 0.3 or above and ends where the probability falls below 0.15, unless it
 * is at 0.3 again before a window that is below 0.15 and 100 ms further on; what lasts no longer
 * than 250 ms is none. These are the rules and the defaults of {@code get_speech_timestamps}, which
 * Silero publishes with the detector, with three differences:
 *
 * <ul>
 *   <li>Published are 0.5 and 0.35. Of shouted speech the detector is less sure, and of music,
 *       tones and noise it is still sure at 0.3 that they are none.
 *   <li>Speech is not widened by 30 ms on both sides. That serves those who cut audio and fear for
 *       its first sound; here, time is counted.
 *   <li>A pause has at most {@value #LONGEST_PAUSE} windows (1.02 s); then it has ended the speech
 *       before it. As published, nothing is decided for as long as the probability stays between
 *       the thresholds.
 * </ul>
 *
 * <p>Keeps a bit for each window, 14 kB for an hour. Not thread-safe.
 */
public final class SpeechRegions {
  /** Windows that a pause within speech has, at most. */
  static final int LONGEST_PAUSE = 32;

  private static final double ON = 0.3;
  private static final double OFF = 0.15;

  /** Samples that speech lasts longer than: 250 ms. */
  private static final int MIN_SPEECH = FrontEnd.SAMPLE_RATE * 250 / 1000;

  /** Samples from a pause's first window to one that shows that it is a pause, at least: 100 ms. */
  private static final int MIN_SILENCE = FrontEnd.SAMPLE_RATE * 100 / 1000;

  /**
   * Windows that are undecided, at most (1.25 s): speech that has not lasted long enough, and the
   * pause behind it.
   */
  public static final int MAX_DELAY = MIN_SPEECH / SpeechDetector.WINDOW + LONGEST_PAUSE;

  private static final int NONE = -1;

  private final BitSet speech = new BitSet();
  private int windows;
  private int decided;

  /** The first window of the speech that has not ended yet, or {@link #NONE}. */
  private int start = NONE;

  /** The first window of the pause in it that has not ended yet, or {@link #NONE}. */
  private int pause = NONE;

  /** The clip's samples; until it is finished, more than any. */
  private long length = Long.MAX_VALUE;

  /**
   * Takes in the next window.
   *
   * @param probability of speech, 0 to 1
   */
  public void accept(double probability) {
    int window = windows++;
    if (probability >= ON) {
      pause = NONE;
      start = start == NONE ? window : start;
    } else if (start != NONE) {
      boolean isOff = probability < OFF;
      if (isOff && pause == NONE) {
        pause = window;
      }
      if (pause != NONE && endsSpeech(window - pause, isOff)) {
        end(pause, samples(pause - start));
      }
    }
    decide();
  }

  /**
   * Ends the clip: speech that has not ended goes on to there.
   *
   * @param samples of the clip, with those that do not fill a window
   * @throws IllegalArgumentException if the windows taken in are not those of such a clip
   */
  public void finish(long samples) {
    if (samples > samples(windows) || samples <= samples(windows - 1)) {
      throw new IllegalArgumentException(samples + " samples in " + windows + " windows");
    }
    length = samples;
    if (start != NONE) {
      end(windows, samples - samples(start));
    }
    decide();
  }

  /**
   * The windows that are decided, from the first one on: all but {@value #MAX_DELAY} at most of
   * those taken in; of a finished clip, all.
   */
  public int decided() {
    return decided;
  }

  /**
   * Whether a window is speech.
   *
   * @param window from 0
   * @throws IndexOutOfBoundsException if the window is not decided
   */
  public boolean isSpeech(int window) {
    return speech.get(Objects.checkIndex(window, decided));
  }

  /**
   * The share of a stretch that lies in windows that are speech. Beyond a clip's end there is none.
   *
   * @param from the stretch's first sample
   * @param to the first sample after it, larger than {@code from}; of a clip that is not finished,
   *     in a decided window or at its end
   * @return 0 to 1
   * @throws IndexOutOfBoundsException if there is no such stretch, or it is not decided
   */
  public double share(long from, long to) {
    boolean isFinished = length < Long.MAX_VALUE;
    if (from < 0 || from >= to || (!isFinished && to > samples(decided))) {
      throw new IndexOutOfBoundsException(
          "samples " + from + " to " + to + " of " + samples(decided));
    }
    long last = Math.min(to, length);
    long sum = 0;
    int run = speech.nextSetBit((int) Math.min(windows, from / SpeechDetector.WINDOW));
    while (run >= 0 && samples(run) < last) {
      int end = speech.nextClearBit(run);
      sum += Math.min(last, samples(end)) - Math.max(from, samples(run));
      run = speech.nextSetBit(end);
    }
    return (double) sum / (to - from);
  }

  private static boolean endsSpeech(int pauseLength, boolean isOff) {
    return pauseLength >= LONGEST_PAUSE || (isOff && samples(pauseLength) >= MIN_SILENCE);
  }

  /** Ends speech before a window; it counts if it is long enough. */
  private void end(int window, long samples) {
    if (samples > MIN_SPEECH) {
      speech.set(start, window);
    }
    start = NONE;
    pause = NONE;
  }

  /** Decides on all windows of which no later one can change anything. */
  private void decide() {
    if (start == NONE) {
      decided = windows;
      return;
    }
    // Of the last window, one sample is certain.
    long certain = pause == NONE ? samples(windows - 1 - start) + 1 : samples(pause - start);
    if (certain > MIN_SPEECH) {
      int before = Math.max(start, decided);
      decided = pause == NONE ? windows : pause;
      speech.set(before, Math.max(before, decided));
    } else {
      decided = start;
    }
  }

  private static long samples(int windows) {
    return (long) windows * SpeechDetector.WINDOW;
  }
}
