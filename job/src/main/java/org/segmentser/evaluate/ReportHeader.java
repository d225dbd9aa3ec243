package org.segmentser.evaluate;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import org.segmentser.BuildInfo;
import org.segmentser.corpus.LabelledInput;
import org.segmentser.evaluate.EvaluationRequest.ProtocolModels;
import org.segmentser.features.LabelledFeatures;
import org.segmentser.model.ModelSpec;
import org.segmentser.segment.Segmentation;
import org.segmentser.segment.Speech;
import org.segmentser.train.TrainingPlan;

/**
 * What a reader of a report must know about how its figures came about. Immutable.
 *
 * @param title of the page
 * @param lines in the order in which they are shown
 */
public record ReportHeader(String title, List<Line> lines) {
  /** Copies the lines. */
  public ReportHeader {
    lines = List.copyOf(lines);
  }

  /**
   * A fact.
   *
   * @param name such as {@code Model}
   * @param value for people
   */
  public record Line(String name, String value) {}

  /**
   * The header of an evaluation that was made just now.
   *
   * @param clean the features of clean audio
   * @param facts about the model or models
   */
  static ReportHeader of(
      LabelledInput input,
      Segmentation segmentation,
      Speech speech,
      LabelledFeatures clean,
      List<Line> facts) {
    List<Line> lines = new ArrayList<>(facts);
    lines.add(new Line("Data", clean.description()));
    lines.add(
        new Line(
            "Segments", segmentation.mode().label() + ", one every " + segmentation.hopS() + " s"));
    lines.add(new Line("Speech", speech.text()));
    clean.leftOut().forEach((what, count) -> lines.add(new Line("Left out", count + " " + what)));
    clean.rejected().forEach(reject -> lines.add(new Line("Rejected", reject)));
    lines.add(new Line("Version", BuildInfo.VERSION + " (" + BuildInfo.COMMIT + ")"));
    lines.add(new Line("Date", Instant.now().truncatedTo(ChronoUnit.SECONDS).toString()));
    return new ReportHeader("Emotion recognition on " + input.name(), lines);
  }

  /** Facts about a finished model. */
  static List<Line> ofModel(ModelSpec model) {
    return List.of(
        new Line("Model", model.modelId()), new Line("Weights", model.provenance().source()));
  }

  /** Facts about the models of a protocol. */
  static List<Line> ofProtocol(ProtocolModels models, int folds) {
    TrainingPlan plan = models.plan();
    String base = models.model() == null ? "" : " of " + models.model().spec().modelId();
    return List.of(
        new Line("Protocol", models.protocol().kind().label() + ", " + folds + " folds"),
        new Line(
            "Training",
            plan.mode().label()
                + base
                + ", "
                + plan.recipe().steps().epochsText()
                + ", validation by "
                + plan.split().label()
                + ", seed "
                + plan.seed()),
        new Line("Recipe", plan.recipe().text()));
  }
}
