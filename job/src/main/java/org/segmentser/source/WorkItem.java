package org.segmentser.source;

import java.io.Serializable;
import org.segmentser.segment.Section;

/**
 * What one task reads at a time.
 *
 * @param clip that is read
 * @param section all of it, or the part of a long one that this task takes
 * @param content the encoded audio itself, where a table's row brought it; null where the clip's
 *     location tells where to read it; not copied
 */
@SuppressWarnings("ArrayRecordComponent") // carried to one reader, never compared
public record WorkItem(Clip clip, Section section, byte[] content) implements Serializable {
  /** A whole clip that is read where it is. */
  public static WorkItem of(Clip clip) {
    return new WorkItem(clip, Section.WHOLE, null);
  }
}
