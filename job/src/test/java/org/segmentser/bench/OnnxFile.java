package org.segmentser.bench;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedOutputStream;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.segmentser.model.ModelSpec.Head;
import org.segmentser.network.FormulaWeights;
import org.segmentser.network.TestCheckpoints;
import org.segmentser.network.Vggish;
import org.tensorflow.ndarray.Shape;

/**
 * The full-width network of formula weights in the format of ONNX: float32 [n, 1, 96, 64] to
 * embeddings and logits. It holds only what a runtime would choose by itself: weights in its own
 * order of axes, so that nothing is transposed while it runs.
 *
 * @see <a href="https://github.com/onnx/onnx/blob/main/onnx/onnx.proto">onnx.proto, whose field
 *     numbers these are</a>
 */
final class OnnxFile {
  static final String INPUT = "patches";
  static final String EMBEDDINGS = "embeddings";
  static final String LOGITS = "logits";

  private static final int IR_VERSION = 8;
  private static final int OPSET = 13;
  private static final int FLOAT = 1;
  private static final int EXTERNAL = 1;
  private static final int ATTRIBUTE_INTS = 7;
  private static final String WEIGHTS_FILE = "weights.bin";

  /** Positions that the last pooling leaves: 6 x 4. */
  private static final int POSITIONS = 24;

  private static final Set<String> POOLED =
      Set.of("vggish/conv1", "vggish/conv2", "vggish/conv3/conv3_2", "vggish/conv4/conv4_2");
  private static final String FIRST_DENSE = "vggish/fc1/fc1_1";
  private static final String EMBEDDING_LAYER = "vggish/fc2";
  private static final String LAST_LAYER = "head/logits";

  private final List<ByteString> nodes = new ArrayList<>();
  private final List<ByteString> initializers = new ArrayList<>();
  private long offset;

  private OnnxFile() {}

  /** A message's fields, written one after the other. */
  @FunctionalInterface
  private interface Fields {
    void write(CodedOutputStream out) throws IOException;
  }

  /**
   * Writes the file, and its weights beside it.
   *
   * @param directory exists
   */
  static Path write(Path directory, List<String> labels, int hidden) throws IOException {
    Path file = directory.resolve("vggish.onnx");
    OnnxFile onnx = new OnnxFile();
    try (OutputStream out =
        new BufferedOutputStream(Files.newOutputStream(directory.resolve(WEIGHTS_FILE)))) {
      onnx.layers(new Head(hidden, labels), out);
    }
    Files.write(file, onnx.model().toByteArray());
    return file;
  }

  private void layers(Head head, OutputStream weightsFile) throws IOException {
    Map<String, Shape> shapes = Vggish.shapes(TestCheckpoints.FULL, head);
    Map<String, Supplier<float[]>> values = FormulaWeights.of(TestCheckpoints.FULL, head);
    String net = INPUT;
    for (String name : shapes.keySet()) {
      String layer = name.replaceFirst("/(weights|biases)$", "");
      long[] shape = shapes.get(name).asArray();
      float[] numbers = values.get(name).get();
      if (name.endsWith("/biases")) {
        initializer(name, shape, numbers, weightsFile);
        net = layer(layer, net);
      } else if (shape.length == 4) {
        long[] outFirst = {shape[3], shape[2], shape[0], shape[1]};
        initializer(name, outFirst, convolution(numbers, shape), weightsFile);
      } else if (layer.equals(FIRST_DENSE)) {
        initializer(name, shape, channelsFirst(numbers, shape), weightsFile);
      } else {
        initializer(name, shape, numbers, weightsFile);
      }
    }
  }

  /** Adds the nodes of a layer; returns the name of what comes out. */
  private String layer(String layer, String in) {
    List<String> inputs = List.of(in, layer + "/weights", layer + "/biases");
    if (layer.contains("/conv")) {
      node("Conv", inputs, layer, Map.of("kernel_shape", List.of(3, 3), "pads", ones(4)));
      String out = node("Relu", List.of(layer), layer + "/relu", Map.of());
      if (POOLED.contains(layer)) {
        Map<String, List<Integer>> twos =
            Map.of("kernel_shape", List.of(2, 2), "strides", List.of(2, 2));
        out = node("MaxPool", List.of(out), layer + "/pool", twos);
      }
      return out;
    }
    if (layer.equals(FIRST_DENSE)) {
      String flat = node("Flatten", List.of(in), "flat", Map.of());
      inputs = List.of(flat, inputs.get(1), inputs.get(2));
    }
    if (layer.equals(LAST_LAYER)) {
      return node("Gemm", inputs, LOGITS, Map.of());
    }
    node("Gemm", inputs, layer, Map.of());
    String out = layer.equals(EMBEDDING_LAYER) ? EMBEDDINGS : layer + "/relu";
    return node("Relu", List.of(layer), out, Map.of());
  }

  private static List<Integer> ones(int count) {
    return Collections.nCopies(count, 1);
  }

  /** From [height, width, in, out] to [out, in, height, width]. */
  private static float[] convolution(float[] values, long[] shape) {
    int window = (int) (shape[0] * shape[1]);
    int in = (int) shape[2];
    int out = (int) shape[3];
    float[] turned = new float[values.length];
    for (int at = 0; at < window; at++) {
      for (int i = 0; i < in; i++) {
        for (int o = 0; o < out; o++) {
          turned[(o * in + i) * window + at] = values[(at * in + i) * out + o];
        }
      }
    }
    return turned;
  }

  /** Rows from (position, channel) to (channel, position). */
  private static float[] channelsFirst(float[] values, long[] shape) {
    int width = (int) shape[1];
    int channels = (int) shape[0] / POSITIONS;
    float[] turned = new float[values.length];
    for (int position = 0; position < POSITIONS; position++) {
      for (int channel = 0; channel < channels; channel++) {
        System.arraycopy(
            values,
            (position * channels + channel) * width,
            turned,
            (channel * POSITIONS + position) * width,
            width);
      }
    }
    return turned;
  }

  private void initializer(String name, long[] shape, float[] values, OutputStream weightsFile)
      throws IOException {
    long length = 4L * values.length;
    long begin = offset;
    initializers.add(
        message(
            out -> {
              for (long dimension : shape) {
                out.writeInt64(1, dimension);
              }
              out.writeInt32(2, FLOAT);
              out.writeString(8, name);
              out.writeBytes(13, entry("location", WEIGHTS_FILE));
              out.writeBytes(13, entry("offset", Long.toString(begin)));
              out.writeBytes(13, entry("length", Long.toString(length)));
              out.writeInt32(14, EXTERNAL);
            }));
    ByteBuffer bytes = ByteBuffer.allocate((int) length).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(values);
    weightsFile.write(bytes.array());
    offset += length;
  }

  private static ByteString entry(String key, String value) {
    return message(
        out -> {
          out.writeString(1, key);
          out.writeString(2, value);
        });
  }

  private String node(
      String type, List<String> inputs, String output, Map<String, List<Integer>> attributes) {
    nodes.add(
        message(
            out -> {
              for (String input : inputs) {
                out.writeString(1, input);
              }
              out.writeString(2, output);
              out.writeString(3, output + ":" + type);
              out.writeString(4, type);
              for (Map.Entry<String, List<Integer>> attribute : attributes.entrySet()) {
                out.writeBytes(5, attribute(attribute.getKey(), attribute.getValue()));
              }
            }));
    return output;
  }

  private static ByteString attribute(String name, List<Integer> values) {
    return message(
        out -> {
          out.writeString(1, name);
          for (int value : values) {
            out.writeInt64(8, value);
          }
          out.writeInt32(20, ATTRIBUTE_INTS);
        });
  }

  private ByteString model() {
    ByteString graph =
        message(
            out -> {
              for (ByteString node : nodes) {
                out.writeBytes(1, node);
              }
              out.writeString(2, "vggish");
              for (ByteString initializer : initializers) {
                out.writeBytes(5, initializer);
              }
              out.writeBytes(11, value(INPUT, List.of(1, 96, 64)));
              out.writeBytes(12, value(EMBEDDINGS, List.of(128)));
              out.writeBytes(12, value(LOGITS, List.of(4)));
            });
    return message(
        out -> {
          out.writeInt64(1, IR_VERSION);
          out.writeBytes(7, graph);
          out.writeBytes(8, message(opset -> opset.writeInt64(2, OPSET)));
        });
  }

  /** A float tensor whose first dimension is the batch's. */
  private static ByteString value(String name, List<Integer> shape) {
    ByteString dimensions =
        message(
            out -> {
              out.writeBytes(1, message(batch -> batch.writeString(2, "n")));
              for (int size : shape) {
                out.writeBytes(1, message(dimension -> dimension.writeInt64(1, size)));
              }
            });
    ByteString tensor =
        message(
            out -> {
              out.writeInt32(1, FLOAT);
              out.writeBytes(2, dimensions);
            });
    return message(
        out -> {
          out.writeString(1, name);
          out.writeBytes(2, message(type -> type.writeBytes(1, tensor)));
        });
  }

  private static ByteString message(Fields fields) {
    ByteString.Output bytes = ByteString.newOutput();
    try {
      CodedOutputStream out = CodedOutputStream.newInstance(bytes);
      fields.write(out);
      out.flush();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteString();
  }
}
