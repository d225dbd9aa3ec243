package org.segmentser.segment;

import org.segmentser.speech.SpeechDetector;
import org.segmentser.speech.SpeechFinder;

/**
 * Which samples of a clip a section reads and which are its own, so that the sections' own samples
 * together are the clip's. In samples at 16 kHz from the clip's start.
 *
 * @param begin the first that is read
 * @param cutFrom the first that is cut
 * @param from the first that is its own
 * @param end the first behind them; {@link Long#MAX_VALUE} where they go on to the clip's end
 */
record Reach(long begin, long cutFrom, long from, long end) {
  static Reach of(Section section, ClipSettings settings) {
    Segmentation segmentation = settings.segmentation();
    long cutFrom = Segmenter.firstSample(segmentation, section);
    long from = segmentation.startOf(section.firstSegment());
    // Joined chunks hold samples from before.
    long heard = segmentation.mode() == Segmentation.Mode.PAPER_OVERLAP ? cutFrom : from;
    return new Reach(
        settings.speech().isLookedFor() ? SpeechFinder.beginFor(heard) : cutFrom,
        cutFrom,
        from,
        section.isLast() ? Long.MAX_VALUE : segmentation.startOf(section.endSegment()));
  }

  /** Whether the clip goes on behind it. */
  boolean isBounded() {
    return end < Long.MAX_VALUE;
  }

  /** The first of the speech detector's windows that starts in its own samples. */
  int firstWindow() {
    return window(from);
  }

  /** The first one behind those. */
  int endWindow() {
    return isBounded() ? window(end) : Integer.MAX_VALUE;
  }

  /** How many of a clip's first samples are the section's own. */
  long ownOf(long samples) {
    return Math.max(0, Math.min(samples, end) - from);
  }

  private static int window(long sample) {
    return (int) ((sample + SpeechDetector.WINDOW - 1) / SpeechDetector.WINDOW);
  }
}
