package org.segmentser.network;

import org.tensorflow.Session;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.types.TFloat32;

/**
 * One or more convolutions of a network, with their biases, ReLUs and maxima, on pictures that are
 * in memory. For inference. Thread-safe.
 */
interface InferenceLayer {
  /** The shape of the output: [patches, height, width, channels]. */
  Shape output(int patches);

  /**
   * Computes the output.
   *
   * @param session of the graph that the layer was added to
   * @param in [patches, height, width, channels]; for the first layer [patches, height, width]
   * @param out of the shape {@link #output}; all of it is written
   */
  void run(Session session, TFloat32 in, TFloat32 out);
}
