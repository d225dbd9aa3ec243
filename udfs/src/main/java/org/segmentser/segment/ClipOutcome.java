package org.segmentser.segment;

/**
 * What became of a voice of a clip, known once its last segment is cut.
 *
 * @param status what became of it
 * @param reason one sentence for a person where there is something to tell; null else
 * @param durationS seconds of audio decoded, or stated by the file where it was not decoded; NaN if
 *     unknown
 * @param sampleRate samples per second of the file; 0 if unknown
 * @param channels channels of the file; 0 if unknown
 * @param codec short name of the encoding, as FFmpeg has it; null if unknown
 * @param facts what else is known of the voice
 */
public record ClipOutcome(
    Status status,
    String reason,
    double durationS,
    int sampleRate,
    int channels,
    String codec,
    VoiceFacts facts) {
  /** An outcome of which nothing else is known. */
  public ClipOutcome(
      Status status, String reason, double durationS, int sampleRate, int channels, String codec) {
    this(status, reason, durationS, sampleRate, channels, codec, VoiceFacts.UNKNOWN);
  }
}
