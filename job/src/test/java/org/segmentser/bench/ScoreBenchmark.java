package org.segmentser.bench;

import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * {@code score} from WAV files to Parquet, by its own clock, against bare loops over patches in
 * memory of ONNX Runtime's Java binding and of its own model, each at its best batch size and
 * number of callers, and against the references' way in Python where that has TensorFlow. Each in a
 * process of its own; all take turns. The memory of the product's process beyond its heap is told
 * too.
 *
 * <p>Arguments: a directory of WAV files; rounds; a Python interpreter; minutes of audio at 8 kHz;
 * instructions, {@code native} or {@code avx2}.
 */
public final class ScoreBenchmark {
  private static final int[] BATCHES = {16, 32, 64};
  private static final int BYTES_PER_MINUTE = 60 * 8000 * 2;
  private static final int TRIED = 128;
  private static final int SEGMENTS = 1024;
  private static final int CLIPS = 60;
  private static final long HEAP = 1L << 30;

  private final Figures perSegment = new Figures();
  private final Figures cpu = new Figures();
  private final Figures shares = new Figures();

  private ScoreBenchmark() {}

  /** Runs it. */
  public static void main(String[] args) throws Exception {
    try (Contenders contenders = new Contenders(args[2])) {
      Path audio =
          Contenders.copies(
              Path.of(args[0]),
              contenders.scratch().resolve("audio"),
              (long) BYTES_PER_MINUTE * Integer.parseInt(args[3]));
      new ScoreBenchmark()
          .run(contenders, audio, Integer.parseInt(args[1]), Instructions.of(args[4]));
    }
  }

  private void run(Contenders contenders, Path audio, int rounds, Instructions instructions)
      throws Exception {
    System.out.println(Figures.machine() + ", " + instructions);
    Contender model = contenders.product(instructions);
    Contender onnx = contenders.onnx(model);
    List<String> heap =
        List.of("-Xms" + HEAP, "-Xmx" + HEAP, "-XX:+AlwaysPreTouch", "-XX:+UseParallelGC");
    Contender score =
        contenders.add(
            Contender.java(
                "score",
                concat(heap, instructions.options()),
                instructions.environment(),
                ScoreRuns.class,
                "local[*]",
                contenders.model().toString()));
    Optional<Contender> references = contenders.references(audio);
    String ownBest = best(model);
    String rivalsBest = best(onnx);
    score.ask(audio.toString());
    references.ifPresent(python -> python.ask("0 " + CLIPS));
    double[] run = new double[0];
    for (int round = 0; round < rounds; round++) {
      perSegment.add("rival", 1000 * onnx.ask(rivalsBest + " " + SEGMENTS)[0] / SEGMENTS);
      double[] own = model.ask(ownBest + " " + SEGMENTS);
      perSegment.add("own", 1000 * own[0] / SEGMENTS);
      run = score.ask(audio.toString());
      perSegment.add("score", 1000 * run[0] / run[2]);
      for (String speech : List.of("mark", "gate")) {
        double[] heard = score.ask(audio + " " + speech);
        perSegment.add(speech, 1000 * heard[0] / run[2]);
        cpu.add(speech, 1000 * heard[1] / run[2]);
      }
      cpu.add("off", 1000 * run[1] / run[2]);
      cpu.add("own", 1000 * own[1] / SEGMENTS);
      shares.add("network", 100 * own[1] / SEGMENTS / (run[1] / run[2]));
      System.out.printf(
          Locale.ROOT,
          "round %d: score %.2f ms a segment, %s of the rival's time; network %.0f %% of the CPU%n",
          round,
          1000 * run[0] / run[2],
          perSegment.ratio("score", "rival"),
          shares.median("network"));
      if (references.isPresent()) {
        for (int most : new int[] {0, 32}) {
          double[] spent = references.get().ask(most + " " + CLIPS);
          perSegment.add("references " + most, 1000 * spent[0] / spent[2]);
        }
      }
    }
    System.out.printf(
        Locale.ROOT,
        "%n%s, %s; %d rounds in turn; runs of %.0f minutes of audio, %,.0f segments, in %.1f s%n",
        Figures.machine(),
        instructions,
        rounds,
        run[3] / 60,
        run[2],
        run[0]);
    Figures.head("", "ms a segment", "score is so many times as fast");
    row("`score`, WAV to Parquet, `local[*]`", "score");
    row("`score --speech mark`", "mark");
    row("`score --speech gate`, by the same number of segments", "gate");
    row("the product's model alone, batch and callers " + ownBest, "own");
    row("ONNX Runtime, Java, bare loop, batch and callers " + rivalsBest, "rival");
    if (references.isPresent()) {
      row("the references' way in Python, clip by clip", "references 0");
      row("the same, patches of several clips in batches of 32", "references 32");
    }
    System.out.printf(
        Locale.ROOT,
        "%nWithout --speech, of the CPU time of score, the network alone takes %s %%; CPU ms a segment:"
            + " off %s, mark %s, gate %s, the network alone %s.%n"
            + "Memory of its process at its peak: %.2f GB beyond the heap of %.2f GB.%n",
        shares.text("network", "%.0f"),
        cpu.text("off", "%.2f"),
        cpu.text("mark", "%.2f"),
        cpu.text("gate", "%.2f"),
        cpu.text("own", "%.2f"),
        (score.peakBytes() - HEAP) / 1e9,
        HEAP / 1e9);
  }

  private void row(String name, String key) {
    Figures.row(name, perSegment.text(key, "%.2f"), perSegment.ratio(key, "score"));
  }

  /** The batch size and the number of callers that are fastest, as words of a question. */
  private static String best(Contender contender) {
    Figures tried = new Figures();
    for (int round = 0; round < 2; round++) {
      for (int batch : BATCHES) {
        for (int callers : new int[] {1, Runtime.getRuntime().availableProcessors()}) {
          String question = batch + " " + callers;
          double seconds = contender.ask(question + " " + TRIED)[0];
          if (round > 0) {
            tried.add(question, seconds);
          }
        }
      }
    }
    return tried.lowest("");
  }

  private static List<String> concat(List<String> some, List<String> more) {
    return Stream.concat(some.stream(), more.stream()).toList();
  }
}
