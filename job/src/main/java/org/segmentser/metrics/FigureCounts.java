package org.segmentser.metrics;

import java.util.List;

/** Counts over many clips from which every {@link Figure} is computed. Not thread-safe. */
final class FigureCounts {
  private final int classes;
  private final ConfusionMatrix mean;
  private final ConfusionMatrix vote;
  private final ConfusionMatrix emotionVote;
  private final CalibrationBins bins = new CalibrationBins();
  private final CalibrationBins calibrated = new CalibrationBins();
  private int clips;
  private int covered;
  private int inSets;
  private int unanimous;
  private int tied;
  private int segments;
  private int segmentsRight;

  FigureCounts(int classes) {
    this.classes = classes;
    mean = new ConfusionMatrix(classes);
    vote = new ConfusionMatrix(classes);
    emotionVote = new ConfusionMatrix(classes);
  }

  static FigureCounts of(List<ClipDecision> decisions, int classes) {
    FigureCounts counts = new FigureCounts(classes);
    decisions.forEach(counts::add);
    return counts;
  }

  void add(ClipDecision decision) {
    int label = decision.clip().reference().label();
    mean.add(label, decision.mean());
    vote.add(label, decision.vote());
    emotionVote.add(label, decision.emotionVote());
    tied += decision.isTied() ? 1 : 0;
    bins.add(decision.confidence(), decision.isRight());
    if (decision.calibrated() != null) {
      calibrated.add(decision.calibrated().confidence(), decision.isRight());
      covered += decision.isCovered() ? 1 : 0;
      inSets += decision.calibrated().set().size();
    }
    clips++;
    unanimous += decision.segmentsRight() == decision.segments().size() ? 1 : 0;
    segments += decision.segments().size();
    segmentsRight += decision.segmentsRight();
  }

  int classes() {
    return classes;
  }

  int clips() {
    return clips;
  }

  int segments() {
    return segments;
  }

  /** By mean logits. */
  ConfusionMatrix mean() {
    return mean;
  }

  /** By majority vote, a tie going to the lowest class. */
  ConfusionMatrix vote() {
    return vote;
  }

  /** By majority vote, a tie going to the largest mean logit. */
  ConfusionMatrix emotionVote() {
    return emotionVote;
  }

  /** Clips in which several classes have most segments. */
  int tied() {
    return tied;
  }

  /** By the confidence of the mean logits. */
  CalibrationBins bins() {
    return bins;
  }

  /** By calibrated confidence, of the clips that have one. */
  CalibrationBins calibrated() {
    return calibrated;
  }

  /** Fraction of those whose set holds the true class. */
  double coverage() {
    return (double) covered / calibrated.count();
  }

  /** Classes in their sets, on average. */
  double setSize() {
    return (double) inSets / calibrated.count();
  }

  /** Fraction of the segments that are right. */
  double segmentAccuracy() {
    return (double) segmentsRight / segments;
  }

  /** Fraction of the clips whose segments are all right. */
  double unanimousAccuracy() {
    return (double) unanimous / clips;
  }
}
