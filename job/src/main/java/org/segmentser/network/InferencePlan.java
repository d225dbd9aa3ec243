package org.segmentser.network;

import java.util.Set;

/**
 * How a network predicts. What is best differs by processor.
 *
 * @param winograd the convolutions of {@link Vggish#CONVS} that {@link WinogradLayer} computes;
 *     TensorFlow computes the others
 * @param convolutionBatch patches that go through the convolutions together, at least 1
 * @param denseBatch patches that go through the dense layers together, at least 1
 */
record InferencePlan(Set<String> winograd, int convolutionBatch, int denseBatch) {
  InferencePlan {
    winograd = Set.copyOf(winograd);
  }
}
