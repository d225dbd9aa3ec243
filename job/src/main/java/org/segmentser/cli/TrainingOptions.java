package org.segmentser.cli;

import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.segmentser.UserError;
import org.segmentser.cli.HelpGroup.Heading;
import org.segmentser.model.ModelDirectory;
import org.segmentser.model.ModelException;
import org.segmentser.model.ModelSpec;
import org.segmentser.model.ModelSpec.Head;
import org.segmentser.network.VggishArchitecture;
import org.segmentser.train.Recipe;
import org.segmentser.train.Split;
import org.segmentser.train.TrainingPlan;
import org.segmentser.train.TrainingPlan.Mode;
import picocli.CommandLine.Option;

/** The options of commands that train. */
final class TrainingOptions {
  /** The paper's emotions. */
  static final List<String> EMOTIONS = List.of("angry", "happy", "sad", "neutral");

  /** What {@code --preset} takes. */
  enum Preset {
    DEFAULT,
    PAPER
  }

  /** At which a network that has learnt already goes on below a head that has not. */
  private static final double RATE_BELOW_NEW_HEAD = 1e-4;

  /** What of its weights a network keeps that goes on with its head. */
  private static final double BASE_SHARE = 0.5;

  @HelpGroup(Heading.TRAINING)
  @Option(
      names = "--mode",
      paramLabel = "MODE",
      description =
          "head (a head learns on the embeddings of a model that stays as it is), fine-tune (all"
              + " weights of a model learn; with --preset default, one that keeps its head ends"
              + " halfway between its old weights and the learned ones) or scratch (a narrow"
              + " network learns from random weights)")
  private Mode mode;

  @HelpGroup(Heading.TRAINING)
  @Option(
      names = "--preset",
      paramLabel = "PRESET",
      description =
          "default (what gave the best results) or paper (what the paper's code does) (default:"
              + " default)")
  private Preset preset;

  @HelpGroup(Heading.TRAINING)
  @Option(
      names = "--labels",
      paramLabel = "A,B,..",
      split = ",",
      hideParamSyntax = true,
      description = "emotions to learn, in the order of the logits (default: the paper's four)")
  private List<String> labels;

  @HelpGroup(Heading.TRAINING)
  @Option(
      names = "--units",
      paramLabel = "N",
      description =
          "units of the head's hidden layer; the paper has 100, 200 and 400 (default: 100)")
  private Integer units;

  @HelpGroup(Heading.TRAINING)
  @Option(
      names = "--split",
      paramLabel = "BY",
      description =
          "how clips for validation and test are set apart, a tenth each: by speakers, by clips (at"
              + " random) or none (default: speakers; with --preset paper, clips)")
  private Split.By split;

  @HelpGroup(Heading.TRAINING)
  @Option(
      names = "--epochs",
      paramLabel = "N",
      description =
          "largest number of epochs (default: the preset's, fewer the more there is to learn from)")
  private Integer epochs;

  @HelpGroup(Heading.TRAINING)
  @Option(
      names = "--batch-size",
      paramLabel = "N",
      description = "segments per step (default: the preset's)")
  private Integer batchSize;

  @HelpGroup(Heading.TRAINING)
  @Option(
      names = "--learning-rate",
      paramLabel = "RATE",
      description =
          "highest learning rate of Adam (default: the preset's; 1e-4 with --preset default"
              + " and --mode fine-tune below a new head)")
  private Double learningRate;

  @HelpGroup(Heading.TRAINING)
  @Option(
      names = "--seed",
      paramLabel = "N",
      description = "seed of all that is random; the same seed gives the same model (default: 1)")
  private Long seed;

  /** What the command's {@code --model} says, which is not the same with each. */
  private String model;

  /** Takes {@code --model}. */
  void setModel(String uri) {
    model = uri;
  }

  /** Whether any of them is given. */
  boolean isGiven() {
    return mode != null
        || preset != null
        || labels != null
        || units != null
        || split != null
        || epochs != null
        || batchSize != null
        || learningRate != null
        || seed != null;
  }

  /**
   * Checks the options without reading anything.
   *
   * @throws UserError if one is wrong, or they do not go together
   */
  void check() {
    Mode asked = mode();
    if (model != null && asked == Mode.SCRATCH) {
      throw UserError.usage("--model goes with --mode head and fine-tune, not with scratch");
    }
    requirePositive("--units", units);
    requirePositive("--epochs", epochs);
    requirePositive("--batch-size", batchSize);
    if (learningRate != null && !(learningRate > 0 && learningRate < 10)) {
      throw UserError.usage(
          "--learning-rate is " + learningRate + "; it must be above 0 and below 10");
    }
    if (labels().size() < 2) {
      throw UserError.usage("--labels needs at least two emotions");
    }
    requireHead();
  }

  private void requireHead() {
    try {
      new Head(units(), labels());
    } catch (ModelException e) {
      throw UserError.usage(
          e.getMessage()
              .replace(ModelSpec.FILE_NAME + ": ", "")
              .replace("head.labels", "--labels")
              .replace("head.hidden", "--units"));
    }
  }

  private static void requirePositive(String option, Integer value) {
    if (value != null && value < 1) {
      throw UserError.usage(option + " is " + value + "; it must be at least 1");
    }
  }

  Mode mode() {
    if (mode == null) {
      throw UserError.usage("--mode is missing: head, fine-tune or scratch");
    }
    return mode;
  }

  private boolean isPaper() {
    return preset == Preset.PAPER;
  }

  private Recipe recipe(boolean keepsHead) {
    Recipe recipe = isPaper() ? Recipe.PAPER : Recipe.DEFAULT;
    boolean isHead = mode() == Mode.HEAD;
    boolean isBelowNewHead = mode() == Mode.FINE_TUNE && !keepsHead && !isPaper();
    Recipe asked =
        recipe.with(
            // Embeddings are cheap to learn from, and nothing changes them.
            epochs == null && isHead ? Integer.valueOf(recipe.steps().epochs()) : epochs,
            batchSize,
            learningRate == null && isBelowNewHead
                ? Double.valueOf(RATE_BELOW_NEW_HEAD)
                : learningRate,
            isHead ? null : recipe.augmentation());
    return keepsHead && !isPaper() ? asked.withBaseShare(BASE_SHARE) : asked;
  }

  Split.By split() {
    if (split == null) {
      return isPaper() ? Split.By.CLIPS : Split.By.SPEAKERS;
    }
    return split;
  }

  List<String> labels() {
    return labels == null ? EMOTIONS : labels;
  }

  private int units() {
    return units == null ? 100 : units;
  }

  long seed() {
    return seed == null ? 1 : seed;
  }

  /** URI of the model to begin with; null for the one in the jar. */
  String model() {
    return model;
  }

  /** The model to begin with; null for random weights. */
  ModelDirectory base(Configuration conf) {
    return mode() == Mode.SCRATCH ? null : ModelDirectory.openOrDefault(model, conf);
  }

  /**
   * The training that is asked for.
   *
   * @param base the model to begin with; null for random weights
   * @param joins whether a clip's patches, one after the other, are its spectrogram
   */
  TrainingPlan plan(ModelDirectory base, boolean joins) {
    VggishArchitecture architecture =
        base == null ? TrainingPlan.NARROW : VggishArchitecture.of(base.spec());
    Head head = new Head(units(), labels());
    boolean keepsHead = mode() == Mode.FINE_TUNE && head.equals(base.spec().head());
    return new TrainingPlan(
        mode(), architecture, head, keepsHead, recipe(keepsHead), split(), joins, seed());
  }
}
