package org.segmentser.train;

import java.io.Serializable;

/**
 * What came of an epoch of training.
 *
 * @param epoch counted from 1
 * @param loss mean over the epoch's examples, as they were trained on (augmented, with dropout)
 * @param accuracy part of them that was classified rightly, 0 to 1
 * @param validation figures on the validation clips; null where there are none, or none were
 *     computed after this epoch
 * @param seconds that the epoch took, validation included
 */
public record EpochFigures(
    int epoch, double loss, double accuracy, Validation validation, double seconds)
    implements Serializable {

  /**
   * Figures on the validation clips, without augmentation.
   *
   * @param loss mean over segments
   * @param segmentAccuracy part of the segments that was classified rightly, 0 to 1
   * @param clipAccuracy part of the clips, by the mean of their segments' logits
   * @param unweightedRecall mean over the classes of the part of their clips that was recognised
   */
  public record Validation(
      double loss, double segmentAccuracy, double clipAccuracy, double unweightedRecall)
      implements Serializable {}
}
