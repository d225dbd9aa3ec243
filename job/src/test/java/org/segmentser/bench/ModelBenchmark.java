package org.segmentser.bench;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * The model alone against other runtimes, patches in memory: the product, ONNX Runtime's Java
 * binding and, where Python has them, ONNX Runtime and TensorFlow there. Each in a process of its
 * own; all take turns, round by round, over batch sizes and numbers of callers.
 *
 * <p>Arguments: rounds; a Python interpreter; instructions, as {@code native,avx2}.
 */
public final class ModelBenchmark {
  private static final int[] BATCHES = {8, 16, 32, 64};
  private static final int SEGMENTS = 128;
  private static final int KERNELS_BATCH = 32;
  private static final String RIVAL = "ONNX Runtime, Java";

  private final Map<Contender, int[]> callers = new LinkedHashMap<>();
  private final Figures perSegment = new Figures();

  private ModelBenchmark() {}

  /** Runs it. */
  public static void main(String[] args) throws Exception {
    List<Instructions> instructions =
        Arrays.stream(args[2].split(",", -1)).map(Instructions::of).toList();
    System.out.println(Figures.machine());
    try (Contenders contenders = new Contenders(args[1])) {
      new ModelBenchmark().run(contenders, Integer.parseInt(args[0]), instructions);
    }
  }

  private void run(Contenders contenders, int rounds, List<Instructions> instructions)
      throws Exception {
    int[] one = {1};
    int[] oneOrAll = {1, Runtime.getRuntime().availableProcessors()};
    List<String> kernels = new ArrayList<>();
    for (Instructions allowed : instructions) {
      callers.put(contenders.product(allowed), oneOrAll);
      kernels.add(
          "the product, " + allowed + ": " + contenders.productKernels(allowed, KERNELS_BATCH));
    }
    callers.put(contenders.onnx(callers.keySet().iterator().next()), oneOrAll);
    contenders.pythonOnnx().ifPresent(contender -> callers.put(contender, one));
    for (Instructions allowed : instructions) {
      contenders
          .pythonTensorFlow(allowed)
          .ifPresent(
              contender -> {
                callers.put(contender, one);
                kernels.add(
                    contender.name() + ": " + contenders.pythonKernels(allowed, KERNELS_BATCH));
              });
    }
    round(new Figures()); // where each prepares what it needs for a batch size
    for (int i = 0; i < rounds; i++) {
      round(perSegment);
    }
    tell(rounds);
    System.out.println("\nKernels of oneDNN at batches of " + KERNELS_BATCH + ", by time:\n");
    kernels.forEach(line -> System.out.println("- " + line));
  }

  private void round(Figures figures) {
    for (int batch : BATCHES) {
      callers.forEach(
          (contender, numbers) -> {
            for (int number : numbers) {
              double[] spent = contender.ask(batch + " " + number + " " + SEGMENTS);
              figures.add(key(contender, number, batch), 1000 * spent[0] / SEGMENTS);
            }
          });
    }
  }

  private static String key(Contender contender, int number, int batch) {
    return contender.name() + "|" + number + "|" + batch;
  }

  private void tell(int rounds) {
    System.out.printf(
        Locale.ROOT,
        "%n%s; ms a segment with all cores, %d rounds in turn%n",
        Figures.machine(),
        rounds);
    Figures.head("", "callers", "batch 8", "16", "32", "64");
    callers.forEach(
        (contender, numbers) -> {
          for (int number : numbers) {
            List<Object> cells = new ArrayList<>(List.of(contender.name(), number));
            for (int batch : BATCHES) {
              cells.add(
                  String.format(
                      Locale.ROOT, "%.2f", perSegment.median(key(contender, number, batch))));
            }
            Figures.row(cells.toArray());
          }
        });
    String rival = perSegment.lowest(RIVAL + "|");
    Figures.head("", "best at", "ms a segment", "times as fast as " + RIVAL);
    for (Contender contender : callers.keySet()) {
      String best = perSegment.lowest(contender.name() + "|");
      String[] words = best.split("\\|", -1);
      Figures.row(
          contender.name(),
          "batch " + words[2] + ", callers " + words[1],
          perSegment.text(best, "%.2f"),
          perSegment.ratio(rival, best));
    }
  }
}
