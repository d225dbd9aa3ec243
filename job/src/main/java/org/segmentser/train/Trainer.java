package org.segmentser.train;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.BooleanSupplier;
import org.segmentser.features.FeatureFile;
import org.segmentser.network.TrainableModel;
import org.segmentser.network.TrainableModel.Batch;
import org.segmentser.network.TrainableModel.Step;

/**
 * Teaches a model, epoch by epoch. With the same seed, data and settings on the same machine the
 * result is the same, resumed or not. Not thread-safe.
 */
public final class Trainer {
  private final TrainableModel model;
  private final Recipe recipe;
  private final long seed;
  private final Batches batches;
  private final Validator validator;

  /** Hears of each epoch as it ends. */
  public interface Listener {
    /**
     * An epoch has ended.
     *
     * @param isBest whether it is the best so far
     * @param secondsLeft a guess, if no early end comes
     */
    void epoch(EpochFigures figures, boolean isBest, double secondsLeft);
  }

  /**
   * What came of a training, whose model now has the weights of the best epoch.
   *
   * @param epochs figures of every one
   * @param best number of the epoch whose weights are kept
   * @param end why no more came
   */
  public record Outcome(List<EpochFigures> epochs, int best, End end) {}

  /** Why a training ended. */
  public enum End {
    /** All epochs were done. */
    FINISHED,
    /** No better validation came for long. */
    EARLY,
    /** Somebody asked for it. */
    STOPPED,
    /** The loss was not a number any more. */
    DIVERGED
  }

  /**
   * Prepares a training.
   *
   * @param model with the weights to begin with
   * @param joins whether a clip's patches, one after the other, are its spectrogram, so that an
   *     example may begin anywhere
   */
  public Trainer(
      TrainableModel model,
      FeatureFile file,
      Split split,
      int labels,
      Recipe recipe,
      boolean joins,
      long seed) {
    this.model = model;
    this.recipe = recipe;
    this.seed = seed;
    this.validator =
        split.validation().isEmpty()
            ? null
            : new Validator(
                new Predictor(model::predict, file), split.validation(), labels, recipe.loss());
    this.batches = new Batches(file, split.training(), labels, recipe, joins, seed);
  }

  /**
   * Trains.
   *
   * @param state goes on from what it holds, and keeps every epoch
   * @param stop asked between steps; once true the training ends with its last whole epoch
   * @return what came of it; its {@link Outcome#best} is 0, and the model not usable, if it ended
   *     before the first epoch did
   */
  public Outcome train(TrainingState state, Listener listener, BooleanSupplier stop) {
    Optional<TrainingState.Progress> done = state.resume(model);
    List<EpochFigures> epochs = new ArrayList<>(done.map(p -> p.figures()).orElse(List.of()));
    int best = done.map(p -> p.best()).orElse(0);
    End end = End.FINISHED;
    for (int epoch = epochs.size() + 1; epoch <= recipe.epochs(); epoch++) {
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
          validator != null && epoch % recipe.validateEvery() == 0 ? validator.validate() : null;
      // The last step's update shows in no loss of a step.
      if (figures != null && !Double.isFinite(figures.loss())) {
        end = End.DIVERGED;
        break;
      }
      double seconds = (System.nanoTime() - began) / 1e9;
      epochs.add(new EpochFigures(epoch, sums[0], sums[1], figures, seconds));
      best = recipe.best(epochs);
      state.keep(model, epoch, best, epochs);
      double mean = epochs.stream().mapToDouble(EpochFigures::seconds).average().orElseThrow();
      listener.epoch(
          epochs.get(epochs.size() - 1), best == epoch, mean * (recipe.epochs() - epoch));
    }
    if (best > 0) {
      state.restore(model, best);
    }
    return new Outcome(List.copyOf(epochs), best, end);
  }

  /** One epoch of steps; {@code sums} takes its mean loss and accuracy. */
  private Optional<End> learn(int epoch, double[] sums, BooleanSupplier stop) {
    int[] order = batches.order(epoch);
    int[] counts = new int[2];
    double loss = 0;
    ExecutorService reader = Executors.newSingleThreadExecutor(Trainer::daemon);
    try {
      Future<Batch> next = reader.submit(() -> batches.batch(epoch, order, 0));
      for (int i = 0; i < batches.count(); i++) {
        if (stop.getAsBoolean()) {
          return Optional.of(End.STOPPED);
        }
        Batch batch = get(next);
        int following = i + 1;
        next =
            following < batches.count()
                ? reader.submit(() -> batches.batch(epoch, order, following))
                : CompletableFuture.completedFuture(null);
        long number = (long) (epoch - 1) * batches.count() + i + 1;
        long steps = (long) recipe.epochs() * batches.count();
        Step step =
            model.step(
                batch, number, recipe.rate(number - 1, steps), (int) Batches.mix(seed, -number));
        if (!Double.isFinite(step.loss())) {
          return Optional.of(End.DIVERGED);
        }
        loss += step.loss() * batch.size();
        count(step.logits(), batch.targets(), counts);
      }
    } finally {
      // Not at once: an interrupted reader would close its file.
      reader.shutdown();
    }
    sums[0] = loss / order.length;
    sums[1] = (double) counts[1] / Math.max(1, counts[0]);
    return Optional.empty();
  }

  private static Thread daemon(Runnable work) {
    Thread thread = new Thread(work, "training-batches");
    thread.setDaemon(true);
    return thread;
  }

  private static <T> T get(Future<T> future) {
    try {
      return future.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while training", e);
    } catch (ExecutionException e) {
      throw new IllegalStateException(e.getCause());
    }
  }

  /** How many examples with a voice there are, and how many of them are classified rightly. */
  private static void count(float[][] logits, float[] targets, int[] counts) {
    for (int i = 0; i < logits.length; i++) {
      int labels = logits[i].length;
      float[] target = Arrays.copyOfRange(targets, i * labels, (i + 1) * labels);
      int label = argMax(target);
      boolean hasVoice = target[label] > 1f / labels;
      counts[0] += hasVoice ? 1 : 0;
      counts[1] += hasVoice && argMax(logits[i]) == label ? 1 : 0;
    }
  }

  /** The lowest index of the largest value. */
  static int argMax(float[] values) {
    int best = 0;
    for (int i = 1; i < values.length; i++) {
      if (values[i] > values[best]) {
        best = i;
      }
    }
    return best;
  }
}
