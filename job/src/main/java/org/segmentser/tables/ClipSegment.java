package org.segmentser.tables;

import org.segmentser.segment.ClipOutcome;
import org.segmentser.segment.Segment;
import org.segmentser.segment.Voice;
import org.segmentser.source.Clip;
import org.segmentser.udf.Serialized;

/**
 * A segment of a clip on its way to the model. The rows of a clip follow one another, and those of
 * a voice are in order.
 *
 * @param clip that it is of
 * @param voice of the clip that it is of
 * @param segment the segment; null where a chunk of the clip has none
 * @param outcome what became of the voice of a whole clip; stands with the segments of its last
 *     chunk, else null
 * @param section index of the section of the clip that it is in; 0 of a whole clip
 * @param sectionOutcome what is known of the clip from its section, as {@link Serialized} has it;
 *     stands with the segments of the section's last chunk, else null; not copied
 */
@SuppressWarnings("ArrayRecordComponent") // carried to one reader, never compared
public record ClipSegment(
    Clip clip,
    Voice voice,
    Segment segment,
    ClipOutcome outcome,
    int section,
    byte[] sectionOutcome) {
  /** A segment of a whole clip. */
  public ClipSegment(Clip clip, Voice voice, Segment segment, ClipOutcome outcome) {
    this(clip, voice, segment, outcome, 0, null);
  }

  /** The segment's patch; null where there is no segment, or one without speech. */
  public byte[] patch() {
    return segment == null ? null : segment.patch();
  }
}
