package org.segmentser.tables;

import org.segmentser.metrics.ClipTally;
import org.segmentser.segment.ClipOutcome;
import org.segmentser.segment.Segment;
import org.segmentser.source.Clip;

/** What a run writes of a clip: a row for each segment and, after its last one, one for itself. */
public sealed interface Scored {
  /** The clip that it is of. */
  Clip clip();

  /**
   * A segment that went through the model.
   *
   * @param emotion what the head says; null where it did not run
   * @param embedding null where it is not kept
   * @param postProcessed the embedding's 8-bit form; null where it is not kept
   */
  @SuppressWarnings("ArrayRecordComponent") // carried to one reader, never compared
  record ScoredSegment(
      Clip clip, Segment segment, Emotion emotion, float[] embedding, byte[] postProcessed)
      implements Scored {}

  /**
   * What the head says of a segment.
   *
   * @param index of the likeliest emotion
   * @param logits one per emotion
   * @param scores their softmax
   */
  @SuppressWarnings("ArrayRecordComponent") // carried to one reader, never compared
  record Emotion(int index, float[] logits, float[] scores) {}

  /**
   * A clip whose last segment went through the model.
   *
   * @param segments how many did
   * @param tally what they sum up to; null where the head did not run
   */
  record ScoredClip(Clip clip, ClipOutcome outcome, int segments, ClipTally tally)
      implements Scored {}
}
