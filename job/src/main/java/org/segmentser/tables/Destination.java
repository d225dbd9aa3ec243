package org.segmentser.tables;

/**
 * Where the tables of runs are: files below a directory, or tables of a catalog of Spark's.
 *
 * @param output URI of the directory; with tables of a catalog, the one in which runs stage their
 *     rows and tell each other what they are at
 * @param namespace of the catalog that has the tables, such as {@code lake.speech}; null for files
 */
public record Destination(String output, String namespace) {
  /** Files below a directory. */
  public static Destination files(String output) {
    return new Destination(output, null);
  }

  /** Whether the tables are those of a catalog. */
  public boolean isCatalog() {
    return namespace != null;
  }

  /** Where the tables are, for the user. */
  @Override
  public String toString() {
    return isCatalog() ? namespace : output;
  }
}
