package org.segmentser.network;

import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.FloatDataBuffer;
import org.tensorflow.types.TFloat32;

/** Layers as TensorFlow computes them, in one call per few patches. */
final class DirectLayers implements InferenceLayer {
  /** Patches per call: what is between the layers stays in the cache. */
  private static final int AT_A_TIME = 8;

  private final Operand<TFloat32> input;
  private final Operand<TFloat32> output;
  private final Shape shape;

  /**
   * Layers of a network that follow each other.
   *
   * @param input what the first of them takes
   * @param output what the last of them gives
   * @param shape of the output of one patch
   */
  DirectLayers(Operand<TFloat32> input, Operand<TFloat32> output, Shape shape) {
    this.input = input;
    this.output = output;
    this.shape = shape;
  }

  @Override
  public Shape output(int patches) {
    return shape.prepend(patches);
  }

  @Override
  public void run(Session session, TFloat32 in, TFloat32 out) {
    int patches = Math.toIntExact(in.shape().get(0));
    long inSize = in.shape().size() / patches;
    FloatDataBuffer from = in.asRawTensor().data().asFloats();
    FloatDataBuffer to = out.asRawTensor().data().asFloats();
    for (int first = 0; first < patches; first += AT_A_TIME) {
      int count = Math.min(AT_A_TIME, patches - first);
      FloatDataBuffer part = from.slice(first * inSize, count * inSize);
      try (TFloat32 feed =
              TFloat32.tensorOf(
                  in.shape().tail().prepend(count),
                  tensor -> part.copyTo(tensor.asRawTensor().data().asFloats(), count * inSize));
          Result result = session.runner().feed(input, feed).fetch(output).run()) {
        long size = count * shape.size();
        ((TFloat32) result.get(0))
            .asRawTensor()
            .data()
            .asFloats()
            .copyTo(to.slice(first * shape.size(), size), size);
      }
    }
  }
}
