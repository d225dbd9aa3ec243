package org.segmentser.metrics;

import com.fasterxml.jackson.annotation.JsonProperty;

/**
 * A headline figure, 0 to 1. The first four are those of S. Sahoo et al., "A Segment Level Approach
 * to Speech Emotion Recognition Using Transfer Learning", ACPR 2019; those below them are by mean
 * logits, unless they say otherwise.
 */
public enum Figure {
  /** Part of the segments that is right. */
  @JsonProperty("frame_accuracy")
  FRAME_ACCURACY,
  /** Part of the clips of which every segment is right. */
  @JsonProperty("absolute_clip_accuracy")
  ABSOLUTE_CLIP_ACCURACY,
  /** Part of the clips that is right by majority vote; a tie goes to the lowest class. */
  @JsonProperty("standard_clip_accuracy")
  STANDARD_CLIP_ACCURACY,
  /** Part of the clips that is right by the mean of the segments' logits. */
  @JsonProperty("average_logits_clip_accuracy")
  AVERAGE_LOGITS_CLIP_ACCURACY,
  /**
   * Part of the clips that is right by majority vote; a tie goes to the largest mean logit, as in
   * the tables of {@code score}.
   */
  @JsonProperty("emotion_vote_accuracy")
  EMOTION_VOTE_ACCURACY,
  /** Part of the clips that is right: the name that the field gives the figure above. */
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
  CALIBRATION_ERROR;

  double of(Tally tally) {
    return switch (this) {
      case FRAME_ACCURACY -> tally.segmentAccuracy();
      case ABSOLUTE_CLIP_ACCURACY -> tally.unanimousAccuracy();
      case STANDARD_CLIP_ACCURACY -> tally.vote().weightedAccuracy();
      case EMOTION_VOTE_ACCURACY -> tally.emotionVote().weightedAccuracy();
      case AVERAGE_LOGITS_CLIP_ACCURACY, WEIGHTED_ACCURACY -> tally.mean().weightedAccuracy();
      case UNWEIGHTED_ACCURACY -> tally.mean().unweightedAccuracy();
      case MACRO_F1 -> tally.mean().macroF1();
      case CALIBRATION_ERROR -> tally.bins().error();
    };
  }
}
