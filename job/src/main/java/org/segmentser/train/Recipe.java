package org.segmentser.train;

import java.io.Serializable;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import org.segmentser.network.TrainableModel;
import org.segmentser.train.EpochFigures.Validation;

/**
 * How a model is trained. Immutable.
 *
 * @param epochs at most; with {@link Schedule#COSINE} the schedule's length
 * @param batchSize examples of a step
 * @param learningRate Adam's, at its highest
 * @param schedule how the learning rate changes
 * @param loss what is minimised
 * @param epsilon Adam's
 * @param dropout part of the inputs of hidden dense layers that a step leaves out
 * @param weightDecay as {@link TrainableModel.LearningSettings#weightDecay}
 * @param maxGradientNorm as {@link TrainableModel.LearningSettings#maxGradientNorm}
 * @param averaging as {@link TrainableModel.LearningSettings#averaging}
 * @param labelSmoothing part of the target that all labels share
 * @param classWeights whether the segments of each class weigh the same together
 * @param augmentation changes patches as they are learnt; null to take them as they are
 * @param validateEvery epochs from one validation to the next
 * @param patience validations without a better one that end the training; 0 to go on
 * @param selection which validation is the best
 */
public record Recipe(
    int epochs,
    int batchSize,
    double learningRate,
    Schedule schedule,
    TrainableModel.Loss loss,
    double epsilon,
    double dropout,
    double weightDecay,
    double maxGradientNorm,
    double averaging,
    double labelSmoothing,
    boolean classWeights,
    Augmentation augmentation,
    int validateEvery,
    int patience,
    Selection selection)
    implements Serializable {

  /** How the learning rate changes. */
  public enum Schedule {
    /** Not at all. */
    CONSTANT,
    /**
     * Up in a straight line over the first twentieth of the steps, then down to 0 along half a
     * cosine (Loshchilov, Hutter, "SGDR", 2017).
     */
    COSINE
  }

  /** Which validation is the best. */
  public enum Selection {
    /** That of the lowest loss. */
    LOSS,
    /** That of the highest unweighted recall; of equal ones, that of the lowest loss. */
    UNWEIGHTED_RECALL
  }

  private static final double WARM_UP = 0.05;

  /**
   * What the paper's code does (Sahoo et al., ACPR 2019, section 4): sigmoid cross-entropy, Adam at
   * 1e-6, batches of 16, validation every 10 epochs, patience 5.
   */
  public static final Recipe PAPER =
      new Recipe(
          1000,
          16,
          1e-6,
          Schedule.CONSTANT,
          TrainableModel.Loss.SIGMOID,
          1e-8,
          0,
          0,
          0,
          0,
          0,
          false,
          null,
          10,
          5,
          Selection.LOSS);

  /** What gives the best honest result; docs/models.md has what it was chosen by. */
  public static final Recipe DEFAULT =
      new Recipe(
          64,
          32,
          1e-3,
          Schedule.COSINE,
          TrainableModel.Loss.SOFTMAX,
          1e-8,
          0.3,
          1e-4,
          1,
          0.99,
          0.05,
          true,
          Augmentation.DEFAULT,
          1,
          0,
          Selection.UNWEIGHTED_RECALL);

  /**
   * This recipe with what is given of another length, batch and rate, where null leaves it, and
   * with an augmentation, where null is none.
   */
  public Recipe with(
      Integer otherEpochs,
      Integer otherBatchSize,
      Double otherLearningRate,
      Augmentation otherAugmentation) {
    return new Recipe(
        otherEpochs == null ? epochs : otherEpochs,
        otherBatchSize == null ? batchSize : otherBatchSize,
        otherLearningRate == null ? learningRate : otherLearningRate,
        schedule,
        loss,
        epsilon,
        dropout,
        weightDecay,
        maxGradientNorm,
        averaging,
        labelSmoothing,
        classWeights,
        otherAugmentation,
        validateEvery,
        patience,
        selection);
  }

  /** The learning rate of a step. */
  double rate(long step, long steps) {
    if (schedule == Schedule.CONSTANT) {
      return learningRate;
    }
    double done = (double) step / steps;
    return done < WARM_UP
        ? learningRate * done / WARM_UP
        : learningRate * (1 + Math.cos(Math.PI * (done - WARM_UP) / (1 - WARM_UP))) / 2;
  }

  /** The number of the best epoch; without a validation so far, the last one. */
  int best(List<EpochFigures> epochs) {
    return epochs.stream()
        .filter(epoch -> epoch.validation() != null)
        .max(Comparator.comparing(EpochFigures::validation, better()))
        .orElse(epochs.get(epochs.size() - 1))
        .epoch();
  }

  /** The better one is the greater; of equal ones {@link #best} takes the first. */
  private Comparator<Validation> better() {
    Comparator<Validation> lowerLoss = Comparator.comparingDouble(Validation::loss).reversed();
    return selection == Selection.LOSS
        ? lowerLoss
        : Comparator.comparingDouble(Validation::unweightedRecall).thenComparing(lowerLoss);
  }

  boolean isPatienceOver(List<EpochFigures> epochs, int best) {
    long since = epochs.stream().filter(e -> e.epoch() > best && e.validation() != null).count();
    return patience > 0 && since >= patience;
  }

  /** This recipe in the words of a report. */
  public String text() {
    return String.format(
        Locale.ROOT,
        "%s loss, Adam %s (%s), batches of %d, label smoothing %s, dropout %s, averaging %s, %s, %s",
        lower(loss),
        learningRate,
        lower(schedule),
        batchSize,
        labelSmoothing,
        dropout,
        averaging,
        classWeights ? "class weights" : "no class weights",
        augmentation == null ? "no augmentation" : "augmentation");
  }

  private static String lower(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT);
  }

  /** What the network is told of it. */
  public TrainableModel.LearningSettings settings(TrainableModel.Scope scope) {
    return new TrainableModel.LearningSettings(
        scope, loss, epsilon, dropout, weightDecay, maxGradientNorm, averaging);
  }
}
