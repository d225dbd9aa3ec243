package org.segmentser.metrics;

import java.util.List;

/** What is counted over clips, for every figure to be computed from. */
final class Tally {
  private final ConfusionMatrix mean;
  private final ConfusionMatrix vote;
  private final ConfusionMatrix emotionVote;
  private final CalibrationBins bins = new CalibrationBins();
  private int clips;
  private int unanimous;
  private int tied;
  private int segments;
  private int segmentsRight;

  Tally(int classes) {
    mean = new ConfusionMatrix(classes);
    vote = new ConfusionMatrix(classes);
    emotionVote = new ConfusionMatrix(classes);
  }

  static Tally of(List<ClipDecision> judgements, int classes) {
    Tally tally = new Tally(classes);
    judgements.forEach(tally::add);
    return tally;
  }

  void add(ClipDecision judgement) {
    int label = judgement.clip().label();
    mean.add(label, judgement.mean());
    vote.add(label, judgement.vote());
    emotionVote.add(label, judgement.emotionVote());
    tied += judgement.isTied() ? 1 : 0;
    bins.add(judgement.confidence(), judgement.right());
    clips++;
    unanimous += judgement.segmentsRight() == judgement.segments().size() ? 1 : 0;
    segments += judgement.segments().size();
    segmentsRight += judgement.segmentsRight();
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

  /** Part of the segments that is right. */
  double segmentAccuracy() {
    return (double) segmentsRight / segments;
  }

  /** Part of the clips of which every segment is right. */
  double unanimousAccuracy() {
    return (double) unanimous / clips;
  }
}
