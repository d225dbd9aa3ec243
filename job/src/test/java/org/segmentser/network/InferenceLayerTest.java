package org.segmentser.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.segmentser.model.ModelRuntime;
import org.segmentser.network.TensorFlowSessions.Operations;
import org.segmentser.network.WinogradLayer.Sizes;
import org.tensorflow.Graph;
import org.tensorflow.Session;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;

/** What every way to compute a convolution for inference keeps to. */
class InferenceLayerTest {
  /** Of the largest output: of single precision, for sums of up to some thousand products. */
  private static final double TOLERANCE = 5e-6;

  private enum Way {
    DIRECT,
    WINOGRAD
  }

  private static final List<Sizes> SIZES =
      List.of(
          new Sizes(48, 32, 64, 128, true),
          new Sizes(12, 8, 256, 512, false),
          new Sizes(12, 8, 32, 16, true),
          new Sizes(24, 16, 7, 5, false),
          new Sizes(4, 4, 1, 1, true),
          new Sizes(4, 8, 3, 2, false),
          new Sizes(8, 4, 1, 9, true));

  static Stream<Arguments> waysAndSizes() {
    return Stream.of(Way.values())
        .flatMap(way -> SIZES.stream().map(sizes -> Arguments.of(way, sizes)));
  }

  @ParameterizedTest
  @MethodSource("waysAndSizes")
  void computesALayer(Way way, Sizes sizes) {
    float[] weights = values(2, 9 * sizes.in() * sizes.out(), 0.5f);
    float[] biases = values(3, sizes.out(), 0.5f);
    try (Graph graph = new Graph();
        Session session =
            TensorFlowSessions.open(graph, ModelRuntime.of(1), Operations.IN_CALLERS_THREAD)) {
      InferenceLayer layer = layer(way, Ops.create(graph), session, sizes, weights, biases);
      // One, and more than are computed at a time, the last of which are fewer.
      for (int patches : new int[] {1, sizes.in() > 32 ? 5 : 205}) {
        float[] input = values(4, patches * sizes.height() * sizes.width() * sizes.in(), 1);
        float[] actual = run(layer, session, sizes, input, patches);
        assertClose(actual, reference(sizes, input, weights, biases, patches));
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void leavesTheBiasOfNothing(Way way) {
    Sizes sizes = new Sizes(4, 4, 2, 2, false);
    float[] weights = values(2, 9 * 4, 0.5f);
    float[] biases = {0.25f, -0.25f};
    try (Graph graph = new Graph();
        Session session =
            TensorFlowSessions.open(graph, ModelRuntime.of(1), Operations.IN_CALLERS_THREAD)) {
      InferenceLayer layer = layer(way, Ops.create(graph), session, sizes, weights, biases);
      float[] silent = run(layer, session, sizes, new float[32], 1);
      for (int i = 0; i < silent.length; i++) {
        assertThat(silent[i]).isEqualTo(i % 2 == 0 ? 0.25f : 0);
      }
    }
  }

  @Test
  void needsWholeTiles() {
    assertThatThrownBy(() -> new Sizes(6, 4, 1, 1, false))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new Sizes(4, 6, 1, 1, false))
        .isInstanceOf(IllegalArgumentException.class);
  }

  private static InferenceLayer layer(
      Way way, Ops tf, Session session, Sizes sizes, float[] weights, float[] biases) {
    if (way == Way.WINOGRAD) {
      return new WinogradLayer(tf, session, "layer", sizes, weights, biases);
    }
    Placeholder<TFloat32> input =
        tf.placeholder(
            TFloat32.class,
            Placeholder.shape(Shape.of(-1, sizes.height(), sizes.width(), sizes.in())));
    var convolved =
        DirectConvolution.apply(
            tf,
            input,
            tf.reshape(tf.constant(weights), tf.array(3, 3, sizes.in(), sizes.out())),
            tf.constant(biases));
    var output =
        tf.nn.relu(
            sizes.pooled()
                ? tf.nn.maxPool(convolved, tf.array(1, 2, 2, 1), tf.array(1, 2, 2, 1), "VALID")
                : convolved);
    return new DirectLayers(input, output, sizes.output());
  }

  private static float[] run(
      InferenceLayer layer, Session session, Sizes sizes, float[] input, int patches) {
    Shape shape = Shape.of(patches, sizes.height(), sizes.width(), sizes.in());
    try (TensorFeeds feeds = new TensorFeeds();
        TFloat32 output = TFloat32.tensorOf(layer.output(patches))) {
      layer.run(session, feeds.of(shape, input), output);
      float[] values = new float[Math.toIntExact(output.size())];
      output.asRawTensor().data().asFloats().read(values);
      return values;
    }
  }

  /** The layer by its definition. */
  private static double[] reference(
      Sizes s, float[] input, float[] weights, float[] biases, int patches) {
    int pooling = s.pooled() ? 2 : 1;
    double[] output =
        new double[patches * (s.height() / pooling) * (s.width() / pooling) * s.out()];
    double[] sums = new double[s.out()];
    for (int n = 0; n < patches; n++) {
      for (int row = 0; row < s.height(); row++) {
        for (int column = 0; column < s.width(); column++) {
          for (int out = 0; out < s.out(); out++) {
            sums[out] = biases[out];
          }
          for (int i = 0; i < 9; i++) {
            int inRow = row + i / 3 - 1;
            int inColumn = column + i % 3 - 1;
            if (inRow < 0 || inRow >= s.height() || inColumn < 0 || inColumn >= s.width()) {
              continue;
            }
            for (int in = 0; in < s.in(); in++) {
              double x = input[((n * s.height() + inRow) * s.width() + inColumn) * s.in() + in];
              int w = (i * s.in() + in) * s.out();
              for (int out = 0; out < s.out(); out++) {
                sums[out] += x * weights[w + out];
              }
            }
          }
          int pooledRow = n * (s.height() / pooling) + row / pooling;
          int y = (pooledRow * (s.width() / pooling) + column / pooling) * s.out();
          for (int out = 0; out < s.out(); out++) {
            // The output begins as zeros, so this is the ReLU too.
            output[y + out] = Math.max(output[y + out], sums[out]);
          }
        }
      }
    }
    return output;
  }

  private static float[] values(int seed, int count, float limit) {
    return FormulaWeights.uniform(3000 + seed, count, limit);
  }

  private static void assertClose(float[] actual, double[] expected) {
    assertThat(actual).hasSameSizeAs(expected);
    double largest = 0;
    for (double value : expected) {
      largest = Math.max(largest, value);
    }
    for (int i = 0; i < expected.length; i++) {
      if (Math.abs(actual[i] - expected[i]) > TOLERANCE * Math.max(1, largest)) {
        assertThat((double) actual[i])
            .as("number %d of %d, the largest is %s", i, expected.length, largest)
            .isCloseTo(expected[i], within(TOLERANCE * Math.max(1, largest)));
      }
    }
  }
}
