package org.segmentser.tables;

import java.util.Locale;

/** The tables of an output. */
public enum Table {
  /** One row per segment that was scored. */
  SEGMENTS,
  /** One row per clip, whatever became of it. */
  CLIPS,
  /** One row per segment that was embedded. */
  EMBEDDINGS,
  /** One row per run; a run is complete when it has its row. */
  RUNS;

  private final String label = name().toLowerCase(Locale.ROOT);

  /** Its name, in queries and as a directory of the output. */
  public String label() {
    return label;
  }

  /**
   * The table of a name.
   *
   * @throws IllegalArgumentException if there is none
   */
  public static Table of(String label) {
    return valueOf(label.toUpperCase(Locale.ROOT));
  }
}
