package org.segmentser.model;

import java.util.Optional;

/** The outputs for some patches, in their order: plain arrays that belong to the caller. */
public final class Predictions {
  private final float[][] embeddings;
  private final float[][] logits;

  /**
   * The outputs that were computed.
   *
   * @param embeddings [patches][embedding]; null if they were not asked for
   * @param logits [patches][labels]; null if they were not asked for
   */
  public Predictions(float[][] embeddings, float[][] logits) {
    this.embeddings = embeddings;
    this.logits = logits;
  }

  /**
   * [patches][embedding].
   *
   * @throws IllegalStateException if they were not asked for
   */
  public float[][] embeddings() {
    return asked(embeddings);
  }

  /**
   * [patches][labels].
   *
   * @throws IllegalStateException if they were not asked for
   */
  public float[][] logits() {
    return asked(logits);
  }

  private static float[][] asked(float[][] values) {
    return Optional.ofNullable(values)
        .orElseThrow(() -> new IllegalStateException("the network was not asked for them"));
  }
}
