package org.segmentser.network;

import java.util.ArrayList;
import java.util.List;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.family.TType;

/** The tensors that one call is fed; closing frees them. */
final class TensorFeeds implements AutoCloseable {
  private final List<TType> tensors = new ArrayList<>();

  TFloat32 scalar(float value) {
    return add(TFloat32.scalarOf(value));
  }

  TInt32 vector(int... values) {
    return add(TInt32.vectorOf(values));
  }

  /** {@code values} must have as many numbers as the shape. */
  TFloat32 of(Shape shape, float[] values) {
    return add(TFloat32.tensorOf(shape, t -> t.asRawTensor().data().asFloats().write(values)));
  }

  private <T extends TType> T add(T tensor) {
    tensors.add(tensor);
    return tensor;
  }

  @Override
  public void close() {
    tensors.forEach(TType::close);
  }
}
