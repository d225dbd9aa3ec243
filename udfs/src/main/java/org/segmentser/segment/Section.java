package org.segmentser.segment;

import java.io.Serializable;

/**
 * The part of a clip that one task takes: all of it, or some consecutive segments of a long one.
 *
 * @param index of the section in the clip, from 0
 * @param count sections that the clip has, at least 1
 * @param firstSegment index of its first segment in the clip
 * @param endSegment index of the first segment behind it; {@link Integer#MAX_VALUE} for all that
 *     there are, as the last section has
 */
public record Section(int index, int count, int firstSegment, int endSegment)
    implements Serializable {
  /** A whole clip. */
  public static final Section WHOLE = new Section(0, 1, 0, Integer.MAX_VALUE);

  /** Whether it is all of its clip. */
  public boolean isWhole() {
    return count == 1;
  }

  /** Whether it goes on to the clip's end. */
  public boolean isLast() {
    return index == count - 1;
  }
}
