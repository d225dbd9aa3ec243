package org.segmentser.flow;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Set;
import java.util.function.Function;
import org.segmentser.model.Predictions;
import org.segmentser.model.SegmentModel;
import org.segmentser.model.SegmentModel.Output;

/**
 * Items through a model, batch by batch, in their order. Items without a patch go along. Holds one
 * batch. Plain Java; not thread-safe.
 *
 * @param <T> what carries a patch
 */
public final class BatchedPredictions<T> implements Iterator<BatchedPredictions.Predicted<T>> {
  /** Items without a patch wait for a full batch no longer than this. */
  private static final int ITEMS_PER_PATCH = 16;

  private final Iterator<T> items;
  private final Function<T, byte[]> patch;
  private final SegmentModel model;
  private final Set<Output> outputs;
  private final int batchSize;
  private final ArrayDeque<Predicted<T>> ready = new ArrayDeque<>();

  /**
   * An item and what the model makes of its patch.
   *
   * @param embedding null where it was not asked for, or there is no patch
   * @param logits likewise
   */
  @SuppressWarnings("ArrayRecordComponent") // carried to one reader, never compared
  public record Predicted<T>(T item, float[] embedding, float[] logits) {}

  /**
   * Predictions of items.
   *
   * @param patch an item's patch, encoded as {@link org.segmentser.segment.Patch} says; null for
   *     none
   * @param outputs what is computed
   * @param batchSize patches that go through the network together, at least 1
   */
  public BatchedPredictions(
      Iterator<T> items,
      Function<T, byte[]> patch,
      SegmentModel model,
      Set<Output> outputs,
      int batchSize) {
    this.items = items;
    this.patch = patch;
    this.model = model;
    this.outputs = outputs;
    this.batchSize = batchSize;
  }

  @Override
  public boolean hasNext() {
    if (ready.isEmpty() && items.hasNext()) {
      predictBatch();
    }
    return !ready.isEmpty();
  }

  @Override
  public Predicted<T> next() {
    if (!hasNext()) {
      throw new NoSuchElementException();
    }
    return ready.remove();
  }

  private void predictBatch() {
    List<T> batch = new ArrayList<>();
    List<byte[]> patches = new ArrayList<>();
    while (patches.size() < batchSize
        && batch.size() < ITEMS_PER_PATCH * batchSize
        && items.hasNext()) {
      T item = items.next();
      batch.add(item);
      byte[] bytes = patch.apply(item);
      if (bytes != null) {
        patches.add(bytes);
      }
    }
    Predictions predictions = model.predict(patches, outputs);
    float[][] embeddings =
        outputs.contains(Output.EMBEDDINGS)
            ? predictions.embeddings()
            : new float[patches.size()][];
    float[][] logits =
        outputs.contains(Output.LOGITS) ? predictions.logits() : new float[patches.size()][];
    int at = 0;
    for (T item : batch) {
      if (patch.apply(item) == null) {
        ready.add(new Predicted<>(item, null, null));
      } else {
        ready.add(new Predicted<>(item, embeddings[at], logits[at]));
        at++;
      }
    }
  }
}
