package org.segmentser.tables;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * How sure a run must be of what it says of clips.
 *
 * @param coverage how probable it is that a clip's set of emotions holds the true one, {@value
 *     #LEAST_COVERAGE} to {@value #MOST_COVERAGE}; null where it was not asked for
 * @param abstainBelow the least confidence with which a clip has an emotion, 0 to 1; 0 for any
 */
public record Caution(Double coverage, double abstainBelow) implements Serializable {
  /** The coverage where none is asked for. */
  public static final double DEFAULT_COVERAGE = 0.9;

  public static final double LEAST_COVERAGE = 0.5;
  public static final double MOST_COVERAGE = 0.99;

  /** Asks for nothing. */
  public static final Caution NONE = new Caution(null, 0);

  /**
   * Checks both.
   *
   * @throws IllegalArgumentException with a word to the user if one is out of bounds
   */
  public Caution {
    if (coverage != null && !(coverage >= LEAST_COVERAGE && coverage <= MOST_COVERAGE)) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "--coverage is %s; it must be between %s and %s",
              coverage,
              LEAST_COVERAGE,
              MOST_COVERAGE));
    }
    if (!(abstainBelow >= 0 && abstainBelow <= 1)) {
      throw new IllegalArgumentException(
          "--abstain-below is " + abstainBelow + "; it must be between 0 and 1");
    }
  }

  /** The coverage of sets, asked for or not. */
  public double wantedCoverage() {
    return coverage == null ? DEFAULT_COVERAGE : coverage;
  }

  /**
   * What of it changes rows, in words: nothing where it asks for what would be done anyway. Ids of
   * settings follow from it, so the words must never change.
   */
  public List<String> decisive() {
    List<String> words = new ArrayList<>();
    if (wantedCoverage() != DEFAULT_COVERAGE) {
      words.add("sets that cover " + coverage);
    }
    if (abstainBelow > 0) {
      words.add("no emotion below " + abstainBelow);
    }
    return words;
  }
}
