package org.segmentser.flow;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import org.segmentser.metrics.ClipTally;
import org.segmentser.model.SegmentModel;
import org.segmentser.segment.Voice;
import org.segmentser.source.Clip;
import org.segmentser.tables.EmbeddedSegment;
import org.segmentser.tables.RunColumns;
import org.segmentser.tables.RunColumns.Kind;
import org.segmentser.tables.Scored;
import org.segmentser.tables.Scored.ScoredSection;
import org.segmentser.tables.Scored.ScoredSegment;

/**
 * Scores embeddings: gives each segment and, after segments of one voice that follow one another,
 * the part of the voice that they are, as a section that is named by its first segment. Files may
 * hold segments in any order; in that in which runs write them, a voice is one part. Holds one
 * batch. Plain Java; not thread-safe.
 */
public final class Rescoring implements Iterator<Scored> {
  private final Iterator<EmbeddedSegment> items;
  private final SegmentModel model;
  private final RunColumns columns;
  private final int batchSize;
  private final ArrayDeque<Scored> ready = new ArrayDeque<>();

  /** What is being summed up; null before the first segment. */
  private Part part;

  /** Consecutive segments of a voice. */
  private static final class Part {
    private final Clip clip;
    private final Voice voice;
    private final int first;
    private final ClipTally tally;
    private int segments;

    Part(EmbeddedSegment first, int emotions) {
      this.clip = first.clip();
      this.voice = first.voice();
      this.first = first.segment().index();
      this.tally = new ClipTally(emotions);
    }

    boolean goesOnWith(EmbeddedSegment next) {
      return next.segment().index() == first + segments
          && next.clip().id().equals(clip.id())
          && next.voice().equals(voice);
    }

    ScoredSection end() {
      return new ScoredSection(clip, voice, 0, first, null, segments, tally);
    }
  }

  /**
   * Scores of some embeddings.
   *
   * @param columns what is kept
   * @param batchSize embeddings that go through the head together, at least 1
   */
  public Rescoring(
      Iterator<EmbeddedSegment> items, SegmentModel model, RunColumns columns, int batchSize) {
    this.items = items;
    this.model = model;
    this.columns = columns;
    this.batchSize = batchSize;
  }

  @Override
  public boolean hasNext() {
    if (ready.isEmpty() && items.hasNext()) {
      scoreBatch();
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

  private void scoreBatch() {
    List<EmbeddedSegment> batch = new ArrayList<>();
    List<float[]> embeddings = new ArrayList<>();
    while (batch.size() < batchSize && items.hasNext()) {
      EmbeddedSegment item = items.next();
      batch.add(item);
      if (item.embedding() != null) {
        embeddings.add(item.embedding());
      }
    }
    Iterator<float[]> logits = List.of(model.logits(embeddings)).iterator();
    for (EmbeddedSegment item : batch) {
      add(item, item.embedding() == null ? null : logits.next());
    }
    if (!items.hasNext()) {
      ready.add(part.end());
    }
  }

  private Scored.Emotion emotion(EmbeddedSegment item, float[] logits) {
    float[] embedding = model.spec().knowsNovelty() ? item.embedding() : null;
    return Scoring.emotion(item.segment(), logits, embedding, part.tally);
  }

  private void add(EmbeddedSegment item, float[] logits) {
    if (part != null && !part.goesOnWith(item)) {
      ready.add(part.end());
      part = null;
    }
    if (part == null) {
      part = new Part(item, columns.labels().size());
    }
    part.segments++;
    ready.add(
        new ScoredSegment(
            item.clip(),
            item.voice(),
            item.segment(),
            logits == null ? null : emotion(item, logits),
            columns.has(Kind.EMBEDDINGS) ? item.embedding() : null,
            null));
  }
}
