package org.segmentser.network;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.segmentser.model.ModelSpec.FrontEndSpec;
import org.segmentser.model.ModelSpec.Head;
import org.segmentser.network.VggishArchitecture.Fc2;
import org.segmentser.segment.Patch;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.op.core.VarHandleOp;
import org.tensorflow.op.math.Mean;
import org.tensorflow.types.TFloat32;

/**
 * The graph of a VGGish of any widths, with or without a head, as published: six 3 x 3 convolutions
 * with ReLU, a 2 x 2 maximum after the 1st, 2nd, 4th and 6th, two fully connected layers with ReLU,
 * and fc2, with ReLU or linear. The head is fed the embedding as fc2 leaves it.
 *
 * <p>Weights are resource variables named as in the official checkpoint. Nothing here holds native
 * memory of its own; all of it belongs to the graph that it was built in.
 *
 * @see <a
 *     href="https://github.com/tensorflow/models/blob/master/research/audioset/vggish/vggish_slim.py">
 *     vggish_slim.py</a>
 */
public final class Vggish {
  /** Windows in a patch. */
  static final int FRAMES = Patch.FRAMES;

  /** Mel bands in a window. */
  static final int BANDS = Patch.BANDS;

  static final List<String> CONVS =
      List.of(
          "vggish/conv1",
          "vggish/conv2",
          "vggish/conv3/conv3_1",
          "vggish/conv3/conv3_2",
          "vggish/conv4/conv4_1",
          "vggish/conv4/conv4_2");
  static final List<String> FCS = List.of("vggish/fc1/fc1_1", "vggish/fc1/fc1_2", "vggish/fc2");
  static final String HEAD_HIDDEN = "head/fc";
  static final String HEAD_LOGITS = "head/logits";

  private static final Set<String> POOLED =
      Set.of("vggish/conv1", "vggish/conv2", "vggish/conv3/conv3_2", "vggish/conv4/conv4_2");

  /**
   * A layer's weights or biases.
   *
   * @param handle to assign to
   * @param value to read, and to take gradients of
   */
  record Variable(String name, Shape shape, VarHandleOp handle, Operand<TFloat32> value) {
    /**
     * A variable in the graph of {@code tf}.
     *
     * @param sharedName the name that the session knows it by
     */
    static Variable of(Ops tf, String name, String sharedName, Shape shape) {
      VarHandleOp handle =
          tf.varHandleOp(TFloat32.class, shape, VarHandleOp.sharedName(sharedName));
      return new Variable(name, shape, handle, tf.readVariableOp(handle, TFloat32.class));
    }
  }

  private final Ops tf;
  private final Map<String, Variable> variables = new LinkedHashMap<>();
  private final Placeholder<TFloat32> input;
  private final List<Operand<TFloat32>> convolved = new ArrayList<>();
  private final Operand<TFloat32> levelled;
  private final Operand<TFloat32> embedding;
  private final Operand<TFloat32> logits;

  /**
   * Builds the network in the graph of {@code tf}.
   *
   * @param head null for none
   */
  Vggish(Ops tf, VggishArchitecture architecture, Head head) {
    this(tf, architecture, head, name -> name, layer -> layer);
  }

  /**
   * Builds the network beside others in the same graph.
   *
   * @param sharedName from a variable's name to the one that the session knows it by: networks of
   *     one graph share the variables to which they give the same name
   * @param regularised what becomes of a hidden dense layer's input, such as dropout
   */
  Vggish(
      Ops tf,
      VggishArchitecture architecture,
      Head head,
      UnaryOperator<String> sharedName,
      UnaryOperator<Operand<TFloat32>> regularised) {
    this.tf = tf;
    shapes(architecture, head)
        .forEach(
            (name, shape) ->
                variables.put(name, Variable.of(tf, name, sharedName.apply(name), shape)));
    input = tf.placeholder(TFloat32.class, Placeholder.shape(Shape.of(-1, FRAMES, BANDS)));
    levelled = architecture.inputLevel() == null ? input : levelled(input, architecture);
    Operand<TFloat32> net = tf.reshape(levelled, tf.array(-1, FRAMES, BANDS, 1));
    for (String scope : CONVS) {
      net = DirectConvolution.apply(tf, net, value(weights(scope)), value(biases(scope)));
      // The maximum of ReLUs is the ReLU of the maximum, over a quarter of the numbers.
      net = tf.nn.relu(POOLED.contains(scope) ? pool(net) : net);
      convolved.add(net);
    }
    net =
        tf.reshape(
            net, tf.array(-1, VggishArchitecture.POOLED_POSITIONS * last(architecture.conv())));
    for (String scope : FCS.subList(0, 2)) {
      net = tf.nn.relu(fullyConnected(regularised.apply(net), scope));
    }
    net = fullyConnected(regularised.apply(net), FCS.get(2));
    embedding = architecture.fc2() == Fc2.RELU ? tf.nn.relu(net) : net;
    logits =
        head == null
            ? null
            : fullyConnected(
                tf.nn.relu(fullyConnected(regularised.apply(embedding), HEAD_HIDDEN)), HEAD_LOGITS);
  }

  /**
   * The names and shapes of the network's variables, from the input to the output.
   *
   * @param head null for none
   */
  public static Map<String, Shape> shapes(VggishArchitecture architecture, Head head) {
    Map<String, Shape> shapes = new LinkedHashMap<>();
    long in = 1;
    for (int i = 0; i < CONVS.size(); i++) {
      long out = architecture.conv().get(i);
      layer(shapes, CONVS.get(i), Shape.of(3, 3, in, out));
      in = out;
    }
    in *= VggishArchitecture.POOLED_POSITIONS;
    for (int i = 0; i < FCS.size(); i++) {
      long out = i < 2 ? architecture.fc().get(i) : architecture.embedding();
      layer(shapes, FCS.get(i), Shape.of(in, out));
      in = out;
    }
    if (head != null) {
      layer(shapes, HEAD_HIDDEN, Shape.of(in, head.hidden()));
      layer(shapes, HEAD_LOGITS, Shape.of(head.hidden(), head.labels().size()));
    }
    return shapes;
  }

  /** Whether a variable is one of the head's. */
  static boolean isOfHead(String variable) {
    return variable.startsWith("head/");
  }

  static String weights(String scope) {
    return scope + "/weights";
  }

  static String biases(String scope) {
    return scope + "/biases";
  }

  /** Patches: float32 [n, {@value #FRAMES}, {@value #BANDS}]. */
  Placeholder<TFloat32> input() {
    return input;
  }

  /**
   * What each convolution leaves, after ReLU and maximum: float32 [n, height, width, channels]. Any
   * may be fed in place of {@link #input}.
   */
  List<Operand<TFloat32>> convolved() {
    return convolved;
  }

  /** Whether a maximum follows a convolution. */
  static boolean isPooled(String scope) {
    return POOLED.contains(scope);
  }

  /**
   * The patches at the level of {@link VggishArchitecture#inputLevel}; {@link #input} itself
   * without one. May be fed in place of it.
   */
  Operand<TFloat32> levelled() {
    return levelled;
  }

  /** Float32 [n, embedding]. May be fed in place of {@link #input} to run the head alone. */
  Operand<TFloat32> embedding() {
    return embedding;
  }

  /** Float32 [n, labels]; null without a head. */
  Operand<TFloat32> logits() {
    return logits;
  }

  /** By name, from the input to the output. */
  Map<String, Variable> variables() {
    return variables;
  }

  private static void layer(Map<String, Shape> shapes, String scope, Shape weights) {
    shapes.put(weights(scope), weights);
    shapes.put(biases(scope), weights.takeLast(1));
  }

  /**
   * Patches at one level, whatever the microphone's; see {@link VggishArchitecture#inputLevel} and
   * {@link VggishArchitecture#inputOffset}.
   */
  private Operand<TFloat32> levelled(Operand<TFloat32> patches, VggishArchitecture architecture) {
    double level = architecture.inputLevel();
    Operand<TFloat32> offset = tf.constant((float) FrontEndSpec.VGGISH.logOffset());
    Operand<TFloat32> mel =
        tf.math.maximum(tf.math.sub(tf.math.exp(patches), offset), tf.constant(0f));
    Operand<TFloat32> mean = tf.math.mean(mel, tf.array(1, 2), Mean.keepDims(true));
    Operand<TFloat32> gain =
        tf.math.div(
            tf.constant((float) level),
            tf.math.maximum(mean, tf.constant((float) (level / VggishArchitecture.MAX_GAIN))));
    return tf.math.log(
        tf.math.add(tf.math.mul(mel, gain), tf.constant((float) architecture.logOffset())));
  }

  private Operand<TFloat32> value(String name) {
    return variables.get(name).value();
  }

  /**
   * TensorFlow's first operation of the name, with the window as an attribute: oneDNN replaces it
   * and its gradient by its own, which it does not for the second, that {@code tf.nn} makes.
   */
  private Operand<TFloat32> pool(Operand<TFloat32> in) {
    long[] two = {1, 2, 2, 1};
    return tf.scope()
        .opBuilder("MaxPool", tf.scope().makeOpName("MaxPool"))
        .addInput(in.asOutput())
        .setAttr("ksize", two)
        .setAttr("strides", two)
        .setAttr("padding", "SAME")
        .build()
        .<TFloat32>output(0);
  }

  private Operand<TFloat32> fullyConnected(Operand<TFloat32> in, String scope) {
    return tf.nn.biasAdd(tf.linalg.matMul(in, value(weights(scope))), value(biases(scope)));
  }

  private static int last(List<Integer> widths) {
    return widths.get(widths.size() - 1);
  }
}
