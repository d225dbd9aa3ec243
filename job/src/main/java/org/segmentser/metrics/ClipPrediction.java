package org.segmentser.metrics;

import java.io.Serializable;
import java.util.Arrays;
import org.segmentser.audio.Condition;

/**
 * A labelled clip and what a model that was not trained on it predicts for it.
 *
 * @param reference the clip and what is true of it
 * @param condition under which the model heard it
 * @param fold whose model it was, counted from 1; 0 where there are no folds
 * @param segments the model's output for each segment
 * @param certainty how sure such a model may be; null if nobody has found out
 */
public record ClipPrediction(
    Reference reference,
    Condition condition,
    int fold,
    SegmentLogits segments,
    ClipCertainty certainty)
    implements Serializable {

  /** Of a model of which nobody knows how sure it may be. */
  public ClipPrediction(
      Reference reference, Condition condition, int fold, SegmentLogits segments) {
    this(reference, condition, fold, segments, null);
  }

  /** The same of a model that may be so sure. */
  public ClipPrediction withCertainty(ClipCertainty other) {
    return new ClipPrediction(reference, condition, fold, segments, other);
  }

  /**
   * A clip and what is true of it.
   *
   * @param clipId of the clip
   * @param uri of its file
   * @param origin the corpus, and who speaks
   * @param label index of the true emotion
   */
  public record Reference(String clipId, String uri, Origin origin, int label)
      implements Serializable {}

  /**
   * A model's output for the segments of a clip, in order. The arrays are not copied.
   *
   * @param indices which segments they are, counted from 0 over all of the clip
   * @param startS where each segment starts in the clip, in seconds
   * @param endS where each segment ends
   * @param logits [segments][labels], at least one segment
   */
  @SuppressWarnings("ArrayRecordComponent") // carried to one reader, never compared
  public record SegmentLogits(int[] indices, double[] startS, double[] endS, double[][] logits)
      implements Serializable {
    /** How many segments there are. */
    public int count() {
      return logits.length;
    }

    /** Whether all logits are numbers. */
    public boolean areFinite() {
      return Arrays.stream(logits).flatMapToDouble(Arrays::stream).allMatch(Double::isFinite);
    }
  }
}
