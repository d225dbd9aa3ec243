package org.segmentser.audio;

import java.util.Locale;
import java.util.Optional;

/** What went wrong while a clip was decoded, and its wording. Not thread-safe. */
final class DecodingFaults {
  private String stopReason;
  private long corruptPackets;
  private long firstCorruptAt;

  /** Notes why decoding stops before the end. */
  void stop(String reason) {
    stopReason = reason;
  }

  /**
   * Notes a packet that cannot be decoded.
   *
   * @param decoded samples before it
   */
  void addCorrupt(long decoded) {
    if (corruptPackets++ == 0) {
      firstCorruptAt = decoded;
    }
  }

  long corruptPackets() {
    return corruptPackets;
  }

  /** Forgets what was noted so far. */
  void clear() {
    stopReason = null;
    clearCorrupt();
  }

  /** Forgets the packets that were noted so far. */
  void clearCorrupt() {
    corruptPackets = 0;
  }

  /**
   * What was noted so far of a clip that has not ended.
   *
   * @param rate of the samples
   */
  Faults soFar(int rate) {
    return new Faults(
        stopReason,
        corruptPackets,
        corruptPackets == 0 ? null : seconds(firstCorruptAt, rate),
        null);
  }

  /**
   * All that is wrong with a clip that has ended.
   *
   * @param clip the clip's container
   * @param decoded samples in all
   * @param rate of the samples
   * @param longestFrame in samples
   * @param isLastPacketCut as FFmpeg marked it
   */
  Faults describe(Demuxer clip, long decoded, int rate, int longestFrame, boolean isLastPacketCut)
      throws AudioException {
    double declared = clip.declaredSeconds();
    double tolerance = tolerance(clip, (double) longestFrame / rate);
    boolean isComplete = decoded >= (declared - tolerance) * rate;
    // Behind a complete clip there may be tags, which a decoder takes for damaged audio.
    boolean areOnlyTags = isComplete && firstCorruptAt == decoded;
    boolean isShort = declared > 0 && clip.declaresAudio() && !isComplete && stopReason == null;
    Optional<String> shortfall =
        isShort
            ? Optional.of(
                String.format(
                    Locale.ROOT,
                    "truncated: the header promises %.3f s, %s are there",
                    declared,
                    seconds(decoded, rate)))
            : Optional.empty();
    Faults found = areOnlyTags ? new Faults(stopReason, 0, null, null) : soFar(rate);
    return new Faults(
        found.stop(),
        found.corruptPackets(),
        found.firstCorrupt(),
        clip.truncation(isLastPacketCut, shortfall).orElse(null));
  }

  /**
   * How many seconds a good clip may fall short: encoder delay and padding count in headers.
   *
   * @param longestFrame in seconds
   */
  private static double tolerance(Demuxer clip, double longestFrame) {
    boolean isExact = clip.isPcm() || clip.codecName().equals("flac");
    return 2 * clip.tick() + (isExact ? 0.0 : 4.0 * longestFrame);
  }

  /** A place in the clip, or a length of it. */
  static String seconds(long samples, int rate) {
    return String.format(Locale.ROOT, "%.3f s", (double) samples / rate);
  }
}
