package org.segmentser.corpus;

import java.util.Locale;

/**
 * What is known of a speaker.
 *
 * @param sex {@code female}, {@code male} or as the corpus writes it; null if unknown
 * @param age in whole years; null if unknown
 */
record Person(String sex, Integer age) {
  static final String FEMALE = "female";
  static final String MALE = "male";
  static final Person UNKNOWN = new Person(null, null);

  private static final double OLDEST = 150;

  /**
   * Reads what a table says of a speaker.
   *
   * @param sex {@code f}, {@code m}, {@code female} and {@code male} in any case; anything else
   *     stays as it is; null or blank if unknown
   * @param age in years; what is not a number between 0 and 150 counts as unknown
   */
  static Person of(String sex, String age) {
    return new Person(sex(sex), age(age));
  }

  private static String sex(String written) {
    if (written == null || written.isBlank()) {
      return null;
    }
    return switch (written.strip().toLowerCase(Locale.ROOT)) {
      case "f", FEMALE -> FEMALE;
      case "m", MALE -> MALE;
      default -> written.strip();
    };
  }

  private static Integer age(String written) {
    if (written == null) {
      return null;
    }
    try {
      double years = Double.parseDouble(written.strip());
      return years >= 0 && years <= OLDEST ? (Integer) (int) years : null;
    } catch (NumberFormatException e) {
      return null;
    }
  }
}
