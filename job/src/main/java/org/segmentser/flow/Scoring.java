package org.segmentser.flow;

import java.util.ArrayDeque;
import java.util.EnumSet;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.Set;
import org.segmentser.flow.BatchedPredictions.Predicted;
import org.segmentser.metrics.ClipTally;
import org.segmentser.metrics.Logits;
import org.segmentser.model.PostProcessor;
import org.segmentser.model.SegmentModel;
import org.segmentser.model.SegmentModel.Output;
import org.segmentser.segment.ClipOutcome;
import org.segmentser.segment.Segment;
import org.segmentser.source.Clip;
import org.segmentser.tables.ClipSegment;
import org.segmentser.tables.RunColumns;
import org.segmentser.tables.RunColumns.Kind;
import org.segmentser.tables.Scored;
import org.segmentser.tables.Scored.Emotion;
import org.segmentser.tables.Scored.ScoredClip;
import org.segmentser.tables.Scored.ScoredSegment;

/**
 * Scores the segments of clips: gives each segment as it went through the model and, after a clip's
 * last one, the clip. Holds one batch. Plain Java; not thread-safe.
 */
public final class Scoring implements Iterator<Scored> {
  private final Iterator<Predicted<ClipSegment>> predictions;
  private final PostProcessor postProcessor;
  private final RunColumns columns;
  private final ArrayDeque<Scored> ready = new ArrayDeque<>();

  /** The clip whose segments are being read, and its outcome once it is known. */
  private Clip clip;

  private ClipOutcome outcome;
  private int segments;
  private ClipTally tally;

  /**
   * Scores of some segments.
   *
   * @param items those of a clip follow one another, in order; its outcome stands with the last
   *     ones
   * @param postProcessor null where the 8-bit form is not asked for
   * @param columns what is computed
   * @param batchSize patches that go through the network together, at least 1
   */
  public Scoring(
      Iterator<ClipSegment> items,
      SegmentModel model,
      PostProcessor postProcessor,
      RunColumns columns,
      int batchSize) {
    this.predictions =
        new BatchedPredictions<>(items, ClipSegment::patch, model, outputs(columns), batchSize);
    this.postProcessor = postProcessor;
    this.columns = columns;
  }

  private static Set<Output> outputs(RunColumns columns) {
    Set<Output> outputs = EnumSet.noneOf(Output.class);
    if (columns.has(Kind.EMOTIONS)) {
      outputs.add(Output.LOGITS);
    }
    if (columns.has(Kind.EMBEDDINGS)) {
      outputs.add(Output.EMBEDDINGS);
    }
    return outputs;
  }

  @Override
  public boolean hasNext() {
    while (ready.isEmpty() && predictions.hasNext()) {
      add(predictions.next());
      if (!predictions.hasNext()) {
        endClip();
      }
    }
    return !ready.isEmpty();
  }

  @Override
  public Scored next() {
    if (!hasNext()) {
      throw new NoSuchElementException();
    }
    return ready.remove();
  }

  private void add(Predicted<ClipSegment> predicted) {
    ClipSegment item = predicted.item();
    if (clip != null && !clip.id().equals(item.clip().id())) {
      endClip();
    }
    if (clip == null) {
      clip = item.clip();
      segments = 0;
      tally = columns.has(Kind.EMOTIONS) ? new ClipTally(columns.labels().size()) : null;
    }
    outcome = item.outcome();
    if (item.segment() != null) {
      ready.add(scored(item.segment(), predicted));
      segments++;
    }
  }

  private ScoredSegment scored(Segment segment, Predicted<ClipSegment> predicted) {
    float[] embedding = predicted.embedding();
    return new ScoredSegment(
        clip,
        segment,
        tally == null ? null : emotion(segment, predicted.logits()),
        embedding,
        postProcessor == null ? null : postProcessor.quantise(embedding));
  }

  private Emotion emotion(Segment segment, float[] logits) {
    float[] scores = Logits.softmax(logits);
    tally.add(segment.startS(), segment.endS(), logits, scores);
    return new Emotion(Logits.argmax(logits), logits, scores);
  }

  private void endClip() {
    if (outcome == null) {
      throw new IllegalStateException("the segments of " + clip.id() + " ended without outcome");
    }
    ready.add(new ScoredClip(clip, outcome, segments, tally));
    clip = null;
  }
}
