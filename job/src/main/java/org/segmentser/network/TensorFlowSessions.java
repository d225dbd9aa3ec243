package org.segmentser.network;

import java.util.regex.Pattern;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Session;
import org.tensorflow.op.Ops;
import org.tensorflow.proto.ConfigProto;

/** Opens TensorFlow's sessions. Thread-safe. */
final class TensorFlowSessions {
  /**
   * What TensorFlow writes at the first graph of a process whatever its log level: its library
   * holds a second copy of Abseil's log, which nothing outside can set.
   */
  private static final Pattern NOISE =
      Pattern.compile(
          "WARNING: All log messages before absl::InitializeLog\\(\\) is called .*"
              + "|I0000 .* mlir_graph_optimization_pass\\.cc:.*");

  private static boolean hasRun;

  private TensorFlowSessions() {}

  /** A session for a graph; the caller closes it. */
  static Session open(Graph graph, ConfigProto config) {
    runOnce(config);
    return new Session(graph, config);
  }

  /** The same settings, as the first session of a process settles its threads. */
  private static synchronized void runOnce(ConfigProto config) {
    if (!hasRun) {
      NativeStderr.without(line -> NOISE.matcher(line).matches(), () -> runAnyGraph(config));
      hasRun = true;
    }
  }

  private static void runAnyGraph(ConfigProto config) {
    try (Graph graph = new Graph();
        Session session = new Session(graph, config)) {
      Operand<?> one = Ops.create(graph).constant(1);
      session.runner().fetch(one).run().close();
    }
  }
}
