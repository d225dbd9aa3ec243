package org.segmentser.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.segmentser.model.ModelRuntime;
import org.segmentser.network.TensorFlowSessions.Operations;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Output;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;

/** What networks learn through: a layer and its gradients, beside their definition. */
class ConvolutionTest {
  /** Of single precision, for sums of some hundred products of numbers up to 1. */
  private static final double TOLERANCE = 1e-4;

  /** Batch, height, width, channels in, channels out: those of VGGish, odd and tiny ones. */
  private static final List<Sizes> SIZES =
      List.of(
          new Sizes(1, 96, 64, 1, 16),
          new Sizes(2, 12, 8, 32, 64),
          new Sizes(3, 48, 32, 5, 3),
          new Sizes(7, 5, 7, 3, 5),
          new Sizes(1, 1, 1, 2, 3),
          new Sizes(5, 2, 3, 1, 1),
          new Sizes(13, 3, 2, 17, 9));

  private record Sizes(int n, int height, int width, int in, int out) {
    Shape input() {
      return Shape.of(n, height, width, in);
    }

    Shape weights() {
      return Shape.of(3, 3, in, out);
    }

    Shape output() {
      return Shape.of(n, height, width, out);
    }
  }

  static List<Sizes> sizes() {
    return SIZES;
  }

  @ParameterizedTest
  @MethodSource("sizes")
  void computesALayerAndItsGradients(Sizes sizes) {
    float[] input = values(1, sizes.input(), 1);
    float[] weights = values(2, sizes.weights(), 0.5f);
    float[] biases = values(3, Shape.of(sizes.out()), 0.5f);
    // The loss is the sum of the outputs, each times a factor of its own.
    float[] factors = values(4, sizes.output(), 0.5f);
    Reference reference = new Reference(sizes, input, weights, biases, factors);
    try (Graph graph = new Graph();
        TensorFeeds feeds = new TensorFeeds()) {
      Ops tf = Ops.create(graph);
      // The batch is not known when the graph is built.
      Placeholder<TFloat32> x = placeholder(tf, sizes.input().tail().prepend(-1));
      Placeholder<TFloat32> w = placeholder(tf, sizes.weights());
      Placeholder<TFloat32> b = placeholder(tf, Shape.of(sizes.out()));
      Placeholder<TFloat32> f = placeholder(tf, sizes.output());
      Operand<TFloat32> y = DirectConvolution.apply(tf, x, w, b);
      Operand<TFloat32> loss = tf.reduceSum(tf.math.mul(y, f), tf.array(0, 1, 2, 3));
      Output<?>[] gradients =
          graph.addGradients(
              loss.asOutput(), new Output<?>[] {x.asOutput(), w.asOutput(), b.asOutput()});
      try (Session session =
          TensorFlowSessions.open(graph, ModelRuntime.of(2), Operations.SIDE_BY_SIDE)) {
        Session.Runner runner =
            session
                .runner()
                .feed(x, feeds.of(sizes.input(), input))
                .feed(w, feeds.of(sizes.weights(), weights))
                .feed(b, feeds.of(Shape.of(sizes.out()), biases))
                .feed(f, feeds.of(sizes.output(), factors))
                .fetch(y);
        Arrays.stream(gradients).forEach(runner::fetch);
        try (Result result = runner.run()) {
          assertThat(result.get(0).shape()).isEqualTo(sizes.output());
          assertClose((TFloat32) result.get(0), reference.output, "output");
          assertClose((TFloat32) result.get(1), reference.inputGradient, "gradient of the input");
          assertClose((TFloat32) result.get(2), reference.weightGradient, "of the weights");
          assertClose((TFloat32) result.get(3), reference.biasGradient, "of the biases");
        }
      }
    }
  }

  /** The layer and its gradients by their definition. */
  private static final class Reference {
    private final double[] output;
    private final double[] inputGradient;
    private final double[] weightGradient;
    private final double[] biasGradient;

    Reference(Sizes s, float[] input, float[] weights, float[] biases, float[] factors) {
      output = new double[factors.length];
      inputGradient = new double[input.length];
      weightGradient = new double[weights.length];
      biasGradient = new double[biases.length];
      for (int n = 0; n < s.n; n++) {
        for (int row = 0; row < s.height; row++) {
          for (int column = 0; column < s.width; column++) {
            for (int out = 0; out < s.out; out++) {
              int y = ((n * s.height + row) * s.width + column) * s.out + out;
              output[y] = biases[out];
              biasGradient[out] += factors[y];
              for (int i = 0; i < 9; i++) {
                int inRow = row + i / 3 - 1;
                int inColumn = column + i % 3 - 1;
                if (inRow < 0 || inRow >= s.height || inColumn < 0 || inColumn >= s.width) {
                  continue;
                }
                for (int in = 0; in < s.in; in++) {
                  int x = ((n * s.height + inRow) * s.width + inColumn) * s.in + in;
                  int w = (i * s.in + in) * s.out + out;
                  output[y] += (double) input[x] * weights[w];
                  inputGradient[x] += (double) factors[y] * weights[w];
                  weightGradient[w] += (double) factors[y] * input[x];
                }
              }
            }
          }
        }
      }
    }
  }

  private static Placeholder<TFloat32> placeholder(Ops tf, Shape shape) {
    return tf.placeholder(TFloat32.class, Placeholder.shape(shape));
  }

  private static float[] values(int seed, Shape shape, float limit) {
    return FormulaWeights.uniform(2000 + seed, Math.toIntExact(shape.size()), limit);
  }

  private static float[] floats(TFloat32 tensor) {
    float[] values = new float[Math.toIntExact(tensor.size())];
    tensor.asRawTensor().data().asFloats().read(values);
    return values;
  }

  private static void assertClose(TFloat32 actual, double[] expected, String what) {
    assertClose(floats(actual), expected, what);
  }

  /** Within a tolerance of the largest number. */
  private static void assertClose(float[] actual, double[] expected, String what) {
    assertThat(actual).as(what).hasSameSizeAs(expected);
    double largest = Arrays.stream(expected).map(Math::abs).max().orElseThrow();
    for (int i = 0; i < expected.length; i++) {
      assertThat((double) actual[i])
          .as("%s, number %d", what, i)
          .isCloseTo(expected[i], within(TOLERANCE * Math.max(1, largest)));
    }
  }
}
