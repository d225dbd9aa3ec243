package org.segmentser.network;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.segmentser.model.ModelSpec.Head;
import org.segmentser.network.VggishArchitecture.Fc2;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Session;
import org.tensorflow.Tensor;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TString;
import org.tensorflow.types.family.TType;

/** Writes checkpoints of formula weights. */
public final class TestCheckpoints {
  /** The widths of the official VGGish. */
  public static final VggishArchitecture FULL =
      new VggishArchitecture(
          List.of(64, 128, 256, 256, 512, 512), List.of(4096, 4096), 128, Fc2.RELU);

  /** The golden narrow VGGish. */
  public static final VggishArchitecture MINI =
      new VggishArchitecture(List.of(16, 32, 64, 64, 128, 128), List.of(256, 256), 128, Fc2.RELU);

  /** The golden VGGish that the repository holds. */
  public static final VggishArchitecture TINY =
      new VggishArchitecture(List.of(4, 8, 8, 8, 8, 8), List.of(16, 16), 128, Fc2.RELU);

  private enum Format {
    V1,
    V2
  }

  private TestCheckpoints() {}

  /**
   * Writes the formula weights of a network, as a V2 checkpoint.
   *
   * @param head null for none
   */
  public static void write(Path prefix, VggishArchitecture architecture, Head head) {
    write(Format.V2, prefix, architecture, head);
  }

  /** Writes the formula weights of a network without a head, as a V1 checkpoint: one file. */
  public static void writeV1(Path file, VggishArchitecture architecture) {
    write(Format.V1, file, architecture, null);
  }

  private static void write(Format format, Path path, VggishArchitecture architecture, Head head) {
    Map<String, Shape> shapes = Vggish.shapes(architecture, head);
    Map<String, TFloat32> tensors = new LinkedHashMap<>();
    try {
      FormulaWeights.of(architecture, head)
          .forEach((name, values) -> tensors.put(name, tensor(shapes.get(name), values.get())));
      write(format, path, tensors);
    } finally {
      tensors.values().forEach(Tensor::close);
    }
  }

  /** A tensor for {@link #write(Path, Map)}; the caller closes it. */
  public static TFloat32 tensor(Shape shape, float[] values) {
    return TFloat32.tensorOf(shape, t -> t.asRawTensor().data().asFloats().write(values));
  }

  /** Writes any variables, as a V2 checkpoint. */
  public static void write(Path prefix, Map<String, ? extends TType> variables) {
    write(Format.V2, prefix, variables);
  }

  private static void write(Format format, Path path, Map<String, ? extends TType> variables) {
    try (Graph graph = new Graph()) {
      Ops tf = Ops.create(graph);
      List<Operand<?>> inputs = new ArrayList<>();
      variables.values().forEach(variable -> inputs.add(tf.placeholder(variable.type())));
      Operand<TString> file = tf.constant(path.toString());
      Operand<TString> names = tf.array(variables.keySet().toArray(new String[0]));
      Operand<TString> slices =
          tf.array(Collections.nCopies(inputs.size(), "").toArray(new String[0]));
      Op save =
          format == Format.V1
              ? tf.train.saveSlices(file, names, slices, inputs)
              : tf.train.save(file, names, slices, inputs);
      try (Session session = new Session(graph)) {
        Session.Runner runner = session.runner().addTarget(save);
        int i = 0;
        for (TType variable : variables.values()) {
          runner.feed(inputs.get(i++), variable);
        }
        runner.run().close();
      }
    }
  }
}
