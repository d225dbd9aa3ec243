package org.segmentser.cli;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.apache.hadoop.conf.Configuration;
import org.segmentser.UserError;
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

  /** At which a whole network that has learnt already goes on. */
  private static final double FINE_TUNING_RATE = 1e-4;

  @Option(
      names = "--mode",
      paramLabel = "MODE",
      description =
          "head (VGGish stays as it is, the head learns on embeddings), fine-tune (all weights of a"
              + " model learn) or scratch (a narrow network from random weights)")
  private String mode;

  @Option(
      names = "--preset",
      paramLabel = "PRESET",
      description =
          "default (what gives the best honest result) or paper (what the paper's code does)")
  private String preset;

  @Option(
      names = "--labels",
      paramLabel = "A,B,..",
      split = ",",
      hideParamSyntax = true,
      description = "emotions to learn, in the order of the logits (default: the paper's four)")
  private List<String> labels;

  @Option(
      names = "--units",
      paramLabel = "N",
      description = "of the head's hidden layer; the paper has 100, 200 and 400 (default: 100)")
  private Integer units;

  @Option(
      names = "--split",
      paramLabel = "BY",
      description =
          "how clips to validate and to test are set apart, a tenth each: speakers, clips (at"
              + " random) or none (default: speakers; with --preset paper clips)")
  private String split;

  @Option(names = "--epochs", paramLabel = "N", description = "at most (default: the preset's)")
  private Integer epochs;

  @Option(
      names = "--batch-size",
      paramLabel = "N",
      description = "segments of a step (default: the preset's)")
  private Integer batchSize;

  @Option(
      names = "--learning-rate",
      paramLabel = "RATE",
      description = "Adam's, at its highest (default: the preset's; with fine-tune 1e-4)")
  private Double learningRate;

  @Option(
      names = "--seed",
      paramLabel = "N",
      description = "of everything random; the same seed gives the same model (default: 1)")
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
    recipe();
    split();
    if (model != null) {
      if (asked == Mode.SCRATCH) {
        throw UserError.usage("--model goes with --mode head and fine-tune; scratch has none");
      }
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
    return switch (mode) {
      case "head" -> Mode.HEAD;
      case "fine-tune" -> Mode.FINE_TUNE;
      case "scratch" -> Mode.SCRATCH;
      default ->
          throw UserError.usage("--mode is '" + mode + "'; it must be head, fine-tune or scratch");
    };
  }

  private boolean isPaper() {
    if (preset == null || preset.equals("default")) {
      return false;
    }
    if (!preset.equals("paper")) {
      throw UserError.usage("--preset is '" + preset + "'; it must be default or paper");
    }
    return true;
  }

  private Recipe recipe() {
    Recipe recipe = isPaper() ? Recipe.PAPER : Recipe.DEFAULT;
    boolean isTuned = mode() == Mode.FINE_TUNE && !isPaper();
    return recipe.with(
        epochs,
        batchSize,
        learningRate == null && isTuned ? Double.valueOf(FINE_TUNING_RATE) : learningRate,
        mode() == Mode.HEAD ? null : recipe.augmentation());
  }

  Split.By split() {
    if (split == null) {
      return isPaper() ? Split.By.CLIPS : Split.By.SPEAKERS;
    }
    return Arrays.stream(Split.By.values())
        .filter(by -> by.name().toLowerCase(Locale.ROOT).equals(split))
        .findFirst()
        .orElseThrow(
            () ->
                UserError.usage("--split is '" + split + "'; it must be speakers, clips or none"));
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
        mode(), architecture, head, keepsHead, recipe(), split(), joins, seed());
  }
}
