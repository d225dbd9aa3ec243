package org.segmentser.metrics;

import com.fasterxml.jackson.annotation.JsonProperty;

/**
 * A headline figure, between 0 and 1. The first four are those of S. Sahoo et al., "A Segment Level
 * Approach to Speech Emotion Recognition Using Transfer Learning", ACPR 2019; those below them are
 * by mean logits, unless they say otherwise.
 */
public enum Figure {
  /** Fraction of the segments that are right. */
  @JsonProperty("frame_accuracy")
  FRAME_ACCURACY,
  /** Fraction of the clips whose segments are all right. */
  @JsonProperty("absolute_clip_accuracy")
  ABSOLUTE_CLIP_ACCURACY,
  /** Fraction of the clips that are right by majority vote; a tie goes to the lowest class. */
  @JsonProperty("standard_clip_accuracy")
  STANDARD_CLIP_ACCURACY,
  /** Fraction of the clips that are right by the mean of the segments' logits. */
  @JsonProperty("average_logits_clip_accuracy")
  AVERAGE_LOGITS_CLIP_ACCURACY,
  /**
   * Fraction of the clips that are right by majority vote; a tie goes to the largest mean logit, as
   * in the tables of {@code score}.
   */
  @JsonProperty("emotion_vote_accuracy")
  EMOTION_VOTE_ACCURACY,
  /** Fraction of the clips that are right: the usual name of the average-logits clip accuracy. */
  @JsonProperty("weighted_accuracy")
  WEIGHTED_ACCURACY,
  /** Mean recall of the classes that occur. */
  @JsonProperty("unweighted_accuracy")
  UNWEIGHTED_ACCURACY,
  /** Mean F1 of the classes that occur. */
  @JsonProperty("macro_f1")
  MACRO_F1,
  /** Expected calibration error of the clips' probabilities. */
  @JsonProperty("calibration_error")
  CALIBRATION_ERROR,
  /** The same of calibrated probabilities: {@code clips.confidence}. */
  @JsonProperty("calibrated_error")
  CALIBRATED_ERROR,
  /**
   * Fraction of the clips whose set of classes that cannot be ruled out, at {@value
   * ClipCertainty#COVERAGE}, holds the true one: {@code clips.emotions}.
   */
  @JsonProperty("coverage")
  COVERAGE;

  /** Whether it can be told: the last two need a calibration. */
  boolean isKnown(FigureCounts counts) {
    return switch (this) {
      case CALIBRATED_ERROR, COVERAGE -> counts.calibrated().count() > 0;
      default -> true;
    };
  }

  double of(FigureCounts counts) {
    return switch (this) {
      case FRAME_ACCURACY -> counts.segmentAccuracy();
      case ABSOLUTE_CLIP_ACCURACY -> counts.unanimousAccuracy();
      case STANDARD_CLIP_ACCURACY -> counts.vote().weightedAccuracy();
      case EMOTION_VOTE_ACCURACY -> counts.emotionVote().weightedAccuracy();
      case AVERAGE_LOGITS_CLIP_ACCURACY, WEIGHTED_ACCURACY -> counts.mean().weightedAccuracy();
      case UNWEIGHTED_ACCURACY -> counts.mean().unweightedAccuracy();
      case MACRO_F1 -> counts.mean().macroF1();
      case CALIBRATION_ERROR -> counts.bins().error();
      case CALIBRATED_ERROR -> counts.calibrated().error();
      case COVERAGE -> counts.coverage();
    };
  }
}
