package org.segmentser.tables;

import org.segmentser.segment.ClipOutcome;
import org.segmentser.segment.Segment;
import org.segmentser.segment.Voice;
import org.segmentser.source.Clip;

/**
 * A segment of a clip on its way to the model. The rows of a clip follow one another, and those of
 * a voice are in order.
 *
 * @param clip that it is of
 * @param voice of the clip that it is of
 * @param segment the segment; null where a chunk of the clip has none
 * @param outcome what became of the voice; stands with the segments of its last chunk, else null
 */
public record ClipSegment(Clip clip, Voice voice, Segment segment, ClipOutcome outcome) {
  /** The segment's patch; null where there is no segment, or one without speech. */
  public byte[] patch() {
    return segment == null ? null : segment.patch();
  }
}
