package org.segmentser.metrics;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Split conformal prediction with the nonconformity 1 - p(class), after Sadinle, Lei and Wasserman
 * (LAC): the set of all classes that are not less conforming than most of the held-out clips were
 * with their true class. Such a set holds the true class of a new clip with at least the asked
 * probability, if the clip comes from where the held-out ones do. Plain Java.
 *
 * @see <a href="https://doi.org/10.1080/01621459.2017.1395341">Sadinle, Lei, Wasserman: Least
 *     Ambiguous Set-Valued Classifiers With Bounded Error Levels, 2019</a>
 */
public final class ConformalSets {
  /** The bounds of a coverage, in percent. */
  public static final int LEAST_PERCENT = 50;

  public static final int MOST_PERCENT = 99;

  /** How many coverages there are. */
  public static final int THRESHOLDS = MOST_PERCENT - LEAST_PERCENT + 1;

  private ConformalSets() {}

  /**
   * The largest nonconformity of a class in a set, for each coverage from 0.50 to 0.99 in steps of
   * 0.01. Of n held-out clips that is the ceil((n + 1) coverage)-th smallest of their true classes,
   * and 1 if there are not so many.
   *
   * @param probabilities [clips][classes] of clips that were not learned from
   * @param labels the true class of each
   * @throws IllegalArgumentException as {@link Temperature#fit} does
   */
  public static double[] thresholds(double[][] probabilities, int[] labels) {
    Temperature.check(probabilities, labels);
    double[] scores =
        IntStream.range(0, labels.length)
            .mapToDouble(i -> 1 - probabilities[i][labels[i]])
            .sorted()
            .toArray();
    return IntStream.rangeClosed(LEAST_PERCENT, MOST_PERCENT)
        .mapToDouble(
            percent -> {
              long rank = ((scores.length + 1L) * percent + 99) / 100;
              return rank > scores.length ? 1 : scores[(int) rank - 1];
            })
        .toArray();
  }

  /**
   * The place of a coverage among the thresholds: the next higher one of those in between.
   *
   * @param coverage 0.5 to 0.99
   */
  public static int index(double coverage) {
    // 100 times 0.57 is a little less than 57.
    int percent = (int) Math.ceil(100 * coverage - 1e-9);
    if (percent < LEAST_PERCENT || percent > MOST_PERCENT) {
      throw new IllegalArgumentException("a coverage of " + coverage);
    }
    return percent - LEAST_PERCENT;
  }

  /**
   * The classes that cannot be ruled out, the most probable first; of equal ones the lowest. The
   * most probable is always among them.
   *
   * @param threshold one of {@link #thresholds}
   */
  public static List<Integer> set(double[] probabilities, double threshold) {
    List<Integer> ordered =
        IntStream.range(0, probabilities.length)
            .boxed()
            .sorted(Comparator.comparingDouble(c -> -probabilities[c]))
            .toList();
    int size = (int) Arrays.stream(probabilities).filter(p -> 1 - p <= threshold).count();
    return ordered.subList(0, Math.max(1, size));
  }
}
