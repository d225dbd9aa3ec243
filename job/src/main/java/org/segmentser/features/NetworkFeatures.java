package org.segmentser.features;

import org.segmentser.model.ModelDirectory;
import org.segmentser.model.SegmentModel.Output;

/**
 * Outputs of a model as features, in place of the patches.
 *
 * @param model that all executors load
 * @param output which of its outputs
 */
public record NetworkFeatures(ModelDirectory model, Output output) {
  /** Embeddings, from which a head learns. */
  public static NetworkFeatures embeddings(ModelDirectory model) {
    return new NetworkFeatures(model, Output.EMBEDDINGS);
  }

  /** Logits, by which a finished model is evaluated. */
  public static NetworkFeatures logits(ModelDirectory model) {
    return new NetworkFeatures(model, Output.LOGITS);
  }

  /** Numbers per patch. */
  int width() {
    return output == Output.EMBEDDINGS
        ? model.spec().architecture().embedding()
        : model.spec().head().labels().size();
  }
}
