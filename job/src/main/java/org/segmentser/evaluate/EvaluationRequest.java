package org.segmentser.evaluate;

import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.segmentser.UserError;
import org.segmentser.audio.Condition;
import org.segmentser.corpus.LabelledInput;
import org.segmentser.metrics.BootstrapSettings;
import org.segmentser.model.ModelDirectory;
import org.segmentser.segment.Segmentation;
import org.segmentser.segment.Speech;
import org.segmentser.train.TrainingPlan;

/**
 * An evaluation that is asked for. Immutable.
 *
 * @param subject what is evaluated
 * @param input what it is evaluated on
 * @param segmentation how clips are cut
 * @param speech what is made of whether somebody speaks
 * @param conditions under which clips are heard, by label, {@link Condition#CLEAN} always among
 *     them
 * @param intervals how the intervals of figures are computed
 * @param cacheUri directory that keeps features; null to keep none
 * @param outputUri directory that does not exist or is empty
 */
public record EvaluationRequest(
    Subject subject,
    LabelledInput input,
    Segmentation segmentation,
    Speech speech,
    List<Condition> conditions,
    BootstrapSettings intervals,
    String cacheUri,
    String outputUri) {

  /** Adds {@link Condition#CLEAN}, and puts the conditions into the order of their labels. */
  public EvaluationRequest {
    conditions =
        Stream.concat(Stream.of(Condition.CLEAN), conditions.stream())
            .distinct()
            .sorted(Comparator.comparing(Condition::label))
            .toList();
  }

  /** What is evaluated. */
  public sealed interface Subject permits FinishedModel, ProtocolModels {
    /** The emotions, in the order of the logits. */
    List<String> labels();

    /** The model that is opened for it; null if there is none. */
    ModelDirectory model();
  }

  /**
   * A model as it is.
   *
   * @param model with a head
   */
  public record FinishedModel(ModelDirectory model) implements Subject {
    /**
     * Checks that there is a head.
     *
     * @throws UserError if there is none
     */
    public FinishedModel {
      if (model.spec().head() == null) {
        throw UserError.input("model " + model.spec().modelId() + " has no head to evaluate");
      }
    }

    @Override
    public List<String> labels() {
      return model.spec().head().labels();
    }
  }

  /**
   * Models that are trained for the evaluation, one per fold.
   *
   * @param protocol makes the folds
   * @param plan how each model is trained
   * @param model the model that each training begins with; null for random weights
   * @param parallelFolds how many folds are trained side by side; null for as many as cores and
   *     memory allow
   */
  public record ProtocolModels(
      Protocol protocol, TrainingPlan plan, ModelDirectory model, Integer parallelFolds)
      implements Subject {
    @Override
    public List<String> labels() {
      return protocol.labels();
    }
  }
}
