package org.segmentser.tables;

import static org.apache.spark.sql.functions.col;

import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/**
 * Something about an output that was looked at.
 *
 * @param name what, in one word
 * @param verdict what came of it
 * @param text what was found, in one line
 */
public record Check(String name, Verdict verdict, String text) {
  /** Clips or runs that a text names, at most. */
  private static final int MOST_NAMED = 3;

  /** What came of a check. */
  public enum Verdict {
    /** It is as it should be. */
    HOLDS,
    /** It is no fault, but good to know. */
    TOLD,
    /** It is a fault. */
    FAILS
  }

  static Check holds(String name, String format, Object... values) {
    return new Check(name, Verdict.HOLDS, String.format(Locale.ROOT, format, values));
  }

  /** Told if there is something, else it holds. */
  static Check told(String name, boolean isThere, String format, Object... values) {
    return new Check(
        name, isThere ? Verdict.TOLD : Verdict.HOLDS, String.format(Locale.ROOT, format, values));
  }

  static Check fails(String name, List<String> faults) {
    return new Check(name, Verdict.FAILS, String.join("; ", faults));
  }

  /** A number with the first names of what it counts: {@code doubled: 2 (a, b)}. */
  static String counted(String what, long number, Dataset<Row> rows, String column) {
    List<String> first =
        rows
            .select(col(column).cast("string"))
            .distinct()
            .orderBy(column)
            .limit(MOST_NAMED)
            .collectAsList()
            .stream()
            .map(row -> row.getString(0))
            .toList();
    return counted(what, number, first);
  }

  /** Like {@link #counted(String, long, Dataset, String)}, of names in their order. */
  static String counted(String what, long number, List<String> names) {
    String first = names.stream().limit(MOST_NAMED).collect(Collectors.joining(", "));
    boolean isAll = number <= Math.min(names.size(), MOST_NAMED);
    return String.format(
        Locale.ROOT, "%s: %,d (%s%s)", what, number, isAll ? "" : "the first: ", first);
  }
}
