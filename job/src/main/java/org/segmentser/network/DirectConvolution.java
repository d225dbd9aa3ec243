package org.segmentser.network;

import java.util.List;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

/**
 * A layer of 3 x 3 convolutions with stride 1, the edges padded with zeros, and biases, as
 * TensorFlow computes it. Networks learn through it.
 */
final class DirectConvolution {
  private static final List<Long> STRIDES = List.of(1L, 1L, 1L, 1L);

  private DirectConvolution() {}

  /**
   * Adds a layer to a graph.
   *
   * @param input [n, height, width, in]
   * @param weights [3, 3, in, out]
   * @param biases [out]
   * @return [n, height, width, out]
   */
  static Operand<TFloat32> apply(
      Ops tf, Operand<TFloat32> input, Operand<TFloat32> weights, Operand<TFloat32> biases) {
    return tf.nn.biasAdd(tf.nn.conv2d(input, weights, STRIDES, "SAME"), biases);
  }
}
