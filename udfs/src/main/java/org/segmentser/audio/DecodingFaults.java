package org.segmentser.audio;

import java.util.Locale;
import java.util.Optional;
import java.util.StringJoiner;

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

  /**
   * One fragment for all that is wrong; empty if nothing is.
   *
   * @param clip the clip's container
   * @param decoded samples in all
   * @param rate of the samples
   * @param longestFrame in samples
   * @param isLastPacketCut as FFmpeg marked it
   */
  Optional<String> describe(
      Demuxer clip, long decoded, int rate, int longestFrame, boolean isLastPacketCut)
      throws AudioException {
    double declared = clip.declaredSeconds();
    double tolerance = tolerance(clip, (double) longestFrame / rate);
    boolean isComplete = decoded >= (declared - tolerance) * rate;
    StringJoiner faults = new StringJoiner("; ").setEmptyValue("");
    if (stopReason != null) {
      faults.add(stopReason);
    }
    // Behind a complete clip there may be tags, which a decoder takes for damaged audio.
    boolean areOnlyTags = isComplete && firstCorruptAt == decoded;
    if (corruptPackets > 0 && !areOnlyTags) {
      faults.add(
          corruptPackets == 1
              ? "1 corrupt packet at " + seconds(firstCorruptAt, rate)
              : corruptPackets + " corrupt packets, the first at " + seconds(firstCorruptAt, rate));
    }
    boolean isShort = declared > 0 && !isComplete && stopReason == null;
    Optional<String> shortfall =
        isShort
            ? Optional.of(
                String.format(
                    Locale.ROOT,
                    "truncated: the header promises %.3f s, %s are there",
                    declared,
                    seconds(decoded, rate)))
            : Optional.empty();
    clip.truncation(isLastPacketCut, shortfall).ifPresent(faults::add);
    return faults.length() == 0 ? Optional.empty() : Optional.of(faults.toString());
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
