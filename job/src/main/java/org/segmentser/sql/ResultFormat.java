package org.segmentser.sql;

import java.util.Locale;

/** How a query's rows are printed. */
public enum ResultFormat {
  /** An aligned table of at most {@link SqlRunner#MOST_ROWS} rows. */
  TABLE,
  /** Comma-separated values with a header; nested values as JSON. */
  CSV,
  /** One JSON object per line. */
  JSON;

  /** Its name on the command line. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
