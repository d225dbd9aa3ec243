package org.segmentser.metrics;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.segmentser.Json;
import org.segmentser.audio.Condition;

/**
 * How good a model is: the content of {@value #FILE_NAME}, in which unwrapped components are not a
 * level of their own. Everything but {@code conditions} is about the clips as they are, {@link
 * Condition#CLEAN}; fractions and errors are between 0 and 1; what has no value (the recall of a
 * class that does not occur) is null. Immutable.
 *
 * @param format version of this description, {@value #FORMAT}
 * @param trainedOn how many of the clips the model, or the one that the folds' models began with,
 *     was trained on; null if all weights were random at first
 * @param testSet what was predicted
 * @param headline the figures that a reader looks at first
 * @param rules how good the decisions on clips are, by each rule
 * @param calibrations how well probabilities fit
 * @param breakdown the same model on parts of the clips
 * @param conditions {@link Condition#CLEAN} first, then by name
 */
public record Evaluation(
    int format,
    TrainingOverlap trainedOn,
    @JsonUnwrapped TestSet testSet,
    @JsonUnwrapped Headline headline,
    @JsonUnwrapped Rules rules,
    @JsonUnwrapped Calibrations calibrations,
    @JsonUnwrapped Breakdown breakdown,
    List<ConditionScores> conditions) {

  /** The version of {@code metrics.json} that this code writes. */
  public static final int FORMAT = 1;

  /** Name of the file. */
  public static final String FILE_NAME = "metrics.json";

  private static final Comparator<Condition> CLEAN_FIRST =
      Comparator.comparing((Condition condition) -> condition != Condition.CLEAN)
          .thenComparing(Condition::label);

  /** Copies the list. */
  public Evaluation {
    conditions = List.copyOf(conditions);
  }

  /**
   * Computes all figures. The order of the predictions does not matter.
   *
   * @param predictions at least one of {@link Condition#CLEAN}
   * @param labels emotions, one per logit
   * @throws IllegalArgumentException if there is no such prediction, or one has no segment, an
   *     unknown label, or logits that are not finite or not one per label
   */
  public static Evaluation of(
      List<ClipPrediction> predictions, List<String> labels, BootstrapSettings settings) {
    predictions.forEach(prediction -> check(prediction, labels.size()));
    TreeMap<Condition, List<ClipDecision>> conditions = new TreeMap<>(CLEAN_FIRST);
    conditions.putAll(
        decide(predictions).stream().collect(Collectors.groupingBy(d -> d.clip().condition())));
    List<ClipDecision> clean = conditions.get(Condition.CLEAN);
    if (clean == null) {
      throw new IllegalArgumentException("no prediction is of clean audio");
    }
    FigureCounts all = FigureCounts.of(clean, labels.size());
    Headline headline = new Bootstrap(clean, labels.size()).headline(all, settings);
    return new Evaluation(
        FORMAT,
        null,
        new TestSet(labels, all.clips(), all.segments()),
        headline,
        new Rules(
            all.mean().rule(labels),
            all.vote().rule(labels),
            all.emotionVote().rule(labels),
            all.tied()),
        new Calibrations(
            all.bins().calibration(),
            segmentBins(clean).calibration(),
            all.calibrated().count() == 0
                ? null
                : new Calibrated(
                    all.calibrated().calibration(), ClipCertainty.COVERAGE, all.setSize())),
        Breakdown.of(clean, labels.size(), headline, settings),
        conditions.entrySet().stream()
            .map(e -> ConditionScores.of(e.getKey(), e.getValue(), labels.size()))
            .toList());
  }

  /** This evaluation, of a model that was trained on some of the clips or may have been. */
  public Evaluation withTrainedOn(TrainingOverlap overlap) {
    return new Evaluation(
        format, overlap, testSet, headline, rules, calibrations, breakdown, conditions);
  }

  /** This evaluation as indented JSON, UTF-8. */
  public byte[] toJson() {
    return Json.indented(this);
  }

  /** The decisions on clips, in the order of the clips' ids. */
  public static List<ClipDecision> decide(List<ClipPrediction> predictions) {
    return predictions.stream()
        .sorted(
            Comparator.comparing((ClipPrediction p) -> p.reference().clipId())
                .thenComparing(p -> p.reference().uri()))
        .map(ClipDecision::of)
        .toList();
  }

  private static void check(ClipPrediction prediction, int classes) {
    int label = prediction.reference().label();
    double[][] logits = prediction.segments().logits();
    boolean ok =
        label >= 0
            && label < classes
            && logits.length > 0
            && Arrays.stream(logits)
                .allMatch(
                    row -> row.length == classes && Arrays.stream(row).allMatch(Double::isFinite));
    if (!ok) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "clip %s, label %d of %d, cannot be evaluated with logits %s",
              prediction.reference().clipId(),
              label,
              classes,
              Arrays.deepToString(logits)));
    }
  }

  private static CalibrationBins segmentBins(List<ClipDecision> decisions) {
    CalibrationBins bins = new CalibrationBins();
    for (ClipDecision decision : decisions) {
      for (int s = 0; s < decision.segments().size(); s++) {
        int decided = decision.segments().get(s);
        double probability = Logits.softmax(decision.clip().segments().logits()[s])[decided];
        bins.add(probability, decided == decision.clip().reference().label());
      }
    }
    return bins;
  }

  /**
   * What was predicted.
   *
   * @param labels emotions, in the order of the classes
   * @param clips how many there are
   * @param segments how many the clips have together
   */
  public record TestSet(List<String> labels, int clips, int segments) {
    /** Copies the labels. */
    public TestSet {
      labels = List.copyOf(labels);
    }
  }

  /**
   * The figures that a reader looks at first.
   *
   * @param figures each with its interval
   * @param intervals how the intervals were computed
   */
  public record Headline(Map<Figure, Estimate> figures, Intervals intervals) {
    /** Keeps the figures from being changed. */
    public Headline {
      figures = Collections.unmodifiableMap(figures);
    }
  }

  /**
   * How good decisions on clips are by each rule.
   *
   * @param meanLogits the headline rule: the class of a clip is that of its segments' mean logits
   * @param majorityVote the class of most segments; of several, the lowest
   * @param emotionVote the class of most segments; of several, the one with the largest mean logit,
   *     as in the tables of {@code score}
   * @param tiedClips clips in which several classes have most segments
   */
  public record Rules(Rule meanLogits, Rule majorityVote, Rule emotionVote, int tiedClips) {}

  /**
   * How well probabilities fit.
   *
   * @param clipCalibration of the softmax of clips' mean logits
   * @param segmentCalibration of the softmax of segments' logits
   * @param calibrated of calibrated probabilities of clips; null where there are none
   */
  public record Calibrations(
      Calibration clipCalibration, Calibration segmentCalibration, Calibrated calibrated) {}

  /**
   * How well calibrated probabilities fit.
   *
   * @param calibration their bins
   * @param wantedCoverage of the sets of classes that cannot be ruled out; {@link Figure#COVERAGE}
   *     is what it came to
   * @param setSize classes in a set, on average
   */
  public record Calibrated(
      @JsonUnwrapped Calibration calibration, double wantedCoverage, double setSize) {}

  /**
   * A figure and its interval.
   *
   * @param value over all clips
   * @param low lower end of the interval
   * @param high upper end
   */
  public record Estimate(double value, double low, double high) {}

  /**
   * How intervals were computed: percentiles of a bootstrap.
   *
   * @param level fraction of the resamples that an interval holds
   * @param unit what was drawn with replacement, {@code speakers} or {@code clips}
   * @param units how many of them there are; a clip whose speaker is unknown counts as one
   * @param resamples how often they were drawn
   * @param seed of the draws
   */
  public record Intervals(double level, String unit, int units, int resamples, long seed) {}

  /**
   * How good decisions on clips are by one rule.
   *
   * @param weightedAccuracy fraction of the clips that are right
   * @param unweightedAccuracy mean recall of the classes that occur
   * @param macroF1 mean F1 of the classes that occur
   * @param classes in the order of the labels
   * @param confusion [true class][decided class], clips
   */
  public record Rule(
      double weightedAccuracy,
      double unweightedAccuracy,
      double macroF1,
      List<ClassScores> classes,
      List<List<Integer>> confusion) {}

  /**
   * How good decisions are on one class.
   *
   * @param label the emotion
   * @param precision null where it is never decided on
   * @param recall null where it does not occur
   * @param f1 null where it neither occurs nor is decided on
   * @param support how many clips are of this class
   */
  public record ClassScores(
      String label, Double precision, Double recall, Double f1, int support) {}

  /**
   * How well the probabilities of some decisions fit.
   *
   * @param error expected calibration error
   * @param bins of equal width, from 0 to 1
   */
  public record Calibration(double error, List<Bin> bins) {}

  /**
   * Decisions of similar confidence.
   *
   * @param low lower edge, excluded
   * @param high upper edge, included
   * @param count how many
   * @param confidence their mean probability; null in an empty bin
   * @param accuracy fraction of them that are right; null in an empty bin
   */
  public record Bin(double low, double high, int count, Double confidence, Double accuracy) {}

  /**
   * Clips that have something in common.
   *
   * @param name of the corpus, speaker, session, sex or age, or number of the fold
   * @param clips how many
   * @param weightedAccuracy fraction of them that are right, by mean logits
   * @param unweightedAccuracy mean recall of the classes that occur among them
   */
  public record Group(String name, int clips, double weightedAccuracy, double unweightedAccuracy) {
    static Group of(String name, FigureCounts counts) {
      return new Group(
          name,
          counts.clips(),
          counts.mean().weightedAccuracy(),
          counts.mean().unweightedAccuracy());
    }
  }

  /**
   * How good decisions by mean logits are on all clips under one condition.
   *
   * @param name the condition's label
   * @param clips how many
   * @param weightedAccuracy fraction of them that are right
   * @param unweightedAccuracy mean recall of the classes that occur
   * @param segmentAccuracy fraction of the segments that are right
   * @param calibrationError expected calibration error of the clips' probabilities
   * @param decided for how many clips each class was decided on, in the order of the labels
   * @param corpora mean recall of the classes that occur in each corpus, by its name
   */
  public record ConditionScores(
      String name,
      int clips,
      double weightedAccuracy,
      double unweightedAccuracy,
      double segmentAccuracy,
      double calibrationError,
      List<Integer> decided,
      SortedMap<String, Double> corpora) {
    private static ConditionScores of(
        Condition condition, List<ClipDecision> decisions, int classes) {
      FigureCounts counts = FigureCounts.of(decisions, classes);
      return new ConditionScores(
          condition.label(),
          counts.clips(),
          counts.mean().weightedAccuracy(),
          counts.mean().unweightedAccuracy(),
          counts.segmentAccuracy(),
          counts.bins().error(),
          counts.mean().decided(),
          Breakdown.unweightedByCorpus(decisions, classes));
    }
  }
}
