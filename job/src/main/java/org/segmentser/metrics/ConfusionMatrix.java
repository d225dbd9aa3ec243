package org.segmentser.metrics;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntToDoubleFunction;
import java.util.stream.IntStream;

/** Counts of the true class (rows) by the decided class (columns). Not thread-safe. */
public final class ConfusionMatrix {
  private final int[][] counts;
  private int total;

  /** An empty matrix of so many classes. */
  public ConfusionMatrix(int classes) {
    counts = new int[classes][classes];
  }

  /** Counts one decision. */
  public void add(int truth, int decided) {
    counts[truth][decided]++;
    total++;
  }

  /** How often each class was decided on. */
  List<Integer> decided() {
    return IntStream.range(0, counts.length).mapToObj(this::decided).toList();
  }

  /** Fraction of the decisions that are right, between 0 and 1; NaN without any. */
  public double weightedAccuracy() {
    return (double) IntStream.range(0, counts.length).map(c -> counts[c][c]).sum() / total;
  }

  /**
   * Mean recall of the classes that occur, between 0 and 1.
   *
   * @throws java.util.NoSuchElementException if none does
   */
  public double unweightedAccuracy() {
    return meanOfOccurring(this::recall);
  }

  /** Mean F1 of the classes that occur. */
  double macroF1() {
    return meanOfOccurring(this::f1);
  }

  Evaluation.Rule rule(List<String> labels) {
    List<Evaluation.ClassScores> classes = new ArrayList<>();
    for (int c = 0; c < counts.length; c++) {
      classes.add(
          new Evaluation.ClassScores(
              labels.get(c),
              known(decided(c) > 0, counts[c][c] / (double) decided(c)),
              known(occurs(c), recall(c)),
              known(occurs(c) || decided(c) > 0, f1(c)),
              support(c)));
    }
    List<List<Integer>> rows =
        Arrays.stream(counts).map(row -> Arrays.stream(row).boxed().toList()).toList();
    return new Evaluation.Rule(
        weightedAccuracy(), unweightedAccuracy(), macroF1(), List.copyOf(classes), rows);
  }

  private static Double known(boolean known, double value) {
    return known ? value : null;
  }

  private double meanOfOccurring(IntToDoubleFunction score) {
    return IntStream.range(0, counts.length)
        .filter(this::occurs)
        .mapToDouble(score)
        .average()
        .orElseThrow();
  }

  private boolean occurs(int c) {
    return support(c) > 0;
  }

  private int support(int c) {
    return Arrays.stream(counts[c]).sum();
  }

  private int decided(int c) {
    return Arrays.stream(counts).mapToInt(row -> row[c]).sum();
  }

  private double recall(int c) {
    return (double) counts[c][c] / support(c);
  }

  /** The harmonic mean of precision and recall, 0 where nothing is right. */
  private double f1(int c) {
    return 2.0 * counts[c][c] / (support(c) + decided(c));
  }
}
