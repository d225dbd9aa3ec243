package org.segmentser.train;

import java.io.Serializable;
import java.util.Locale;

/**
 * How an epoch of training went.
 *
 * @param epoch counted from 1
 * @param loss mean over the epoch's examples, as they were trained on (augmented, with dropout)
 * @param accuracy fraction of them that was classified correctly, between 0 and 1, without those
 *     that have no voice
 * @param validation figures on the validation clips; null if there are none, or none were computed
 *     after this epoch
 * @param seconds that the epoch took, validation included
 */
public record EpochFigures(
    int epoch, double loss, double accuracy, Validation validation, double seconds)
    implements Serializable {

  /**
   * Figures on the validation clips, without augmentation.
   *
   * @param loss mean over segments
   * @param segmentAccuracy fraction of the segments that was classified correctly, between 0 and 1
   * @param clipAccuracy fraction of the clips, by the mean of their segments' logits
   * @param unweightedRecall mean recall over the classes that occur, by clips
   */
  public record Validation(
      double loss, double segmentAccuracy, double clipAccuracy, double unweightedRecall)
      implements Serializable {}

  /**
   * The epoch as one line for people.
   *
   * @param epochs how many there will be at most
   * @param isBest whether it is the best so far
   * @param secondsLeft an estimate, unless the training ends early
   */
  public String text(int epochs, boolean isBest, double secondsLeft) {
    StringBuilder line = new StringBuilder();
    line.append(
        String.format(
            Locale.ROOT,
            "epoch %d of %d: loss %.4f, accuracy %.3f",
            epoch,
            epochs,
            loss,
            accuracy));
    if (validation != null) {
      line.append(
          String.format(
              Locale.ROOT,
              "; validation loss %.4f, segments %.3f, clips %.3f, recall %.3f%s",
              validation.loss(),
              validation.segmentAccuracy(),
              validation.clipAccuracy(),
              validation.unweightedRecall(),
              isBest ? " (best)" : ""));
    }
    long left = Math.round(secondsLeft);
    line.append(
        String.format(Locale.ROOT, "; %.1f s, %d min %02d s left", seconds, left / 60, left % 60));
    return line.toString();
  }
}
