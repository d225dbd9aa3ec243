package org.segmentser.network;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.segmentser.network.WinogradLayer.Sizes;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

/** The convolutions of a network in a session, each as either way computes it. Thread-safe. */
final class ConvolutionLayers {
  private final Ops tf;
  private final Session session;
  private final Vggish network;
  private final List<Sizes> sizes = new ArrayList<>();
  private final Map<String, WinogradLayer> winograd = new HashMap<>();

  /**
   * The convolutions of a network.
   *
   * @param session that has the network's weights
   */
  ConvolutionLayers(Ops tf, Session session, Vggish network, VggishArchitecture architecture) {
    this.tf = tf;
    this.session = session;
    this.network = network;
    int height = Vggish.FRAMES;
    int width = Vggish.BANDS;
    int in = 1;
    for (int i = 0; i < Vggish.CONVS.size(); i++) {
      int out = architecture.conv().get(i);
      boolean pooled = Vggish.isPooled(Vggish.CONVS.get(i));
      sizes.add(new Sizes(height, width, in, out, pooled));
      height = pooled ? height / 2 : height;
      width = pooled ? width / 2 : width;
      in = out;
    }
  }

  /** The shape of what convolution {@code i} takes of one patch. */
  Shape input(int i) {
    return i == 0 ? Shape.of(Vggish.FRAMES, Vggish.BANDS) : sizes.get(i - 1).output();
  }

  /** The shape of what the last one leaves. */
  Shape output(int patches) {
    return sizes.get(sizes.size() - 1).output().prepend(patches);
  }

  /** Convolutions {@code first} to {@code last} as TensorFlow computes them. */
  InferenceLayer direct(int first, int last) {
    Operand<TFloat32> input = first == 0 ? network.input() : network.convolved().get(first - 1);
    return new DirectLayers(input, network.convolved().get(last), sizes.get(last).output());
  }

  /** Convolution {@code i}, not the first, by {@link Winograd}. */
  synchronized InferenceLayer winograd(int i) {
    return winograd.computeIfAbsent(
        Vggish.CONVS.get(i),
        scope ->
            new WinogradLayer(
                tf,
                session,
                scope,
                sizes.get(i),
                values(Vggish.weights(scope)),
                values(Vggish.biases(scope))));
  }

  /**
   * All convolutions one after the other.
   *
   * @param byWinograd names of those that {@link Winograd} computes
   */
  List<InferenceLayer> all(Set<String> byWinograd) {
    List<InferenceLayer> layers = new ArrayList<>();
    int first = 0;
    for (int i = 0; i < sizes.size(); i++) {
      if (byWinograd.contains(Vggish.CONVS.get(i))) {
        if (first < i) {
          layers.add(direct(first, i - 1));
        }
        layers.add(winograd(i));
        first = i + 1;
      }
    }
    if (first < sizes.size()) {
      layers.add(direct(first, sizes.size() - 1));
    }
    return layers;
  }

  /**
   * Patches through layers.
   *
   * @param patches [patches, frames, bands], which stays the caller's
   * @return [patches, height, width, channels], the caller's to close
   */
  TFloat32 run(List<InferenceLayer> layers, TFloat32 patches) {
    int count = Math.toIntExact(patches.shape().get(0));
    TFloat32 in = patches;
    for (InferenceLayer layer : layers) {
      TFloat32 out;
      try {
        out = run(layer, in, count);
      } finally {
        if (in != patches) {
          in.close();
        }
      }
      in = out;
    }
    return in;
  }

  private TFloat32 run(InferenceLayer layer, TFloat32 in, int count) {
    TFloat32 out = TFloat32.tensorOf(layer.output(count));
    try {
      layer.run(session, in, out);
      return out;
    } catch (RuntimeException | Error e) {
      out.close();
      throw e;
    }
  }

  private float[] values(String variable) {
    try (Result result = session.runner().fetch(network.variables().get(variable).value()).run()) {
      TFloat32 tensor = (TFloat32) result.get(0);
      float[] values = new float[Math.toIntExact(tensor.size())];
      tensor.asRawTensor().data().asFloats().read(values);
      return values;
    }
  }
}
