package org.segmentser.sql;

/** How a query's rows are printed. */
public enum ResultFormat {
  /** An aligned table of at most {@link SqlRunner#MOST_ROWS} rows. */
  TABLE,
  /** Comma-separated values with a header; nested values as JSON. */
  CSV,
  /** One JSON object a line. */
  JSON
}
