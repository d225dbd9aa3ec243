package org.segmentser.segment;

import java.util.List;

/**
 * What is found out about a voice of a clip on the way; whatever is not known is null.
 *
 * @param speechS seconds of speech
 * @param turns the stretches of speech, in order
 * @param clipping the share of samples within 0.2 dB of full scale, 0 to 1; of the average of
 *     channels, the share in all of them
 * @param bandwidthHz above it lies nothing but the codec's floor; at most 8,000
 * @param alike whether two channels hold the same signal: are equal, or have a correlation above
 *     0.999
 */
public record VoiceFacts(
    Double speechS, List<Turn> turns, Double clipping, Integer bandwidthHz, Boolean alike) {
  /** Nothing. */
  public static final VoiceFacts UNKNOWN = new VoiceFacts(null, null, null, null, null);

  /** Keeps its own copy. */
  public VoiceFacts {
    turns = turns == null ? null : List.copyOf(turns);
  }
}
