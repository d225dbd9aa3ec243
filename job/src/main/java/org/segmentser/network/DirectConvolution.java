package org.segmentser.network;

import java.util.List;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

/** TensorFlow's own convolution. */
final class DirectConvolution implements Convolution {
  private static final List<Long> STRIDES = List.of(1L, 1L, 1L, 1L);

  @Override
  public String name() {
    return "direct";
  }

  @Override
  public Operand<TFloat32> apply(
      Ops tf, Operand<TFloat32> input, Operand<TFloat32> weights, Operand<TFloat32> biases) {
    return tf.nn.biasAdd(tf.nn.conv2d(input, weights, STRIDES, "SAME"), biases);
  }
}
