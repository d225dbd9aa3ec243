package org.segmentser.cli;

import java.io.PrintStream;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.segmentser.evaluate.PredictionsJob;
import org.segmentser.evaluate.ReportPage;
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
    if (evaluation.conditions().size() > 1) {
      line(
          text,
          "  %-10s %9s %11s   decided %s",
          "condition",
          "weighted",
          "unweighted",
          row(labels));
      for (ConditionScores c : evaluation.conditions()) {
        line(
            text,
            "  %-10s %9.3f %11.3f           %s",
            c.name(),
            c.weightedAccuracy(),
            c.unweightedAccuracy(),
            row(c.decided()));
      }
    }
    return text.toString().stripTrailing();
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
