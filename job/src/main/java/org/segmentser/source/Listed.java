package org.segmentser.source;

import java.io.Serializable;
import java.util.List;
import org.segmentser.segment.Section;

/**
 * What a listing finds: a clip, or a section of one; a row that denotes none; or how many files
 * were left out.
 *
 * @param clip null where it is not a clip
 * @param section of the clip; null where it is not a clip
 * @param origin the row of a manifest that named it; null where there is none
 * @param problem in words that follow those on the row: why it denotes no clip; null if it does
 * @param skipped the reason for which files were left out; null where it does not tell of such
 * @param count how many files were left out
 */
record Listed(Clip clip, Section section, Origin origin, String problem, String skipped, long count)
    implements Serializable {

  /**
   * A row.
   *
   * @param table in words: {@code the manifest calls.csv}
   * @param row counted from 1
   */
  record Origin(String table, long row) implements Serializable {
    @Override
    public String toString() {
      return "row " + row + " of " + table;
    }
  }

  /** A whole clip. */
  static Listed of(Clip clip) {
    return of(clip, null);
  }

  /** A whole clip that a row names. */
  static Listed of(Clip clip, Origin origin) {
    return new Listed(clip, Section.WHOLE, origin, null, null, 0);
  }

  /** A row that cannot denote a clip. */
  static Listed wrong(Origin origin, String problem) {
    return new Listed(null, null, origin, problem, null, 0);
  }

  /** Files that were left out. */
  static Listed skipped(String reason, long count) {
    return new Listed(null, null, null, null, reason, count);
  }

  /** Another clip, or section of it, that the same row names. */
  Listed with(Clip other, Section part) {
    return new Listed(other, part, origin, null, null, 0);
  }

  /** The same with values of the kept columns. */
  Listed withKept(List<String> kept) {
    return clip == null ? this : with(clip.withKept(kept), section);
  }

  WorkItem item() {
    return new WorkItem(clip, section, null);
  }
}
