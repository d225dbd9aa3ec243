package org.segmentser.model;

import java.util.List;
import java.util.Set;

/**
 * A loaded model of any family: patches in, embeddings and logits out. Thread-safe; one serves all
 * the threads of a process.
 */
public interface SegmentModel extends AutoCloseable {
  /** What may be asked of a model. */
  enum Output {
    /** One row of {@link ModelSpec.Architecture#embedding()} numbers per patch. */
    EMBEDDINGS,
    /** One row of numbers per patch, in the order of {@link ModelSpec.Head#labels()}. */
    LOGITS
  }

  /** What the model is. */
  ModelSpec spec();

  /** Patches per call that suit the model best on this machine. */
  default int batchSize() {
    return 32;
  }

  /**
   * Runs the network on some patches.
   *
   * @param patches each encoded as {@link org.segmentser.segment.Patch} says
   * @param outputs what to compute and return
   * @throws IllegalArgumentException if a patch has another length, or logits are asked of a model
   *     without a head
   * @throws IllegalStateException after {@link #close}
   */
  Predictions predict(List<byte[]> patches, Set<Output> outputs);

  /**
   * Runs the head alone.
   *
   * @param embeddings as {@link #predict} gives them, by this model or another one with the same
   *     {@link ModelDirectory#embedderId}
   * @return one row per embedding, as {@link Output#LOGITS} says
   * @throws IllegalArgumentException if an embedding has another length, or the model has no head
   * @throws IllegalStateException after {@link #close}
   * @throws UnsupportedOperationException if models of the family take no embeddings
   */
  default float[][] logits(List<float[]> embeddings) {
    throw new UnsupportedOperationException(
        "models of the family " + spec().family() + " take no embeddings");
  }

  @Override
  void close();
}
