package org.segmentser.segment;

/**
 * One 0.96 s stretch of a clip.
 *
 * @param index position in the clip, from 0
 * @param startS where its first sample comes from, in seconds from the clip's start
 * @param endS where its last sample ends, in seconds from the clip's start; padding is not counted,
 *     so it is at most the clip's duration
 * @param rmsDbfs level of its audio without padding, 20 log10 of the root mean square, in dB
 *     relative to full scale; {@value #SILENCE_DBFS} for silence and below
 * @param speech the share of its samples without padding that are speech, 0 to 1; NaN where nobody
 *     looked
 * @param patch its log-mel spectrogram, encoded as {@link Patch} says, not copied; null where it
 *     has too little speech to go through the network
 */
@SuppressWarnings("ArrayRecordComponent") // carried to one reader, never compared
public record Segment(
    int index, double startS, double endS, float rmsDbfs, float speech, byte[] patch) {
  /** The lowest level that is distinguished. */
  public static final float SILENCE_DBFS = -120f;
}
