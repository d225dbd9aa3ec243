package org.segmentser.train;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.segmentser.features.FeatureFile;
import org.segmentser.metrics.Logits;
import org.segmentser.network.TrainableModel;
import org.segmentser.network.TrainableModel.Batch;
import org.segmentser.network.TrainableModel.Step;

/**
 * Trains a model, epoch by epoch. The same seed, data and settings give the same result on the same
 * machine, resumed or not. Not thread-safe.
 */
public final class Trainer {
  private static final int MAX_MAKERS = 4;

  private final TrainableModel model;
  private final Recipe recipe;
  private final long seed;
  private final Batches batches;
  private final Validator validator;

  /** How many epochs there are at most. */
  private final int count;

  /** Threads that make batches. */
  private final int makers;

  /** Receives each epoch as it ends. */
  public interface Listener {
    /**
     * An epoch has ended.
     *
     * @param epochs how many there are at most
     * @param isBest whether it is the best so far
     * @param secondsLeft an estimate, unless the training ends early
     */
    void epoch(EpochFigures figures, int epochs, boolean isBest, double secondsLeft);
  }

  /**
   * How a training went, whose model now has the weights of the best epoch, mixed with those that
   * it began with as {@link Recipe.Optimization#baseShare} says.
   *
   * @param epochs figures of every epoch, of its own weights alone
   * @param bestEpoch the epoch whose weights are kept, counted from 1; 0 if there is none
   * @param end why the training ended
   */
  public record Result(List<EpochFigures> epochs, int bestEpoch, End end) implements Serializable {
    /** Whether the training ended because the loss became NaN. */
    public boolean hasDiverged() {
      return end == End.DIVERGED;
    }

    /** The epoch after the last whole one, which broke off if the training did. */
    public int nextEpoch() {
      return epochs.size() + 1;
    }
  }

  /** Why a training ended. */
  public enum End {
    /** All epochs were done. */
    FINISHED,
    /** The validation did not become better for too long. */
    EARLY,
    /** The user asked for it. */
    STOPPED,
    /** The loss became NaN or infinite. */
    DIVERGED
  }

  /**
   * Prepares a training.
   *
   * @param model with the weights to begin with
   * @param file of the features of all that {@code split} holds
   */
  public Trainer(TrainableModel model, TrainingPlan plan, FeatureFile file, Split split) {
    this(model, plan, file, split, makersHere());
  }

  /** With so many threads that make batches, which change nothing but the time it takes. */
  Trainer(TrainableModel model, TrainingPlan plan, FeatureFile file, Split split, int makers) {
    this.model = model;
    this.makers = makers;
    recipe = plan.recipe();
    seed = plan.seed();
    this.validator =
        split.validation().isEmpty()
            ? null
            : new Validator(
                new Predictor(model::predict, file),
                split.validation(),
                plan.head().labels().size(),
                recipe.optimization().loss());
    this.batches = new Batches(file, split.learned(), plan);
    this.count = recipe.steps().epochs(batches.examples(), batches.corpora());
  }

  /** The network's own threads want all cores, and a batch is made in a fraction of a step. */
  private static int makersHere() {
    return Math.max(1, Math.min(MAX_MAKERS, Runtime.getRuntime().availableProcessors() / 2));
  }

  /**
   * Trains.
   *
   * @param state what it holds is resumed; it keeps every epoch
   * @param stop asked between steps; once true the training ends with its last whole epoch
   * @return how it went; {@link Result#bestEpoch} is 0, and the model cannot be used, if it ended
   *     before the first epoch did
   */
  public Result train(TrainingState state, Listener listener, BooleanSupplier stop) {
    Optional<TrainingState.SavedProgress> done = state.resume(model);
    List<EpochFigures> epochs = new ArrayList<>(done.map(p -> p.figures()).orElse(List.of()));
    int best = done.map(p -> p.best()).orElse(0);
    End end = End.FINISHED;
    for (int epoch = epochs.size() + 1; epoch <= count; epoch++) {
      if (recipe.isPatienceOver(epochs, best)) {
        end = End.EARLY;
        break;
      }
      long began = System.nanoTime();
      double[] sums = new double[2];
      Optional<End> broken = learn(epoch, sums, stop);
      if (broken.isPresent()) {
        end = broken.get();
        break;
      }
      EpochFigures.Validation figures =
          validator != null && epoch % recipe.stopping().validateEvery() == 0
              ? validator.validate()
              : null;
      // No step's loss shows the update of the last step.
      if (figures != null && !Double.isFinite(figures.loss())) {
        end = End.DIVERGED;
        break;
      }
      double seconds = (System.nanoTime() - began) / 1e9;
      epochs.add(new EpochFigures(epoch, sums[0], sums[1], figures, seconds));
      best = recipe.best(epochs);
      state.keep(model, epoch, best, epochs);
      double mean = epochs.stream().mapToDouble(EpochFigures::seconds).average().orElseThrow();
      listener.epoch(epochs.get(epochs.size() - 1), count, best == epoch, mean * (count - epoch));
    }
    if (best > 0) {
      state.restore(model, best);
      if (recipe.optimization().baseShare() > 0) {
        model.blend(recipe.optimization().baseShare());
      }
    }
    return new Result(List.copyOf(epochs), best, end);
  }

  /**
   * Takes the steps of one epoch.
   *
   * @param sums receives the mean loss and the accuracy
   * @return why the epoch broke off; empty if it did not
   */
  private Optional<End> learn(int epoch, double[] sums, BooleanSupplier stop) {
    int[] order = batches.order(epoch);
    int[] counts = new int[2];
    double loss = 0;
    try (BatchesAhead ahead =
        new BatchesAhead(i -> batches.batch(epoch, order, i), batches.count(), makers)) {
      for (int i = 0; i < batches.count(); i++) {
        if (stop.getAsBoolean()) {
          return Optional.of(End.STOPPED);
        }
        Batch batch = ahead.next();
        long number = (long) (epoch - 1) * batches.count() + i + 1;
        long steps = (long) count * batches.count();
        Step step =
            model.step(
                batch, number, recipe.rate(number - 1, steps), (int) Batches.mix(seed, -number));
        if (!Double.isFinite(step.loss())) {
          return Optional.of(End.DIVERGED);
        }
        loss += step.loss() * batch.size();
        count(step.logits(), batch.targets(), counts);
      }
    }
    sums[0] = loss / order.length;
    sums[1] = (double) counts[1] / Math.max(1, counts[0]);
    return Optional.empty();
  }

  /** Adds up the examples with a voice, and those of them that are classified correctly. */
  private static void count(float[][] logits, float[] targets, int[] counts) {
    for (int i = 0; i < logits.length; i++) {
      int labels = logits[i].length;
      float[] target = Arrays.copyOfRange(targets, i * labels, (i + 1) * labels);
      int label = Logits.argmax(target);
      boolean hasVoice = target[label] > 1f / labels;
      counts[0] += hasVoice ? 1 : 0;
      counts[1] += hasVoice && Logits.argmax(logits[i]) == label ? 1 : 0;
    }
  }
}
