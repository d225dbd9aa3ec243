package org.segmentser.flow;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.function.LongConsumer;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.segmentser.metrics.ClipTally;
import org.segmentser.model.PostProcessor;
import org.segmentser.model.Predictions;
import org.segmentser.model.SegmentModel;

/**
 * Scores rows batch by batch: reads {@link SegmentScorer#INPUT} rows until a batch of patches is
 * full, runs the network, and gives a row for each segment and, after its last one, for each clip.
 * Holds one batch.
 */
final class ScoredRows implements Iterator<Row> {
  /** Rows without a segment wait for a full batch no longer than this. */
  private static final int ROWS_A_PATCH = 16;

  private static final int OUTCOME = 4;
  private static final int SEGMENT = 5;
  private static final int KEPT = 6;

  private final Iterator<Row> rows;
  private final SegmentModel model;
  private final PostProcessor postProcessor;
  private final ScoreSettings settings;
  private final List<String> labels;
  private final LongConsumer scoredClips;
  private final LongConsumer scoredSegments;

  private final ArrayDeque<Row> ready = new ArrayDeque<>();
  private final List<Row> batch = new ArrayList<>();
  private final List<byte[]> patches = new ArrayList<>();

  /** The clip whose rows are being read: its latest row, which has the outcome once it is known. */
  private Row clip;

  private int clipSegments;
  private ClipTally tally;

  ScoredRows(
      Iterator<Row> rows,
      SegmentModel model,
      PostProcessor postProcessor,
      ScoreSettings settings,
      LongConsumer scoredClips,
      LongConsumer scoredSegments) {
    this.rows = rows;
    this.model = model;
    this.postProcessor = postProcessor;
    this.settings = settings;
    this.labels = settings.labels(model.spec());
    this.scoredClips = scoredClips;
    this.scoredSegments = scoredSegments;
  }

  @Override
  public boolean hasNext() {
    while (ready.isEmpty() && (clip != null || rows.hasNext())) {
      readBatch();
      scoreBatch();
      if (!rows.hasNext()) {
        endClip();
      }
    }
    return !ready.isEmpty();
  }

  @Override
  public Row next() {
    if (!hasNext()) {
      throw new NoSuchElementException();
    }
    return ready.remove();
  }

  private void readBatch() {
    int most = settings.batchSize();
    while (patches.size() < most && batch.size() < ROWS_A_PATCH * most && rows.hasNext()) {
      Row row = rows.next();
      batch.add(row);
      if (!row.isNullAt(SEGMENT)) {
        patches.add(row.getStruct(SEGMENT).getAs(4));
      }
    }
  }

  private void scoreBatch() {
    Predictions predictions = model.predict(patches, settings.outputs());
    int patch = 0;
    for (Row row : batch) {
      if (clip != null && !clip.getString(0).equals(row.getString(0))) {
        endClip();
      }
      if (clip == null) {
        clipSegments = 0;
        tally = settings.emotions() ? new ClipTally(labels.size()) : null;
      }
      clip = row;
      if (!row.isNullAt(SEGMENT)) {
        Row segment = row.getStruct(SEGMENT);
        give(
            row,
            settings.emotions()
                ? emotionRow(row, segment, predictions, patch)
                : embeddingRow(row, segment, predictions.embeddings()[patch]),
            null);
        patch++;
        clipSegments++;
      }
    }
    scoredSegments.accept(patch);
    batch.clear();
    patches.clear();
  }

  private void give(Row from, Row segment, Row clipRow) {
    ready.add(
        from.size() > KEPT
            ? RowFactory.create(segment, clipRow, from.get(KEPT))
            : RowFactory.create(segment, clipRow));
  }

  private Row emotionRow(Row row, Row segment, Predictions predictions, int patch) {
    float[] logits = predictions.logits()[patch];
    float[] scores = ClipTally.softmax(logits);
    tally.add(segment.getDouble(1), segment.getDouble(2), logits, scores);
    List<Object> values = located(row, segment);
    values.add(labels.get(ClipTally.argMax(logits)));
    values.add(RowFactory.create((Object[]) boxed(scores)));
    values.add(boxed(logits));
    values.add(segment.getFloat(3));
    if (settings.embeddings()) {
      values.add(boxed(predictions.embeddings()[patch]));
    }
    return RowFactory.create(values.toArray());
  }

  private Row embeddingRow(Row row, Row segment, float[] embedding) {
    List<Object> values = located(row, segment);
    values.add(boxed(embedding));
    if (postProcessor != null) {
      values.add(postProcessor.quantise(embedding));
    }
    return RowFactory.create(values.toArray());
  }

  /** The columns of {@code Schemas.located}. */
  private static List<Object> located(Row row, Row segment) {
    List<Object> values = new ArrayList<>();
    values.add(row.getString(0));
    values.add(row.getString(1));
    values.add(segment.getInt(0));
    values.add(segment.getDouble(1));
    values.add(segment.getDouble(2));
    return values;
  }

  /** Gives the row of the clip whose last row was read. */
  private void endClip() {
    if (clip == null) {
      return;
    }
    if (clip.isNullAt(OUTCOME)) {
      throw new IllegalStateException(
          "the rows of " + clip.getString(0) + " ended without outcome");
    }
    Row outcome = clip.getStruct(OUTCOME);
    List<Object> values = new ArrayList<>();
    for (int i = 0; i < OUTCOME; i++) {
      values.add(clip.get(i));
    }
    values.add(outcome.get(2));
    values.add(outcome.get(3));
    values.add(outcome.get(4));
    values.add(outcome.get(5));
    values.add(outcome.get(0));
    values.add(outcome.get(1));
    values.add(clipSegments);
    if (tally != null) {
      addEmotion(values);
    }
    give(clip, null, RowFactory.create(values.toArray()));
    scoredClips.accept(1);
    clip = null;
  }

  private void addEmotion(List<Object> values) {
    boolean any = tally.segments() > 0;
    values.add(any ? labels.get(tally.emotion()) : null);
    values.add(any ? labels.get(tally.vote()) : null);
    values.add(any ? tally.unanimous() : null);
    values.add(any ? RowFactory.create((Object[]) tally.scores()) : null);
    values.add(any ? RowFactory.create((Object[]) tally.seconds()) : null);
  }

  private static Float[] boxed(float[] values) {
    Float[] boxed = new Float[values.length];
    for (int i = 0; i < boxed.length; i++) {
      boxed[i] = values[i];
    }
    return boxed;
  }
}
