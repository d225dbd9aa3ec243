package org.segmentser.model;

import java.util.Locale;

/**
 * Checks of the fields of {@value #FILE_NAME}. What is wrong becomes a {@link ModelException} that
 * names the field and shows the value, on one line.
 */
public final class FieldChecks {
  /** Name of the description inside a model directory. */
  static final String FILE_NAME = "model.json";

  /** Characters of a wrong value that a message shows. */
  private static final int MAX_SHOWN = 100;

  private FieldChecks() {}

  /**
   * Refuses a field that is not there.
   *
   * @param field as it is called in the file, with dots between the levels
   */
  public static void required(Object value, String field) {
    if (value == null) {
      throw invalid(field, "is missing");
    }
  }

  /** Refuses a value, where no rule needs telling. */
  static void check(boolean ok, String field, Object value) {
    if (!ok) {
      throw invalid(field, "cannot be " + shown(value));
    }
  }

  /**
   * Refuses a value.
   *
   * @param rule what it must be, in the words of a message
   */
  public static void check(boolean ok, String field, Object value, String rule) {
    if (!ok) {
      throw invalid(field, "cannot be " + shown(value) + " (" + rule + ")");
    }
  }

  /** Refuses a number outside of bounds, both of which are allowed. */
  public static void checkWithin(long least, long most, long value, String field) {
    check(
        value >= least && value <= most,
        field,
        value,
        String.format(Locale.ROOT, "must be between %,d and %,d", least, most));
  }

  /** A value on one line, however long it is. */
  static String shown(Object value) {
    String text = String.valueOf(value).replaceAll("\\p{Cntrl}", "?");
    return text.length() <= MAX_SHOWN ? text : text.substring(0, MAX_SHOWN) + "...";
  }

  /** The exception for a field. */
  static ModelException invalid(String field, String problem) {
    return new ModelException(FILE_NAME + ": " + field + " " + problem);
  }
}
