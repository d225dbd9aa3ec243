package org.segmentser.features;

import org.segmentser.model.ModelDirectory;
import org.segmentser.model.SegmentModel.Output;

/**
 * What a model makes of patches, as features in place of them.
 *
 * @param model that all executors load
 * @param output which of its outputs
 */
public record NetworkFeatures(ModelDirectory model, Output output) {
  /** What a head learns from. */
  public static NetworkFeatures embeddings(ModelDirectory model) {
    return new NetworkFeatures(model, Output.EMBEDDINGS);
  }

  /** What a finished model says. */
  public static NetworkFeatures logits(ModelDirectory model) {
    return new NetworkFeatures(model, Output.LOGITS);
  }

  /** Numbers that a patch becomes. */
  int width() {
    return output == Output.EMBEDDINGS
        ? model.spec().architecture().embedding()
        : model.spec().head().labels().size();
  }
}
