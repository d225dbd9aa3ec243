package org.segmentser.cli;

import static java.util.stream.Collectors.joining;

import java.io.PrintStream;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.segmentser.evaluate.PredictionsJob;
import org.segmentser.evaluate.ReportPage;
import org.segmentser.metrics.Breakdown;
import org.segmentser.metrics.Breakdown.CorpusScores;
import org.segmentser.metrics.Evaluation;
import org.segmentser.metrics.Evaluation.ConditionScores;
import org.segmentser.metrics.Evaluation.Estimate;
import org.segmentser.metrics.Evaluation.Group;
import org.segmentser.metrics.Figure;

/** An evaluation as text for a terminal. */
final class EvaluationText {
  private EvaluationText() {}

  /** Prints the figures, and where the files are. */
  static void tell(Evaluation evaluation, String output, PrintStream out) {
    out.println(whole(evaluation));
    out.printf(
        Locale.ROOT,
        "%s, %s and %s are in %s%n",
        Evaluation.FILE_NAME,
        PredictionsJob.FILE_NAME,
        ReportPage.FILE_NAME,
        output);
  }

  /** The headline figures in one line. */
  static String headline(Evaluation evaluation) {
    Map<Figure, Estimate> figures = evaluation.headline().figures();
    return String.format(
        Locale.ROOT,
        "%,d clips: weighted accuracy %.3f, unweighted accuracy %.3f, by segment %.3f",
        evaluation.testSet().clips(),
        figures.get(Figure.WEIGHTED_ACCURACY).value(),
        figures.get(Figure.UNWEIGHTED_ACCURACY).value(),
        figures.get(Figure.FRAME_ACCURACY).value());
  }

  /** All headline figures with their intervals, the confusion matrix, and the worst speaker. */
  private static String whole(Evaluation evaluation) {
    List<String> labels = evaluation.testSet().labels();
    StringBuilder text = new StringBuilder();
    if (evaluation.trainedOn() != null) {
      line(text, "%s", evaluation.trainedOn().told());
    }
    line(
        text,
        "%,d clips, %,d segments; %.0f%% intervals, bootstrapped over %s",
        evaluation.testSet().clips(),
        evaluation.testSet().segments(),
        100 * evaluation.headline().intervals().level(),
        evaluation.headline().intervals().unit());
    evaluation
        .headline()
        .figures()
        .forEach((figure, estimate) -> line(text, "  %-29s %s", name(figure), text(estimate)));
    line(
        text,
        "  several emotions tie for most segments in %,d clips: the standard vote takes the first"
            + " label, the emotion vote the largest mean logit",
        evaluation.rules().tiedClips());
    line(text, "  confusion (by mean logits; rows are true)");
    line(text, "    %-10s %s", "", row(labels));
    for (int i = 0; i < labels.size(); i++) {
      line(
          text,
          "    %-10s %s",
          labels.get(i),
          row(evaluation.rules().meanLogits().confusion().get(i)));
    }
    Group worst = evaluation.breakdown().worstSpeaker();
    if (worst != null) {
      line(
          text,
          "  worst speaker                 %s: %.3f weighted, %.3f unweighted",
          worst.name(),
          worst.weightedAccuracy(),
          worst.unweightedAccuracy());
    }
    sexes(text, evaluation.breakdown());
    corpora(text, evaluation);
    conditions(text, evaluation);
    return text.toString().stripTrailing();
  }

  private static void sexes(StringBuilder text, Breakdown breakdown) {
    if (breakdown.sexGap() == null) {
      return;
    }
    line(
        text,
        "  unweighted accuracy by sex    %s; %.1f points apart%s",
        breakdown.sexes().stream()
            .map(sex -> String.format(Locale.ROOT, "%s %.3f", sex.name(), sex.unweightedAccuracy()))
            .collect(joining(", ")),
        breakdown.sexGap().points(),
        breakdown.corpora().size() < 2 || breakdown.sexGap().corpora().isEmpty()
            ? ""
            : breakdown.sexGap().corpora().entrySet().stream()
                .map(gap -> String.format(Locale.ROOT, "%s %.1f", gap.getKey(), gap.getValue()))
                .collect(joining(", ", " (within corpora: ", ")")));
  }

  /** The corpora, if there are several. */
  private static void corpora(StringBuilder text, Evaluation evaluation) {
    List<CorpusScores> corpora = evaluation.breakdown().corpora();
    if (corpora.size() < 2) {
      return;
    }
    int width = width(corpora.stream().map(c -> c.group().name()).toList());
    line(
        text,
        "  %s %6s  %-23s  %-23s %10s %11s   decided %s",
        padded("corpus", width),
        "clips",
        "weighted",
        "unweighted",
        "by segment",
        "calibration",
        row(evaluation.testSet().labels()));
    for (CorpusScores corpus : corpora) {
      line(
          text,
          "  %s %6d  %-23s  %-23s %10.3f %11.3f           %s",
          padded(corpus.group().name(), width),
          corpus.group().clips(),
          text(corpus.figures().get(Figure.WEIGHTED_ACCURACY)),
          text(corpus.figures().get(Figure.UNWEIGHTED_ACCURACY)),
          corpus.figures().get(Figure.FRAME_ACCURACY).value(),
          corpus.figures().get(Figure.CALIBRATION_ERROR).value(),
          row(
              corpus.decided().stream()
                  .map(share -> String.format(Locale.ROOT, "%.0f%%", 100 * share))
                  .toList()));
    }
  }

  /** The conditions, if there are several; each with the corpora, if there are several. */
  private static void conditions(StringBuilder text, Evaluation evaluation) {
    if (evaluation.conditions().size() < 2) {
      return;
    }
    line(
        text,
        "  %-10s %9s %11s   decided %s",
        "condition",
        "weighted",
        "unweighted",
        row(evaluation.testSet().labels()));
    for (ConditionScores c : evaluation.conditions()) {
      line(
          text,
          "  %-10s %9.3f %11.3f           %s",
          c.name(),
          c.weightedAccuracy(),
          c.unweightedAccuracy(),
          row(c.decided()));
    }
    if (evaluation.breakdown().corpora().size() > 1) {
      line(text, "  unweighted accuracy by condition and corpus");
      List<String> names = List.copyOf(evaluation.conditions().get(0).corpora().keySet());
      int width = Math.max(8, width(names));
      line(
          text,
          "  %-10s %s",
          "condition",
          names.stream().map(name -> aligned(name, width)).collect(joining()));
      for (ConditionScores c : evaluation.conditions()) {
        line(
            text,
            "  %-10s %s",
            c.name(),
            names.stream()
                .map(name -> aligned(fixed(c.corpora().get(name)), width))
                .collect(joining()));
      }
    }
  }

  /** A dash for a corpus no clip of which can be used under a condition. */
  private static String fixed(Double accuracy) {
    return accuracy == null ? "-" : String.format(Locale.ROOT, "%.3f", accuracy);
  }

  private static int width(List<String> names) {
    return Math.max(10, names.stream().mapToInt(String::length).max().orElse(0));
  }

  private static String padded(String name, int width) {
    return name + " ".repeat(width - name.length());
  }

  private static String aligned(String cell, int width) {
    return " ".repeat(width + 2 - cell.length()) + cell;
  }

  private static void line(StringBuilder text, String format, Object... values) {
    text.append(String.format(Locale.ROOT, format, values)).append(System.lineSeparator());
  }

  private static String name(Figure figure) {
    return figure.name().toLowerCase(Locale.ROOT).replace('_', ' ');
  }

  private static String text(Estimate e) {
    return String.format(Locale.ROOT, "%.3f  (%.3f to %.3f)", e.value(), e.low(), e.high());
  }

  private static String row(List<?> cells) {
    StringBuilder row = new StringBuilder();
    cells.forEach(cell -> row.append(String.format(Locale.ROOT, "%8s", cell)));
    return row.toString();
  }
}
