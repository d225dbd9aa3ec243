package org.segmentser.tables;

import java.io.Serializable;
import org.segmentser.metrics.ClipTally;
import org.segmentser.segment.ClipOutcome;
import org.segmentser.segment.SectionOutcome;
import org.segmentser.segment.Segment;
import org.segmentser.segment.Voice;
import org.segmentser.source.Clip;

/**
 * What a run writes of a clip: a row for each segment and, after the last one, one for each voice;
 * of a long clip that several tasks read, those after the last segment of each section.
 */
public sealed interface Scored {
  /** The clip that it is of. */
  Clip clip();

  /** The voice of the clip that it is of. */
  Voice voice();

  /**
   * A segment.
   *
   * @param emotion what the head says; null where it did not run, or the segment has no patch
   * @param embedding null where it is not kept, or the segment has no patch
   * @param postProcessed the embedding's 8-bit form; null likewise
   */
  @SuppressWarnings("ArrayRecordComponent") // carried to one reader, never compared
  record ScoredSegment(
      Clip clip,
      Voice voice,
      Segment segment,
      Emotion emotion,
      float[] embedding,
      byte[] postProcessed)
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
   * A voice of a clip whose last segment went through the model.
   *
   * @param index of the voice in the clip, from 0
   * @param segments how many there are
   * @param tally what they sum up to; null where the head did not run
   * @param endSegment the first of the segments that were scored but do not count, as the clip ends
   *     before; null where there is none
   */
  record ScoredClip(
      Clip clip,
      Voice voice,
      int index,
      ClipOutcome outcome,
      int segments,
      ClipTally tally,
      Integer endSegment)
      implements Scored {
    /** A voice whose segments all count. */
    public ScoredClip(
        Clip clip, Voice voice, int index, ClipOutcome outcome, int segments, ClipTally tally) {
      this(clip, voice, index, outcome, segments, tally, null);
    }
  }

  /**
   * A voice of a section of a clip whose last segment went through the model.
   *
   * @param index of the voice in the clip, from 0
   * @param section index of the section
   * @param outcome of the section, with the first of its voices; null with the others
   * @param segments how many there are in the section
   * @param tally what they sum up to; null where the head did not run
   */
  record ScoredSection(
      Clip clip,
      Voice voice,
      int index,
      int section,
      SectionOutcome outcome,
      int segments,
      ClipTally tally)
      implements Scored, Serializable {}
}
