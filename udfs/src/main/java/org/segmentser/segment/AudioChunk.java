package org.segmentser.segment;

import java.util.List;

/**
 * Consecutive segments of a clip as samples, before their patches are computed: what is decoded at
 * a time.
 *
 * @param samples 16 kHz mono; the audio that the cuts are of and, where it ends, zeros; not copied
 * @param cuts where the segments stand in the samples, in order; may be empty
 */
@SuppressWarnings("ArrayRecordComponent") // carried to one reader, never compared
public record AudioChunk(float[] samples, List<Cut> cuts) {
  /** Copies the cuts. */
  public AudioChunk {
    cuts = List.copyOf(cuts);
  }

  /**
   * Where a segment is cut.
   *
   * @param index position in the clip, from 0
   * @param startS where its first sample comes from, in seconds from the clip's start
   * @param endS where its last sample ends, in seconds from the clip's start, without padding
   * @param offset where its first sample stands in the chunk; {@link Patch#SUPPORT} samples are
   *     there from it on
   * @param length samples of it that are the clip's, 0 to {@link Patch#SAMPLES}; the rest is
   *     padding
   * @param speech the share of those that are speech, 0 to 1; NaN where nobody looked
   * @param isLet whether it goes through the network, and so needs a patch
   */
  public record Cut(
      int index, double startS, double endS, int offset, int length, float speech, boolean isLet) {
    /** A segment in which nobody has looked for speech. */
    public Cut(int index, double startS, double endS, int offset, int length) {
      this(index, startS, endS, offset, length, Float.NaN, true);
    }

    /** The same with what is known of its speech. */
    Cut with(float share, boolean let) {
      return new Cut(index, startS, endS, offset, length, share, let);
    }
  }
}
