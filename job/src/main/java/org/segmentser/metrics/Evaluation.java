package org.segmentser.metrics;

import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.segmentser.Json;

/**
 * How good a model is: the content of {@value #FILE_NAME}. Immutable. All but {@code conditions} is
 * of the clips as they are, {@link ClipPrediction#CLEAN}; parts and errors are from 0 to 1; what
 * has no value (the recall of a class that does not occur) is null.
 *
 * @param format version of this description, {@value #FORMAT}
 * @param trainedOn how many of the clips the model, or the one that the folds' models began with,
 *     was trained on; null where all weights were random at first
 * @param labels emotions, in the order of the classes
 * @param clips how many
 * @param segments how many those have together
 * @param figures every headline figure, with its interval
 * @param intervals how those were made
 * @param meanLogits the headline rule: the class of a clip is that of its segments' mean logits
 * @param majorityVote another rule: that of most segments; of several, the lowest
 * @param emotionVote that of most segments; of several, the one with the largest mean logit, as the
 *     tables of {@code score} have it
 * @param tiedClips clips in which several classes have most segments
 * @param clipCalibration of the softmax of clips' mean logits
 * @param segmentCalibration of the softmax of segments' logits
 * @param speakers by name; clips whose speaker is not known are in none
 * @param sessions likewise
 * @param folds by number
 * @param worstSpeaker of lowest unweighted accuracy; null where no speaker is known
 * @param conditions {@link ClipPrediction#CLEAN} first, then by name
 */
public record Evaluation(
    int format,
    TrainingOverlap trainedOn,
    List<String> labels,
    int clips,
    int segments,
    Map<Figure, Estimate> figures,
    Intervals intervals,
    Rule meanLogits,
    Rule majorityVote,
    Rule emotionVote,
    int tiedClips,
    Calibration clipCalibration,
    Calibration segmentCalibration,
    List<Group> speakers,
    List<Group> sessions,
    List<Group> folds,
    Group worstSpeaker,
    List<Condition> conditions) {

  /** The version of {@code metrics.json} that this code writes. */
  public static final int FORMAT = 1;

  /** Name of the file. */
  public static final String FILE_NAME = "metrics.json";

  /** Copies what can change. */
  public Evaluation {
    labels = List.copyOf(labels);
    figures = Collections.unmodifiableMap(figures);
    speakers = List.copyOf(speakers);
    sessions = List.copyOf(sessions);
    folds = List.copyOf(folds);
    conditions = List.copyOf(conditions);
  }

  /**
   * Computes all figures. The order of the predictions does not matter.
   *
   * @param predictions at least one of {@link ClipPrediction#CLEAN}
   * @param labels emotions, one a logit
   * @throws IllegalArgumentException if there is no such prediction, or one has no segment, a label
   *     that is none, or logits that are not finite or not one a label
   */
  public static Evaluation of(
      List<ClipPrediction> predictions, List<String> labels, Settings settings) {
    predictions.forEach(prediction -> check(prediction, labels.size()));
    TreeMap<String, List<ClipDecision>> conditions =
        new TreeMap<>(
            Comparator.comparing((String condition) -> !condition.equals(ClipPrediction.CLEAN))
                .thenComparing(Comparator.naturalOrder()));
    conditions.putAll(
        judge(predictions).stream().collect(Collectors.groupingBy(j -> j.clip().condition())));
    List<ClipDecision> clean = conditions.get(ClipPrediction.CLEAN);
    if (clean == null) {
      throw new IllegalArgumentException("no prediction is of " + ClipPrediction.CLEAN + " audio");
    }
    Tally all = Tally.of(clean, labels.size());
    Bootstrap bootstrap = new Bootstrap(clean, labels.size());
    List<Group> speakers = groups(clean, labels.size(), ClipPrediction::speaker);
    return new Evaluation(
        FORMAT,
        null,
        labels,
        all.clips(),
        all.segments(),
        bootstrap.estimates(all, settings),
        bootstrap.intervals(settings),
        all.mean().rule(labels),
        all.vote().rule(labels),
        all.emotionVote().rule(labels),
        all.tied(),
        all.bins().calibration(),
        segmentBins(clean).calibration(),
        speakers,
        groups(clean, labels.size(), ClipPrediction::session),
        groups(clean, labels.size(), ClipPrediction::fold),
        speakers.stream().min(Comparator.comparing(Group::unweightedAccuracy)).orElse(null),
        conditions.entrySet().stream()
            .map(e -> condition(e.getKey(), Tally.of(e.getValue(), labels.size())))
            .toList());
  }

  /** This evaluation of a model that was trained on some of the clips, or may have been. */
  public Evaluation withTrainedOn(TrainingOverlap overlap) {
    return new Evaluation(
        format,
        overlap,
        labels,
        clips,
        segments,
        figures,
        intervals,
        meanLogits,
        majorityVote,
        emotionVote,
        tiedClips,
        clipCalibration,
        segmentCalibration,
        speakers,
        sessions,
        folds,
        worstSpeaker,
        conditions);
  }

  /** This evaluation as indented JSON, UTF-8. */
  public byte[] toJson() {
    return Json.indented(this);
  }

  /** What is decided on the clips, in an order of their own. */
  public static List<ClipDecision> judge(List<ClipPrediction> predictions) {
    return predictions.stream()
        .sorted(Comparator.comparing(ClipPrediction::clipId).thenComparing(ClipPrediction::uri))
        .map(ClipDecision::of)
        .toList();
  }

  private static void check(ClipPrediction prediction, int classes) {
    boolean ok =
        prediction.label() >= 0
            && prediction.label() < classes
            && prediction.logits().length > 0
            && Arrays.stream(prediction.logits())
                .allMatch(
                    row -> row.length == classes && Arrays.stream(row).allMatch(Double::isFinite));
    if (!ok) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "clip %s, label %d of %d, cannot be evaluated with logits %s",
              prediction.clipId(),
              prediction.label(),
              classes,
              Arrays.deepToString(prediction.logits())));
    }
  }

  private static CalibrationBins segmentBins(List<ClipDecision> judgements) {
    CalibrationBins bins = new CalibrationBins();
    for (ClipDecision judgement : judgements) {
      for (int s = 0; s < judgement.segments().size(); s++) {
        int decided = judgement.segments().get(s);
        double sure = Logits.softmax(judgement.clip().logits()[s])[decided];
        bins.add(sure, decided == judgement.clip().label());
      }
    }
    return bins;
  }

  private static <T extends Comparable<T>> List<Group> groups(
      List<ClipDecision> judgements, int classes, Function<ClipPrediction, T> name) {
    return judgements.stream()
        .filter(j -> name.apply(j.clip()) != null)
        .collect(
            Collectors.groupingBy(j -> name.apply(j.clip()), TreeMap::new, Collectors.toList()))
        .entrySet()
        .stream()
        .map(e -> group(e.getKey().toString(), Tally.of(e.getValue(), classes)))
        .toList();
  }

  private static Group group(String name, Tally tally) {
    return new Group(
        name, tally.clips(), tally.mean().weightedAccuracy(), tally.mean().unweightedAccuracy());
  }

  private static Condition condition(String name, Tally tally) {
    return new Condition(
        name,
        tally.clips(),
        tally.mean().weightedAccuracy(),
        tally.mean().unweightedAccuracy(),
        tally.segmentAccuracy(),
        tally.bins().error(),
        tally.mean().decided());
  }

  /**
   * How intervals are to be made.
   *
   * @param resamples how often to draw, at least once
   * @param seed of the draws; the same seed gives the same intervals
   */
  public record Settings(int resamples, long seed) {
    /** As many as are usual. */
    public static final int DEFAULT_RESAMPLES = 2_000;

    /** What is done when nothing is asked for. */
    public static final Settings DEFAULT = new Settings(DEFAULT_RESAMPLES, 1);

    /** Checks the number. */
    public Settings {
      if (resamples < 1) {
        throw new IllegalArgumentException("resamples cannot be " + resamples);
      }
    }
  }

  /**
   * A figure and its interval.
   *
   * @param value over all clips
   * @param low lower end of the interval
   * @param high upper end
   */
  public record Estimate(double value, double low, double high) {}

  /**
   * How intervals were made: percentiles of a bootstrap.
   *
   * @param level part of the resamples that an interval holds
   * @param unit what was drawn with replacement, {@code speakers} or {@code clips}
   * @param units how many of it there are; a clip without a known speaker counts as one
   * @param resamples how often they were drawn
   * @param seed of the draws
   */
  public record Intervals(double level, String unit, int units, int resamples, long seed) {}

  /**
   * How good decisions on clips are by one rule.
   *
   * @param weightedAccuracy part of the clips that is right
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
   * @param f1 null where it is neither
   * @param support how many clips are truly of it
   */
  public record ClassScores(
      String label, Double precision, Double recall, Double f1, int support) {}

  /**
   * How well probabilities fit.
   *
   * @param error expected calibration error
   * @param bins of equal width, from 0 to 1
   */
  public record Calibration(double error, List<Bin> bins) {}

  /**
   * Decisions of like confidence.
   *
   * @param low lower edge, not in the bin
   * @param high upper edge, in the bin
   * @param count how many
   * @param confidence their mean probability; null where there is none
   * @param accuracy part of them that is right; null where there is none
   */
  public record Bin(double low, double high, int count, Double confidence, Double accuracy) {}

  /**
   * Clips that have something in common.
   *
   * @param name of the speaker or session, or number of the fold
   * @param clips how many
   * @param weightedAccuracy part of them that is right, by mean logits
   * @param unweightedAccuracy mean recall of the classes that occur among them
   */
  public record Group(String name, int clips, double weightedAccuracy, double unweightedAccuracy) {}

  /**
   * All clips as heard under one condition, decided by mean logits.
   *
   * @param name of the condition
   * @param clips how many
   * @param weightedAccuracy part of them that is right
   * @param unweightedAccuracy mean recall of the classes that occur
   * @param segmentAccuracy part of the segments that is right
   * @param calibrationError expected calibration error of the clips' probabilities
   * @param decided how many clips each class was decided on for, in the order of the labels
   */
  public record Condition(
      String name,
      int clips,
      double weightedAccuracy,
      double unweightedAccuracy,
      double segmentAccuracy,
      double calibrationError,
      List<Integer> decided) {}
}
