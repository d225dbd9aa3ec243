package org.segmentser.speech;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * Where somebody speaks in a clip of any length: {@link SpeechDetector} and {@link SpeechRegions},
 * which begin anew every {@value #PERIOD} windows (300 s), after listening to the {@value #RUN_IN}
 * windows (31 s) before. So what is found depends on no more than the last 331 s, and a clip may be
 * listened to from the middle on, with the same result.
 *
 * <p>Windows are counted from the clip's start. Keeps a bit for each. Not thread-safe.
 */
public final class SpeechFinder {
  private static final int WINDOW = SpeechDetector.WINDOW;

  /** Windows from one beginning to the next. */
  private static final int PERIOD = 9375;

  private static final int RUN_IN = 960;

  /** Samples from one beginning to the next. */
  public static final long PERIOD_SAMPLES = (long) PERIOD * WINDOW;

  /** One for each period. */
  private final List<Part> parts = new ArrayList<>();

  private final int firstPeriod;

  /** Of the parts, the first one that has windows to decide. */
  private int open;

  /** Samples of the clip so far, with those that were left out before the first part. */
  private long samples;

  private boolean isFinished;

  /** What is found in one period. */
  private static final class Part {
    private final int begin;
    private final int first;
    private final int end;
    private final SpeechRegions regions = new SpeechRegions();

    /** Null once the part's windows are decided, as its buffers are large. */
    private SpeechDetector detector = new SpeechDetector(regions::accept);

    Part(int period) {
      first = period * PERIOD;
      begin = beginOf(period);
      end = first + PERIOD;
    }

    /** The windows of the clip that are decided, up to the part's end. */
    int decided() {
      return Math.max(first, Math.min(end, begin + regions.decided()));
    }

    double share(long from, long to) {
      long before = (long) begin * WINDOW;
      return regions.share(from - before, to - before);
    }
  }

  /**
   * A finder that is given the clip from a sample on.
   *
   * @param begin 0, or as {@link #beginFor} says
   */
  public SpeechFinder(long begin) {
    samples = begin;
    int window = (int) (begin / WINDOW);
    firstPeriod = (window + RUN_IN) / PERIOD;
    if (begin != (long) beginOf(firstPeriod) * WINDOW) {
      throw new IllegalArgumentException("nothing begins at sample " + begin);
    }
    parts.add(new Part(firstPeriod));
  }

  private static int beginOf(int period) {
    return Math.max(0, period * PERIOD - RUN_IN);
  }

  /** The sample from which on a finder must be given the clip, to find what is at a sample. */
  public static long beginFor(long sample) {
    return (long) beginOf((int) (sample / PERIOD_SAMPLES)) * WINDOW;
  }

  /** Takes in the next samples; see {@link SpeechDetector#accept}. */
  public void accept(float[] block, int offset, int count) {
    int taken = 0;
    while (taken < count) {
      long next = (long) beginOf(firstPeriod + parts.size()) * WINDOW;
      if (samples == next) {
        parts.add(new Part(firstPeriod + parts.size()));
        continue;
      }
      int length = (int) Math.min(count - taken, next - samples);
      for (Part part : parts.subList(open, parts.size())) {
        part.detector.accept(block, offset + taken, length);
      }
      taken += length;
      samples += length;
      closeDecided();
    }
  }

  private void closeDecided() {
    while (open < parts.size() - 1 && parts.get(open).decided() == parts.get(open).end) {
      parts.get(open).detector = null;
      open++;
    }
  }

  /** Ends the clip. */
  public void finish() {
    for (Part part : parts.subList(open, parts.size())) {
      part.detector.finish();
      part.regions.finish(samples - (long) part.begin * WINDOW);
    }
    isFinished = true;
    closeDecided();
  }

  /** The windows that are decided, from the first one on; of a finished clip, all. */
  public int decided() {
    return parts.get(open).decided();
  }

  /**
   * Whether a window is speech.
   *
   * @throws IndexOutOfBoundsException if the window is not decided, or before the first period
   */
  public boolean isSpeech(int window) {
    Objects.checkIndex(window, decided());
    Part part = part(window);
    return part.regions.isSpeech(window - part.begin);
  }

  /** The share of a stretch that lies in windows that are speech; see {@link SpeechRegions}. */
  public double share(long from, long to) {
    Part first = part((int) Math.min(from / WINDOW, Math.max(0, decided() - 1)));
    long end = (long) first.end * WINDOW;
    boolean isLast = first == parts.get(parts.size() - 1);
    if (to <= end || (isFinished && isLast)) {
      return first.share(from, to);
    }
    return (first.share(from, end) * (end - from) + share(end, to) * (to - end)) / (to - from);
  }

  private Part part(int window) {
    return parts.get(Objects.checkIndex(window / PERIOD - firstPeriod, parts.size()));
  }
}
