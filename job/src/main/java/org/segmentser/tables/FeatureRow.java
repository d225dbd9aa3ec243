package org.segmentser.tables;

import org.segmentser.segment.Status;

/**
 * What is kept of a segment to learn from, or of a chunk of a clip without one.
 *
 * @param clipId of the clip
 * @param uri of its file
 * @param status what became of the clip; stands with the rows of its last chunk, else null
 * @param reason one sentence for a person where there is something to tell; else null
 * @param segment null where there is none
 */
public record FeatureRow(
    String clipId, String uri, Status status, String reason, SegmentFeatures segment) {

  /**
   * A segment's features.
   *
   * @param index position in the clip, from 0
   * @param startS where it starts in the clip, in seconds
   * @param endS where it ends
   * @param features its patch, or what a network makes of it: float32, little-endian; not copied
   * @param patchHash of the patch, whatever the features are
   */
  @SuppressWarnings("ArrayRecordComponent") // carried to one reader, never compared
  public record SegmentFeatures(
      int index, double startS, double endS, byte[] features, long patchHash) {}

  /** The features; null where there is no segment. */
  public byte[] features() {
    return segment == null ? null : segment.features();
  }

  /** This row with other features of its segment. */
  public FeatureRow with(byte[] features) {
    SegmentFeatures other =
        new SegmentFeatures(
            segment.index(), segment.startS(), segment.endS(), features, segment.patchHash());
    return new FeatureRow(clipId, uri, status, reason, other);
  }
}
