package org.segmentser.evaluate;

import java.util.List;

/**
 * What a reader of a report must know of how its figures came about.
 *
 * @param title of the page
 * @param lines in the order in which they are shown
 */
public record ReportHeader(String title, List<Line> lines) {
  /** Copies the lines. */
  public ReportHeader {
    lines = List.copyOf(lines);
  }

  /**
   * A fact.
   *
   * @param name such as {@code model}
   * @param value as it is to be read
   */
  public record Line(String name, String value) {}
}
