package org.segmentser.flow;

import java.util.ArrayDeque;
import java.util.EnumSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Set;
import org.segmentser.flow.BatchedPredictions.Predicted;
import org.segmentser.metrics.ClipTally;
import org.segmentser.metrics.Logits;
import org.segmentser.model.ModelSpec;
import org.segmentser.model.PostProcessor;
import org.segmentser.model.SegmentModel;
import org.segmentser.model.SegmentModel.Output;
import org.segmentser.segment.ClipOutcome;
import org.segmentser.segment.SectionOutcome;
import org.segmentser.segment.Segment;
import org.segmentser.segment.Voice;
import org.segmentser.source.Clip;
import org.segmentser.tables.ClipSegment;
import org.segmentser.tables.RunColumns;
import org.segmentser.tables.RunColumns.Kind;
import org.segmentser.tables.Scored;
import org.segmentser.tables.Scored.Emotion;
import org.segmentser.tables.Scored.ScoredClip;
import org.segmentser.tables.Scored.ScoredSection;
import org.segmentser.tables.Scored.ScoredSegment;
import org.segmentser.udf.Serialized;

/**
 * Scores the segments of clips: gives each segment as it went through the model and, after the last
 * one of a clip or section, each of its voices. Holds one batch. Plain Java; not thread-safe.
 */
public final class Scoring implements Iterator<Scored> {
  private final Iterator<Predicted<ClipSegment>> predictions;
  private final PostProcessor postProcessor;
  private final RunColumns columns;
  private final boolean knowsNovelty;
  private final ArrayDeque<Scored> ready = new ArrayDeque<>();

  /** The clip whose segments are being read, the section of it, and its voices. */
  private Clip clip;

  private int section;
  private byte[] sectionOutcome;

  private final Map<Voice, Voiced> voices = new LinkedHashMap<>();

  /** A voice of the clip: its segments so far, and its outcome once that is known. */
  private static final class Voiced {
    private final ClipTally tally;
    private int segments;
    private ClipOutcome outcome;

    Voiced(ClipTally tally) {
      this.tally = tally;
    }
  }

  /**
   * Scores of some segments.
   *
   * @param items those of a clip follow one another, and those of a voice are in order; the voice's
   *     outcome stands with the last of them
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
        new BatchedPredictions<>(
            items, ClipSegment::patch, model, outputs(columns, model.spec()), batchSize);
    this.knowsNovelty = model.spec().knowsNovelty();
    this.postProcessor = postProcessor;
    this.columns = columns;
  }

  private static Set<Output> outputs(RunColumns columns, ModelSpec model) {
    Set<Output> outputs = EnumSet.noneOf(Output.class);
    if (columns.has(Kind.EMOTIONS)) {
      outputs.add(Output.LOGITS);
    }
    if (columns.has(Kind.EMBEDDINGS) || model.knowsNovelty()) {
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
    if (clip != null && !(clip.id().equals(item.clip().id()) && section == item.section())) {
      endClip();
    }
    clip = item.clip();
    section = item.section();
    sectionOutcome = item.sectionOutcome();
    Voiced voice = voices.computeIfAbsent(item.voice(), v -> new Voiced(newTally()));
    voice.outcome = item.outcome();
    if (item.segment() != null) {
      ready.add(scored(item, predicted, voice.tally));
      voice.segments++;
    }
  }

  private ClipTally newTally() {
    return columns.has(Kind.EMOTIONS) ? new ClipTally(columns.labels().size()) : null;
  }

  private ScoredSegment scored(
      ClipSegment item, Predicted<ClipSegment> predicted, ClipTally tally) {
    float[] embedding = predicted.embedding();
    float[] logits = predicted.logits();
    return new ScoredSegment(
        clip,
        item.voice(),
        item.segment(),
        tally == null || logits == null
            ? null
            : emotion(item.segment(), logits, knowsNovelty ? embedding : null, tally),
        columns.has(Kind.EMBEDDINGS) ? embedding : null,
        postProcessor == null || embedding == null ? null : postProcessor.quantise(embedding));
  }

  /**
   * What the head says of a clip's next segment, which the tally counts.
   *
   * @param embedding null where nobody asks how far the clip lies from what the model knows
   */
  static Emotion emotion(Segment segment, float[] logits, float[] embedding, ClipTally tally) {
    float[] scores = Logits.softmax(logits);
    if (embedding == null) {
      tally.add(segment.startS(), segment.endS(), logits, scores);
    } else {
      tally.add(segment.startS(), segment.endS(), logits, scores, embedding);
    }
    return new Emotion(Logits.argmax(logits), logits, scores);
  }

  private void endClip() {
    SectionOutcome ofSection = Serialized.unpack(sectionOutcome, SectionOutcome.class);
    int index = 0;
    for (var entry : voices.entrySet()) {
      Voiced of = entry.getValue();
      if (ofSection != null) {
        SectionOutcome outcome = index == 0 ? ofSection : null;
        ready.add(
            new ScoredSection(
                clip, entry.getKey(), index++, section, outcome, of.segments, of.tally));
      } else if (of.outcome != null) {
        ready.add(new ScoredClip(clip, entry.getKey(), index++, of.outcome, of.segments, of.tally));
      } else {
        throw new IllegalStateException("the segments of " + clip.id() + " ended without outcome");
      }
    }
    voices.clear();
    clip = null;
  }
}
