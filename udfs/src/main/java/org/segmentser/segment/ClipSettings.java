package org.segmentser.segment;

import java.io.Serializable;
import java.math.BigDecimal;
import java.util.Locale;
import org.segmentser.audio.Channels;
import org.segmentser.audio.Condition;

/**
 * How clips are read; the same for all clips of a run.
 *
 * @param segmentation how they are cut
 * @param chunkSegments segments that are handed on at a time, at least 1
 * @param maxDurationS seconds that a clip may last; longer ones are {@link Status#TOO_LONG}
 * @param timeoutS seconds that reading and decoding one clip may take; slower ones are {@link
 *     Status#TIMED_OUT}
 * @param condition what is done to the clips before they are cut
 * @param channels which of their channels are listened to
 * @param speech what is made of whether somebody speaks
 */
public record ClipSettings(
    Segmentation segmentation,
    int chunkSegments,
    double maxDurationS,
    double timeoutS,
    Condition condition,
    Channels channels,
    Speech speech)
    implements Serializable {

  /** Seconds of segments in a chunk by default. */
  public static final double DEFAULT_CHUNK_S = 60;

  /** One day. */
  public static final double DEFAULT_MAX_DURATION_S = 24 * 3600;

  /** Ten minutes. */
  public static final double DEFAULT_TIMEOUT_S = 600;

  /**
   * The settings on which depends what segments and outcomes say, in words: the same for the same
   * ones. How much is handed on at a time is none of them, nor is the limit of time.
   */
  public String decisive() {
    return String.join(
        "; ",
        segmentation.mode().label(),
        "a hop of " + segmentation.hopFrames() + " frames",
        "channels " + channels.text(),
        "speech " + speech.text(),
        "at most " + maxDurationS + " s",
        condition.label());
  }

  /** Settings for clips as they are, all their channels as one, with or without speech. */
  public ClipSettings(
      Segmentation segmentation, int chunkSegments, double maxDurationS, double timeoutS) {
    this(
        segmentation,
        chunkSegments,
        maxDurationS,
        timeoutS,
        Condition.CLEAN,
        Channels.MIX,
        Speech.OFF);
  }

  /**
   * Checks a command line's settings.
   *
   * @param chunkS seconds of segments in a chunk, rounded down to whole segments, at least one
   * @throws IllegalArgumentException with one sentence for the user
   */
  public static ClipSettings of(
      Segmentation segmentation, double chunkS, double maxDurationS, double timeoutS) {
    requireWithin("--chunk-seconds", chunkS, 1, 3600);
    requireWithin("--max-duration", maxDurationS, 1, 365 * DEFAULT_MAX_DURATION_S);
    requireWithin("--clip-timeout", timeoutS, 0.001, 365 * DEFAULT_MAX_DURATION_S);
    return new ClipSettings(
        segmentation, Math.max(1, (int) (chunkS / Patch.SECONDS)), maxDurationS, timeoutS);
  }

  /** The defaults for a segmentation. */
  public static ClipSettings of(Segmentation segmentation) {
    return of(segmentation, DEFAULT_CHUNK_S, DEFAULT_MAX_DURATION_S, DEFAULT_TIMEOUT_S);
  }

  /** The same settings for clips under another condition. */
  public ClipSettings withCondition(Condition other) {
    return new ClipSettings(
        segmentation, chunkSegments, maxDurationS, timeoutS, other, channels, speech);
  }

  /** The same settings for other channels. */
  public ClipSettings withChannels(Channels other) {
    return new ClipSettings(
        segmentation, chunkSegments, maxDurationS, timeoutS, condition, other, speech);
  }

  /** The same settings with something else made of speech. */
  public ClipSettings withSpeech(Speech other) {
    return new ClipSettings(
        segmentation, chunkSegments, maxDurationS, timeoutS, condition, channels, other);
  }

  private static void requireWithin(String option, double value, double least, double most) {
    if (!(value >= least && value <= most)) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "%s is %s; it must be between %s and %s seconds",
              option,
              plain(value),
              plain(least),
              plain(most)));
    }
  }

  private static String plain(double value) {
    return Double.isFinite(value)
        ? BigDecimal.valueOf(value).stripTrailingZeros().toPlainString()
        : Double.toString(value);
  }
}
