package org.segmentser.metrics;

import java.io.Serializable;

/**
 * A labelled clip and what a model that never saw it said of it.
 *
 * @param clipId of the clip
 * @param uri of its file
 * @param speaker who speaks; null where that is not known
 * @param session in which it was recorded; null where that is not known
 * @param condition under which the model heard it, {@code clean} for the file as it is
 * @param fold whose model it was, counted from 1; 0 where there are no folds
 * @param label index of the true emotion
 * @param startS where each segment starts in the clip, in seconds
 * @param endS where each segment ends
 * @param logits one row a segment (at least one), one number a label
 */
@SuppressWarnings("ArrayRecordComponent") // carried to one reader, never compared
public record ClipPrediction(
    String clipId,
    String uri,
    String speaker,
    String session,
    String condition,
    int fold,
    int label,
    double[] startS,
    double[] endS,
    double[][] logits)
    implements Serializable {

  /** The condition of files as they are. */
  public static final String CLEAN = "clean";
}
