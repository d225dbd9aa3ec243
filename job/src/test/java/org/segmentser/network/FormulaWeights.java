package org.segmentser.network;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;
import org.segmentser.model.ModelSpec.Head;
import org.tensorflow.ndarray.Shape;

/**
 * Weights that need no file: element i of tensor t follows from splitmix64. The formula is that of
 * {@code make_golden.py}.
 */
public final class FormulaWeights {
  private static final int HEAD_TENSORS = 100;

  private FormulaWeights() {}

  /** Weights by variable, each made when asked for. */
  public static Map<String, Supplier<float[]>> of(VggishArchitecture architecture, Head head) {
    Map<String, Supplier<float[]>> weights = new LinkedHashMap<>();
    int tensor = 0;
    for (Map.Entry<String, Shape> variable : Vggish.shapes(architecture, head).entrySet()) {
      if (variable.getKey().equals(Vggish.weights(Vggish.HEAD_HIDDEN))) {
        tensor = HEAD_TENSORS;
      }
      int number = tensor++;
      weights.put(variable.getKey(), () -> uniform(number, variable.getValue()));
    }
    return weights;
  }

  /** Weights are He-uniform, biases within 0.1. */
  private static float[] uniform(int tensor, Shape shape) {
    long fanIn = shape.take(shape.numDimensions() - 1).size();
    return uniform(
        tensor,
        Math.toIntExact(shape.size()),
        shape.numDimensions() == 1 ? 0.1f : (float) Math.sqrt(6.0 / fanIn));
  }

  /** Float32 in [-limit, limit). */
  public static float[] uniform(int tensor, int count, float limit) {
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      float u = (splitmix64(((long) tensor << 40) + i) >>> 40) * 0x1p-24f;
      values[i] = (2 * u - 1) * limit;
    }
    return values;
  }

  private static long splitmix64(long x) {
    long z = x + 0x9E3779B97F4A7C15L;
    z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }
}
