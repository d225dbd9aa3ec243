package org.segmentser.train;

import org.segmentser.model.EmotionModel.Output;
import org.segmentser.model.ModelDirectory;

/**
 * What a model makes of patches, as features in place of them.
 *
 * @param model that all executors load
 * @param output which of its outputs
 */
public record NetworkOutput(ModelDirectory model, Output output) {
  /** What a head learns from. */
  public static NetworkOutput embeddings(ModelDirectory model) {
    return new NetworkOutput(model, Output.EMBEDDINGS);
  }

  /** What a finished model says. */
  public static NetworkOutput logits(ModelDirectory model) {
    return new NetworkOutput(model, Output.LOGITS);
  }

  /** Numbers that a patch becomes. */
  int width() {
    return output == Output.EMBEDDINGS
        ? model.spec().architecture().embedding()
        : model.spec().head().labels().size();
  }
}
