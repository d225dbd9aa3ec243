package org.segmentser.evaluate;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.SparkFiles;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.function.Function;
import org.apache.spark.broadcast.Broadcast;
import org.segmentser.Scratch;
import org.segmentser.audio.Condition;
import org.segmentser.features.FeatureFile;
import org.segmentser.features.FeatureSet;
import org.segmentser.features.Utterance;
import org.segmentser.metrics.ClipPrediction;
import org.segmentser.model.ModelRuntime;
import org.segmentser.network.TrainableModel;
import org.segmentser.train.EpochFigures;
import org.segmentser.train.Predictor;
import org.segmentser.train.Split;
import org.segmentser.train.Trainer;
import org.segmentser.train.TrainingPlan;
import org.segmentser.train.TrainingState;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Trains the model of a fold and tests it, as one Spark task. */
final class FoldTask implements Function<FoldIndices, FoldResult> {
  private static final long serialVersionUID = 1L;
  private static final Logger LOG = LoggerFactory.getLogger(FoldTask.class);

  /** About how many epochs of a fold are reported as they end. */
  private static final int EPOCHS_REPORTED = 8;

  private final TrainingPlan plan;
  private final ModelRuntime runtime;
  private final Broadcast<FoldData> data;

  /**
   * A task for each fold.
   *
   * @param runtime all of one executor, which its folds share: TensorFlow keeps one pool in a
   *     process, as large as the first model wants it
   */
  FoldTask(TrainingPlan plan, ModelRuntime runtime, Broadcast<FoldData> data) {
    this.plan = plan;
    this.runtime = runtime;
    this.data = data;
  }

  @Override
  public FoldResult call(FoldIndices fold) {
    Split split = fold.split(data.value().utterances());
    try (Scratch scratch = new Scratch();
        FeatureFile file = open(Condition.CLEAN);
        TrainableModel model = plan.begin(checkpoint(), runtime)) {
      Trainer.Result training = train(fold, split, file, model, scratch.path());
      // A training that diverged is a value: Spark would retry a task that fails, and print its
      // stack trace.
      List<ClipPrediction> predictions =
          training.hasDiverged() ? List.of() : test(fold.number(), split.test(), model);
      return new FoldResult(fold.number(), fold.heldOut(), training, predictions);
    }
  }

  private Trainer.Result train(
      FoldIndices fold, Split split, FeatureFile file, TrainableModel model, Path scratch) {
    TaskContext task = TaskContext.get();
    Trainer.Result result;
    try (TrainingState state = TrainingState.open(scratch.resolve("state"), "", false)) {
      result =
          new Trainer(model, plan, file, split)
              .train(
                  state,
                  (figures, epochs, isBest, secondsLeft) ->
                      report(fold, figures, epochs, isBest, secondsLeft),
                  task::isInterrupted);
    }
    task.killTaskIfInterrupted();
    LOG.info(
        "fold {}, {}: {} epochs, the best is {}",
        fold.number(),
        fold.heldOut(),
        result.epochs().size(),
        result.bestEpoch());
    return result;
  }

  private void report(
      FoldIndices fold, EpochFigures figures, int epochs, boolean isBest, double secondsLeft) {
    int every = Math.max(1, epochs / EPOCHS_REPORTED);
    if (figures.epoch() % every != 0 && figures.epoch() != epochs) {
      return;
    }
    // People follow it: on their terminal with a local master, in the executor's output elsewhere.
    System.out.println(
        "fold "
            + fold.number()
            + ", "
            + fold.heldOut()
            + ": "
            + figures.text(epochs, isBest, secondsLeft));
  }

  private List<ClipPrediction> test(int fold, List<Utterance> test, TrainableModel model) {
    List<ClipPrediction> predictions = new ArrayList<>();
    for (Condition condition : data.value().conditions().keySet()) {
      try (FeatureFile file = open(condition)) {
        predictions.addAll(
            new Predictor(model::predict, file)
                .predict(data.value().under(condition, test), condition, fold));
      }
    }
    return predictions;
  }

  private FeatureFile open(Condition condition) {
    FeatureSet set = data.value().conditions().get(condition).features();
    return FeatureFile.open(onThisMachine(set.file()), set.width());
  }

  private Path checkpoint() {
    String checkpoint = data.value().checkpoint();
    return checkpoint == null ? null : onThisMachine(Path.of(checkpoint));
  }

  private Path onThisMachine(Path file) {
    // Normalised, as TensorFlow finds no checkpoint behind the /./ of executors' paths.
    return data.value().isShipped()
        ? Path.of(SparkFiles.getRootDirectory())
            .toAbsolutePath()
            .normalize()
            .resolve(file.getFileName())
        : file;
  }
}
