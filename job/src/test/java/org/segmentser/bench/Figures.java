package org.segmentser.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** What was measured in turn, round by round, and tables of it in Markdown. */
final class Figures {
  private final Map<String, List<Double>> rounds = new LinkedHashMap<>();

  /** Notes a round's value. */
  void add(String what, double value) {
    rounds.computeIfAbsent(what, key -> new ArrayList<>()).add(value);
  }

  /** All that has values, in the order of the first ones. */
  List<String> names() {
    return List.copyOf(rounds.keySet());
  }

  double median(String what) {
    return median(values(what));
  }

  /** Of some that begin with a prefix, the one with the lowest median. */
  String lowest(String prefix) {
    return rounds.keySet().stream()
        .filter(name -> name.startsWith(prefix))
        .min(Comparator.comparingDouble(this::median))
        .orElseThrow();
  }

  /** Median and range, as in {@code 5.1 (5.0 to 5.3)}. */
  String text(String what, String format) {
    return text(values(what), format);
  }

  /** Median and range of one by another, round by round. */
  String ratio(String numerator, String denominator) {
    double[] above = values(numerator);
    double[] below = values(denominator);
    double[] ratios = new double[above.length];
    Arrays.setAll(ratios, i -> above[i] / below[i]);
    return text(ratios, "%.2f");
  }

  private double[] values(String what) {
    return rounds.get(what).stream().mapToDouble(Double::doubleValue).toArray();
  }

  private static String text(double[] values, String format) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    return String.format(
        Locale.ROOT,
        format + " (" + format + " to " + format + ")",
        median(sorted),
        sorted[0],
        sorted[sorted.length - 1]);
  }

  private static double median(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    int middle = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  }

  /** Prints a row of a table. */
  static void row(Object... cells) {
    StringBuilder row = new StringBuilder("|");
    for (Object cell : cells) {
      row.append(' ').append(cell).append(" |");
    }
    System.out.println(row);
  }

  /** Prints the head of a table. */
  static void head(Object... cells) {
    System.out.println();
    row(cells);
    System.out.println("|" + "---|".repeat(cells.length));
  }

  /**
   * The processor, its family and model, as virtual machines seldom tell its name, the widest
   * vectors that it has, and how many of its cores this process sees.
   */
  static String machine() {
    String flags = processor("flags");
    return String.format(
        Locale.ROOT,
        "%s (family %s, model %s, %s), %d cores, JDK %s",
        processor("model name"),
        processor("cpu family"),
        processor("model"),
        flags.contains("avx512f") ? "AVX-512" : flags.contains("avx2") ? "AVX2" : "no AVX2",
        Runtime.getRuntime().availableProcessors(),
        System.getProperty("java.version"));
  }

  /** A line of Linux's description of the first processor. */
  private static String processor(String field) {
    try {
      return Files.readAllLines(Path.of("/proc/cpuinfo")).stream()
          .filter(line -> line.substring(0, Math.max(0, line.indexOf(':'))).strip().equals(field))
          .map(line -> line.substring(line.indexOf(':') + 1).strip())
          .findFirst()
          .orElse("unknown");
    } catch (IOException e) {
      return "unknown"; // not Linux
    }
  }
}
