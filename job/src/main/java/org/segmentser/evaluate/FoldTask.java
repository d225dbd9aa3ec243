package org.segmentser.evaluate;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.SparkFiles;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.function.Function;
import org.apache.spark.broadcast.Broadcast;
import org.segmentser.Scratch;
import org.segmentser.features.FeatureFile;
import org.segmentser.features.FeatureSet;
import org.segmentser.features.Utterance;
import org.segmentser.metrics.ClipPrediction;
import org.segmentser.model.ModelRuntime;
import org.segmentser.network.TrainableModel;
import org.segmentser.train.Predictor;
import org.segmentser.train.Split;
import org.segmentser.train.Trainer;
import org.segmentser.train.TrainingPlan;
import org.segmentser.train.TrainingState;

/** Trains the model of a fold and tests it, as one Spark task. */
final class FoldTask implements Function<FoldSides, FoldResult> {
  private static final long serialVersionUID = 1L;

  /** Lines of progress that a fold prints. */
  private static final int LINES = 8;

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
  public FoldResult call(FoldSides fold) {
    Split split = fold.split(data.value().utterances());
    try (Scratch scratch = new Scratch();
        FeatureFile file = open(ClipPrediction.CLEAN);
        TrainableModel model = plan.begin(checkpoint(), runtime)) {
      Trainer.Outcome outcome = train(fold, split, file, model, scratch.path());
      // Told as a value: Spark would try a task that fails again, and print its stack trace.
      boolean diverged = outcome.best() == 0 || outcome.end() == Trainer.End.DIVERGED;
      List<ClipPrediction> predictions = new ArrayList<>();
      if (diverged) {
        return new FoldResult(fold.number(), fold.heldOut(), outcome.epochs(), true, predictions);
      }
      for (String condition : data.value().conditions().keySet()) {
        predictions.addAll(test(fold.number(), split.test(), condition, model));
      }
      return new FoldResult(fold.number(), fold.heldOut(), outcome.epochs(), false, predictions);
    }
  }

  private Trainer.Outcome train(
      FoldSides fold, Split split, FeatureFile file, TrainableModel model, Path scratch) {
    String name = "fold " + fold.number() + ", " + fold.heldOut() + ": ";
    int labels = plan.head().labels().size();
    Trainer trainer =
        new Trainer(model, file, split, labels, plan.recipe(), plan.joins(), plan.seed());
    int every = Math.max(1, plan.recipe().epochs() / LINES);
    TaskContext task = TaskContext.get();
    Trainer.Outcome outcome =
        trainer.train(
            TrainingState.open(scratch.resolve("state"), "", false),
            (figures, isBest, secondsLeft) -> {
              if (figures.epoch() % every == 0 || figures.epoch() == plan.recipe().epochs()) {
                System.out.println(
                    name + figures.text(plan.recipe().epochs(), isBest, secondsLeft));
              }
            },
            task::isInterrupted);
    task.killTaskIfInterrupted();
    return outcome;
  }

  private List<ClipPrediction> test(
      int fold, List<Utterance> test, String condition, TrainableModel model) {
    List<Utterance> heard = data.value().under(condition, test);
    List<ClipPrediction> predictions = new ArrayList<>();
    try (FeatureFile file = open(condition)) {
      List<float[][]> logits = new Predictor(model::predict, file).predict(heard);
      for (int i = 0; i < heard.size(); i++) {
        predictions.add(UtterancePredictions.of(heard.get(i), condition, fold, logits.get(i)));
      }
    }
    return predictions;
  }

  private FeatureFile open(String condition) {
    FeatureSet set = data.value().conditions().get(condition).features();
    return FeatureFile.open(here(set.file()), set.width());
  }

  private Path checkpoint() {
    String checkpoint = data.value().checkpoint();
    return checkpoint == null ? null : here(Path.of(checkpoint));
  }

  private Path here(Path file) {
    // Normal, as TensorFlow finds no checkpoint behind the /./ of executors' paths.
    return data.value().isShipped()
        ? Path.of(SparkFiles.getRootDirectory())
            .toAbsolutePath()
            .normalize()
            .resolve(file.getFileName())
        : file;
  }
}
