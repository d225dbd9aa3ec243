package org.segmentser.network;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.segmentser.Scratch;
import org.segmentser.Sha256;
import org.segmentser.model.ModelException;
import org.segmentser.model.ModelRuntime;
import org.segmentser.network.TensorFlowSessions.Operations;
import org.segmentser.network.Vggish.Variable;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Output;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.exceptions.TensorFlowException;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.StdArrays;
import org.tensorflow.ndarray.buffer.ByteDataBuffer;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.op.train.Restore;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt64;
import org.tensorflow.types.TString;

/**
 * A TensorFlow checkpoint on the local file system: one file (V1) or a prefix (V2). TensorFlow's
 * own operations read and write it; no weight passes through the Java heap. Immutable.
 */
final class Checkpoint {
  private static final long BYTES_AT_A_TIME = 16 << 20;
  private static final int HASHED_AT_A_TIME = 1 << 20;

  /** Other names of directories, to the end of the process. */
  private static final Map<Path, Path> OTHER_NAMES = new ConcurrentHashMap<>();

  private final Path path;

  /**
   * A checkpoint.
   *
   * @throws ModelException if its name, without its directory, is a pattern
   */
  Checkpoint(Path path) {
    this.path = path.toAbsolutePath();
    if (isPattern(this.path.getFileName())) {
      throw new ModelException(
          "TensorFlow takes the name of checkpoint "
              + this.path
              + " for a pattern; give it one without any of * ? [ \\");
    }
  }

  private static boolean isPattern(Path path) {
    return path.toString().chars().anyMatch(c -> "*?[\\".indexOf(c) >= 0);
  }

  /** By what name TensorFlow finds it, which looks for checkpoints by patterns. */
  private String nameToRead() {
    Path directory = path.getParent();
    return isPattern(directory)
        ? OTHER_NAMES
            .computeIfAbsent(directory, Checkpoint::otherName)
            .resolve(path.getFileName())
            .toString()
        : path.toString();
  }

  private static Path otherName(Path directory) {
    try {
      return Files.createSymbolicLink(new Scratch().path().resolve("checkpoint"), directory);
    } catch (IOException e) {
      throw new ModelException(
          "no other name can be made for " + directory + ", which TensorFlow takes for a pattern",
          e);
    }
  }

  /**
   * The shape of a float32 variable.
   *
   * @return empty if the checkpoint has no variable of this name
   * @throws ModelException if the checkpoint cannot be read or the variable is of another type
   */
  Optional<Shape> shape(String name) {
    TensorFlowLibrary.load();
    try (Graph graph = new Graph()) {
      Ops tf = Ops.create(graph);
      Operand<TInt64> shape = shape(tf, read(tf, List.of(name)).get(0));
      try (Session session = TensorFlowSessions.open(graph);
          Result result = session.runner().fetch(shape).run()) {
        return Optional.of(shapeOf(result));
      }
    } catch (TensorFlowException | IllegalArgumentException e) {
      if (isMissing(e)) {
        return Optional.empty();
      }
      throw unreadable(name, e);
    }
  }

  /**
   * Writes some of its variables to a new V2 checkpoint.
   *
   * @throws ModelException if a variable cannot be read or the target cannot be written
   */
  void copyTo(Path prefix, Collection<String> names) {
    List<String> order = List.copyOf(names);
    TensorFlowLibrary.load();
    try (Graph graph = new Graph()) {
      Ops tf = Ops.create(graph);
      Op save =
          tf.train.save(
              tf.constant(prefix.toAbsolutePath().toString()),
              tf.array(order.toArray(new String[0])),
              noSlices(tf, order.size()),
              List.copyOf(read(tf, order)));
      try (Session session = TensorFlowSessions.open(graph)) {
        session.run(save);
      }
    } catch (TensorFlowException | IllegalArgumentException e) {
      throw new ModelException("checkpoint " + path + " cannot be copied: " + reason(e), e);
    }
  }

  /**
   * A hash of the values of some variables, one after the other.
   *
   * @return in hexadecimal digits
   * @throws ModelException if a variable cannot be read
   */
  String sha256(Collection<String> names) {
    TensorFlowLibrary.load();
    Sha256 sha256 = new Sha256();
    try (Graph graph = new Graph()) {
      Ops tf = Ops.create(graph);
      // Threads as predictions have them, in case this session is the first of the process.
      try (Session session =
          TensorFlowSessions.open(
              graph, ModelRuntime.wholeMachine(), Operations.IN_CALLERS_THREAD)) {
        for (String name : names) {
          add(session, read(tf, List.of(name)).get(0), name, sha256);
        }
      }
    }
    return sha256.hex();
  }

  private void add(Session session, Operand<TFloat32> variable, String name, Sha256 sha256) {
    try (Result result = session.runner().fetch(variable).run()) {
      ByteDataBuffer values = ((TFloat32) result.get(0)).asRawTensor().data();
      byte[] part = new byte[(int) Math.min(values.size(), HASHED_AT_A_TIME)];
      for (long from = 0; from < values.size(); from += part.length) {
        int length = (int) Math.min(part.length, values.size() - from);
        values.offset(from).read(part, 0, length);
        sha256.add(part, length);
      }
    } catch (TensorFlowException | IllegalArgumentException e) {
      throw isMissing(e) ? missing(name) : unreadable(name, e);
    }
  }

  /** Writes variables of a session to V2 checkpoints, by their names. */
  static final class Saver {
    private final Placeholder<TString> prefix;
    private final Op save;

    /** Adds what saves the values of {@code variables} to the graph of {@code tf}. */
    Saver(Ops tf, List<Variable> variables) {
      prefix = tf.placeholder(TString.class, Placeholder.shape(Shape.scalar()));
      save =
          tf.train.save(
              prefix,
              tf.array(variables.stream().map(Variable::name).toArray(String[]::new)),
              noSlices(tf, variables.size()),
              variables.stream().<Operand<?>>map(Variable::value).toList());
    }

    /**
     * Writes a checkpoint, replacing any that is there.
     *
     * @throws ModelException if it cannot be written
     */
    void save(Session session, Path path) {
      try (TString value = TString.scalarOf(path.toAbsolutePath().toString())) {
        session.runner().addTarget(save).feed(prefix, value).run().close();
      } catch (TensorFlowException | IllegalArgumentException e) {
        throw new ModelException("checkpoint " + path + " cannot be written: " + reason(e), e);
      }
    }
  }

  /**
   * Assigns its values to variables of a session, a few at a time: beside the variables, no more
   * than {@value #BYTES_AT_A_TIME} bytes, or one tensor, are in memory.
   *
   * @param tf of the graph that the session runs
   * @throws ModelException if a variable is missing, of another type or shape, or cannot be read
   */
  void restore(Ops tf, Session session, Collection<Variable> variables) {
    Map<Variable, Op> group = new LinkedHashMap<>();
    long bytes = 0;
    for (Variable variable : variables) {
      bytes += variable.shape().size() * Float.BYTES;
      if (bytes > BYTES_AT_A_TIME) {
        assign(session, group);
        group.clear();
        bytes = variable.shape().size() * Float.BYTES;
      }
      Operand<TFloat32> value = read(tf, List.of(variable.name())).get(0);
      group.put(
          variable,
          tf.assignVariableOp(variable.handle(), tf.ensureShape(value, variable.shape())));
    }
    assign(session, group);
  }

  /** In one call, as TensorFlow goes over the whole graph for each. */
  private void assign(Session session, Map<Variable, Op> assignments) {
    if (assignments.isEmpty()) {
      return;
    }
    Session.Runner runner = session.runner();
    assignments.values().forEach(runner::addTarget);
    try {
      runner.run().close();
    } catch (TensorFlowException | IllegalArgumentException e) {
      // One by one, to find out which.
      assignments.forEach((variable, assignment) -> assign(session, variable, assignment));
    }
  }

  private void assign(Session session, Variable variable, Op assignment) {
    try {
      session.run(assignment);
    } catch (TensorFlowException | IllegalArgumentException e) {
      // TensorFlow's message has the shapes but not the variable.
      Shape actual = shape(variable.name()).orElseThrow(() -> missing(variable.name()));
      checkShape(variable.name(), variable.shape(), actual);
      throw unreadable(variable.name(), e);
    }
  }

  /** Refuses a variable whose shape is not the architecture's. */
  void checkShape(String name, Shape expected, Shape actual) {
    if (!actual.equals(expected)) {
      throw new ModelException(
          String.format(
              Locale.ROOT,
              "variable %s of checkpoint %s has the shape %s; expected %s",
              name,
              path,
              text(actual),
              text(expected)));
    }
  }

  ModelException missing(String name) {
    return new ModelException("checkpoint " + path + " has no variable " + name);
  }

  private List<Output<TFloat32>> read(Ops tf, List<String> names) {
    Restore restore =
        tf.train.restore(
            tf.constant(nameToRead()),
            tf.array(names.toArray(new String[0])),
            noSlices(tf, names.size()),
            Collections.nCopies(names.size(), TFloat32.class));
    return restore.tensors().stream().map(tensor -> tensor.expect(TFloat32.class)).toList();
  }

  private ModelException unreadable(String name, RuntimeException e) {
    String reason = reason(e);
    if (reason.contains("Failed to find any matching files")) {
      return new ModelException("no checkpoint at " + path, e);
    }
    return new ModelException(
        String.format(
            Locale.ROOT,
            "variable %s cannot be read; checkpoint %s is damaged or not a checkpoint: %s",
            name,
            path,
            reason),
        e);
  }

  /** TensorFlow has no exception of its own for it; its V1 and V2 readers both say so. */
  private static boolean isMissing(RuntimeException e) {
    return reason(e).contains("not found in checkpoint");
  }

  /** TensorFlow's message without the list of nodes that follows. */
  private static String reason(RuntimeException e) {
    return String.valueOf(e.getMessage()).lines().findFirst().orElse("no reason given");
  }

  private static Operand<TString> noSlices(Ops tf, int count) {
    return tf.array(Collections.nCopies(count, "").toArray(new String[0]));
  }

  private static Operand<TInt64> shape(Ops tf, Operand<TFloat32> value) {
    return tf.shape(value, TInt64.class);
  }

  private static Shape shapeOf(Result result) {
    return Shape.of(StdArrays.array1dCopyOf((TInt64) result.get(0)));
  }

  private static String text(Shape shape) {
    return Arrays.toString(shape.asArray());
  }
}
