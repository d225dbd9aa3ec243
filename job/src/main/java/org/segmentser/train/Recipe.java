package org.segmentser.train;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import java.io.Serializable;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import org.segmentser.network.TrainableModel;
import org.segmentser.train.EpochFigures.Validation;

/**
 * How a model is trained. Immutable.
 *
 * @param steps how many steps there are, and how far each goes
 * @param optimization what a step minimises, and how
 * @param examples what a step learns from
 * @param stopping which epoch is the best, and when no better one is expected
 */
public record Recipe(
    @JsonUnwrapped Steps steps,
    @JsonUnwrapped Optimization optimization,
    @JsonUnwrapped Examples examples,
    @JsonUnwrapped EarlyStopping stopping)
    implements Serializable {

  /**
   * How many steps there are, and how far each goes.
   *
   * @param epochs at most
   * @param maxExamples examples of all epochs together, rounded up to whole epochs, but {@value
   *     #FEWEST_EPOCHS} epochs at least, and {@value #FEWEST_OF_SEVERAL} where there are several
   *     corpora; 0 for no limit
   * @param batchSize examples per step
   * @param learningRate Adam's, at its highest
   * @param schedule how the learning rate changes
   */
  public record Steps(
      int epochs, long maxExamples, int batchSize, double learningRate, Schedule schedule)
      implements Serializable {
    private static final int FEWEST_EPOCHS = 8;
    private static final int FEWEST_OF_SEVERAL = 24;

    /** How many epochs there are, as a part of a sentence. */
    public String epochsText() {
      return maxExamples == 0
          ? epochs + " epochs at most"
          : String.format(
              Locale.ROOT,
              "%,d examples, in %d epochs at least (%d with several corpora) and %d at most",
              maxExamples,
              FEWEST_EPOCHS,
              FEWEST_OF_SEVERAL,
              epochs);
    }

    /**
     * How many epochs there are at most; with {@link Schedule#COSINE} the schedule's length.
     *
     * @param examples of one epoch
     * @param corpora that give as many examples as the largest: of several of them a network learns
     *     for longer before it learns how one of them sounds
     */
    int epochs(int examples, int corpora) {
      if (maxExamples == 0) {
        return epochs;
      }
      long whole = (maxExamples + examples - 1) / examples;
      int fewest = corpora > 1 ? FEWEST_OF_SEVERAL : FEWEST_EPOCHS;
      return (int) Math.min(epochs, Math.max(fewest, whole));
    }
  }

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

  /**
   * What a step minimises, and how.
   *
   * @param loss what is minimised
   * @param epsilon Adam's, above 0
   * @param dropout fraction of the inputs of hidden dense layers that a step leaves out
   * @param weightDecay of the weights, not the biases, per step and unit of learning rate; 0 for
   *     none
   * @param maxGradientNorm to which longer gradients are cut, those of all weights together; 0 for
   *     no limit
   * @param averaging fraction of the averaged weights that a step keeps; 0 to predict with the
   *     weights themselves
   * @param baseShare fraction of the weights of the model that training began with, head included,
   *     that is mixed into the result; 0 for none, as without such a model or without averaging
   */
  public record Optimization(
      TrainableModel.Loss loss,
      double epsilon,
      double dropout,
      double weightDecay,
      double maxGradientNorm,
      double averaging,
      double baseShare)
      implements Serializable {}

  /**
   * What a step learns from.
   *
   * @param labelSmoothing fraction of the target that all labels share
   * @param classWeights whether the segments of each class have the same weight together, in each
   *     corpus if {@code evenCorpora}
   * @param evenCorpora whether each corpus gives as many examples of an epoch as the largest, its
   *     segments being taken several times, ten times at most
   * @param augmentation changes patches as they are learned; null to take them as they are
   */
  public record Examples(
      double labelSmoothing, boolean classWeights, boolean evenCorpora, Augmentation augmentation)
      implements Serializable {}

  /**
   * Which epoch is the best, and when no better one is expected.
   *
   * @param validateEvery epochs from one validation to the next
   * @param patience validations without a better one that end the training; 0 to go on
   * @param selection which validation is the best
   */
  public record EarlyStopping(int validateEvery, int patience, Selection selection)
      implements Serializable {}

  /** Which validation is the best. */
  public enum Selection {
    /** The one with the lowest loss. */
    LOSS,
    /** The one with the highest unweighted recall; of equal ones, that with the lowest loss. */
    UNWEIGHTED_RECALL
  }

  private static final double WARM_UP = 0.05;

  /**
   * What the paper's code does (Sahoo et al., ACPR 2019, section 4): sigmoid cross-entropy, Adam at
   * 1e-6, batches of 16, validation every 10 epochs, patience 5.
   */
  public static final Recipe PAPER =
      new Recipe(
          new Steps(1000, 0, 16, 1e-6, Schedule.CONSTANT),
          new Optimization(TrainableModel.Loss.SIGMOID, 1e-8, 0, 0, 0, 0, 0),
          new Examples(0, false, false, null),
          new EarlyStopping(10, 5, Selection.LOSS));

  /** What gives the best honest result; docs/models.md says by what it was chosen. */
  public static final Recipe DEFAULT =
      new Recipe(
          new Steps(64, 45_000, 64, 1e-3, Schedule.COSINE),
          new Optimization(TrainableModel.Loss.SOFTMAX, 1e-8, 0.3, 1e-4, 1, 0.99, 0),
          new Examples(0.05, true, true, Augmentation.DEFAULT),
          new EarlyStopping(1, 0, Selection.UNWEIGHTED_RECALL));

  /**
   * This recipe with other steps, each number as before where it is null, and with another
   * augmentation, none where it is null.
   */
  public Recipe with(
      Integer otherEpochs,
      Integer otherBatchSize,
      Double otherLearningRate,
      Augmentation otherAugmentation) {
    return new Recipe(
        new Steps(
            otherEpochs == null ? steps.epochs() : otherEpochs,
            otherEpochs == null ? steps.maxExamples() : 0,
            otherBatchSize == null ? steps.batchSize() : otherBatchSize,
            otherLearningRate == null ? steps.learningRate() : otherLearningRate,
            steps.schedule()),
        optimization,
        new Examples(
            examples.labelSmoothing(),
            examples.classWeights(),
            examples.evenCorpora(),
            otherAugmentation),
        stopping);
  }

  /** This recipe with another {@link Optimization#baseShare}. */
  public Recipe withBaseShare(double share) {
    Optimization other =
        new Optimization(
            optimization.loss(),
            optimization.epsilon(),
            optimization.dropout(),
            optimization.weightDecay(),
            optimization.maxGradientNorm(),
            optimization.averaging(),
            share);
    return new Recipe(steps, other, examples, stopping);
  }

  /** Changes patches as they are learned; null to take them as they are. */
  public Augmentation augmentation() {
    return examples.augmentation();
  }

  /** The learning rate of a step, which is counted from 0. */
  double rate(long step, long count) {
    double highest = steps.learningRate();
    if (steps.schedule() == Schedule.CONSTANT) {
      return highest;
    }
    double done = (double) step / count;
    return done < WARM_UP
        ? highest * done / WARM_UP
        : highest * (1 + Math.cos(Math.PI * (done - WARM_UP) / (1 - WARM_UP))) / 2;
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
    return stopping.selection() == Selection.LOSS
        ? lowerLoss
        : Comparator.comparingDouble(Validation::unweightedRecall).thenComparing(lowerLoss);
  }

  /** Whether {@link EarlyStopping#patience} validations since the best one were no better. */
  boolean isPatienceOver(List<EpochFigures> epochs, int best) {
    long since = epochs.stream().filter(e -> e.epoch() > best && e.validation() != null).count();
    return stopping.patience() > 0 && since >= stopping.patience();
  }

  /** This recipe as one line of a report. */
  public String text() {
    return String.format(
        Locale.ROOT,
        "%s loss, Adam %s (%s), batches of %d, %s, label smoothing %s, dropout %s, averaging %s,"
            + " %s%s, %s, %s",
        lower(optimization.loss()),
        steps.learningRate(),
        lower(steps.schedule()),
        steps.batchSize(),
        steps.epochsText(),
        examples.labelSmoothing(),
        optimization.dropout(),
        optimization.averaging(),
        optimization.baseShare() == 0
            ? ""
            : optimization.baseShare() + " of the weights as they were, ",
        examples.classWeights() ? "class weights" : "no class weights",
        examples.evenCorpora() ? "corpora mixed evenly" : "corpora as they are",
        augmentation() == null ? "no augmentation" : "augmentation");
  }

  private static String lower(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT);
  }

  /** The part of it that the network is built with. */
  public TrainableModel.LearningSettings settings(TrainableModel.Scope scope) {
    return new TrainableModel.LearningSettings(
        scope,
        optimization.loss(),
        optimization.epsilon(),
        optimization.dropout(),
        optimization.weightDecay(),
        optimization.maxGradientNorm(),
        optimization.averaging());
  }
}
