package org.segmentser.cli;

import java.util.List;
import java.util.Locale;
import org.segmentser.metrics.Evaluation;
import org.segmentser.metrics.Evaluation.Estimate;
import org.segmentser.metrics.Figure;

/** An evaluation in the words of a terminal. */
final class EvaluationText {
  private EvaluationText() {}

  /** The headline figures in one line. */
  static String headline(Evaluation evaluation) {
    return String.format(
        Locale.ROOT,
        "%,d clips: weighted accuracy %.3f, unweighted accuracy %.3f, by segment %.3f",
        evaluation.clips(),
        evaluation.figures().get(Figure.WEIGHTED_ACCURACY).value(),
        evaluation.figures().get(Figure.UNWEIGHTED_ACCURACY).value(),
        evaluation.figures().get(Figure.FRAME_ACCURACY).value());
  }

  /** All headline figures with their intervals, the confusion matrix, and the worst speaker. */
  static String whole(Evaluation evaluation) {
    StringBuilder text = new StringBuilder();
    if (evaluation.trainedOn() != null) {
      line(text, "%s", evaluation.trainedOn().told());
    }
    line(
        text,
        "%,d clips, %,d segments; intervals of %.0f %% over %s",
        evaluation.clips(),
        evaluation.segments(),
        100 * evaluation.intervals().level(),
        evaluation.intervals().unit());
    evaluation
        .figures()
        .forEach((figure, estimate) -> line(text, "  %-29s %s", name(figure), text(estimate)));
    line(
        text,
        "  several emotions tie for most segments in %,d clips: the standard vote takes the first"
            + " label, the emotion vote the largest mean logit",
        evaluation.tiedClips());
    line(text, "  confusion (by mean logits; rows are true)");
    line(text, "    %-10s %s", "", row(evaluation.labels()));
    for (int i = 0; i < evaluation.labels().size(); i++) {
      line(
          text,
          "    %-10s %s",
          evaluation.labels().get(i),
          row(evaluation.meanLogits().confusion().get(i)));
    }
    if (evaluation.worstSpeaker() != null) {
      line(
          text,
          "  worst speaker                 %s: %.3f weighted, %.3f unweighted",
          evaluation.worstSpeaker().name(),
          evaluation.worstSpeaker().weightedAccuracy(),
          evaluation.worstSpeaker().unweightedAccuracy());
    }
    if (evaluation.conditions().size() > 1) {
      line(
          text,
          "  %-10s %9s %11s   decided %s",
          "condition",
          "weighted",
          "unweighted",
          row(evaluation.labels()));
      for (Evaluation.Condition c : evaluation.conditions()) {
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
