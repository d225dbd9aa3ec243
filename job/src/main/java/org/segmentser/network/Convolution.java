package org.segmentser.network;

import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

/**
 * A way to compute a layer of 3 x 3 convolutions with stride 1, the edges padded with zeros, and
 * biases. TensorFlow must have the gradients of all operations that it consists of, as networks
 * also learn through it. Stateless and thread-safe.
 */
interface Convolution {
  /** Its name, for logs. */
  String name();

  /**
   * Adds a layer to a graph.
   *
   * @param input [n, height, width, in]
   * @param weights [3, 3, in, out]
   * @param biases [out]
   * @return [n, height, width, out]
   */
  Operand<TFloat32> apply(
      Ops tf, Operand<TFloat32> input, Operand<TFloat32> weights, Operand<TFloat32> biases);
}
