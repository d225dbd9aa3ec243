package org.segmentser.train;

import java.io.Serializable;
import java.util.Locale;

/**
 * What came of an epoch of training.
 *
 * @param epoch counted from 1
 * @param loss mean over the epoch's examples, as they were trained on (augmented, with dropout)
 * @param accuracy part of them, without those that have no voice, that was classified rightly, 0 to
 *     1
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

  /**
   * The epoch in the words of a line.
   *
   * @param epochs how many there will be at most
   * @param isBest whether it is the best so far
   * @param secondsLeft a guess, if no early end comes
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
