package org.segmentser.cli;

import java.io.PrintStream;
import java.util.Locale;
import org.segmentser.UserError;
import org.segmentser.features.LabelledFeatures;
import org.segmentser.metrics.Evaluation;
import org.segmentser.model.Calibration;
import org.segmentser.train.EpochFigures;
import org.segmentser.train.StopRequest;
import org.segmentser.train.TrainedModel;
import org.segmentser.train.Trainer;
import org.segmentser.train.TrainingListener;
import org.segmentser.train.TrainingPlan;
import org.segmentser.train.TrainingReport;

/** Prints the progress and the result of a training for people. */
final class TrainingText implements TrainingListener {
  private final TrainingPlan plan;
  private final PrintStream out;

  TrainingText(TrainingPlan plan, PrintStream out) {
    this.plan = plan;
    this.out = out;
  }

  @Override
  public void prepared(LabelledFeatures data) {
    LabelledFeaturesText.tell(data, out);
  }

  @Override
  public void split(TrainingReport.Sides sides) {
    out.printf(
        Locale.ROOT,
        "split by %s: learn from %s%s, validate on %s, test on %s%n",
        plan.split().label(),
        sides.training().text(),
        ModelText.unheard(sides.training().unheard()),
        sides.validation().text(),
        sides.test().text());
  }

  @Override
  public void resumed(int lastEpoch) {
    out.println(
        lastEpoch == 0
            ? "there is no unfinished training to resume; this one begins anew"
            : "resuming after epoch " + lastEpoch);
  }

  @Override
  public void calibrationFold(int number, int folds) {
    out.printf(
        Locale.ROOT,
        "calibration, fold %d of %d: a model without a part of the clips%n",
        number,
        folds);
  }

  @Override
  public StopRequest begin(boolean keepsBest) {
    return new StopSignal(
        stop ->
            out.println(
                keepsBest && stop.keepsBest()
                    ? "stopping; the best epoch so far is kept"
                    : "stopping"));
  }

  @Override
  public void epoch(EpochFigures figures, int epochs, boolean isBest, double secondsLeft) {
    out.println(figures.text(epochs, isBest, secondsLeft));
  }

  /** How much of a base model's weights is in those of a model, to follow the latter. */
  static String mixed(double baseShare) {
    return baseShare == 0
        ? ""
        : String.format(Locale.ROOT, ", mixed with %.0f %% of the base model's", 100 * baseShare);
  }

  /**
   * Prints how the training ended, how good such models and this one proved to be, and where it is.
   */
  static void tell(TrainedModel trained, PrintStream out) {
    Trainer.Result training = trained.training();
    int epochs = training.epochs().size();
    out.printf(
        Locale.ROOT,
        "%s after %d epoch%s; the weights are those of epoch %d%s%n",
        switch (training.end()) {
          case FINISHED -> "finished";
          case EARLY -> "ended early, as the validation no longer improved,";
          case STOPPED -> "stopped";
          case DIVERGED -> "ended, as the loss became NaN,";
        },
        epochs,
        epochs == 1 ? "" : "s",
        training.bestEpoch(),
        mixed(trained.recipe().optimization().baseShare()));
    if (trained.heldOut() != null) {
      out.println(
          "the models of calibration, each on clips that it was not trained on: "
              + EvaluationText.headline(trained.heldOut()));
      tellOverlap(trained.heldOut(), out);
    }
    if (trained.test() != null) {
      out.println("test: " + EvaluationText.headline(trained.test()));
      tellOverlap(trained.test(), out);
    }
    Calibration calibration = trained.model().spec().calibration();
    if (calibration != null) {
      out.printf(
          Locale.ROOT,
          "calibrated on %,d clips that the model, or one like it, was not trained on: temperature"
              + " %.3f%n",
          calibration.conformal().clips(),
          calibration.temperature());
    }
    out.println("model " + trained.model().spec().modelId() + " in " + trained.model());
  }

  private static void tellOverlap(Evaluation evaluation, PrintStream out) {
    if (evaluation.trainedOn() != null) {
      out.println("  " + evaluation.trainedOn().told());
    }
  }

  /** The error after a training that diverged, whose best epoch is published. */
  static UserError diverged(Trainer.Result training) {
    return UserError.fault(
        "the loss became NaN in epoch "
            + training.nextEpoch()
            + "; a lower --learning-rate may help; the model of epoch "
            + training.bestEpoch()
            + " is kept");
  }
}
