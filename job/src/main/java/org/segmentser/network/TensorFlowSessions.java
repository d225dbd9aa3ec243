package org.segmentser.network;

import java.util.regex.Pattern;
import org.segmentser.model.ModelRuntime;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Session;
import org.tensorflow.op.Ops;
import org.tensorflow.proto.ConfigProto;

/** Opens and configures TensorFlow's sessions. Thread-safe. */
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

  /** Which threads compute the operations of a call. */
  enum Operations {
    /**
     * The thread that calls, all by itself. As many calls as there are processors, side by side,
     * are faster than calls that divide each operation: a third for small products of matrices.
     */
    IN_CALLERS_THREAD {
      @Override
      ConfigProto config(ModelRuntime runtime) {
        return ConfigProto.newBuilder()
            .setIntraOpParallelismThreads(1)
            .setInterOpParallelismThreads(-1)
            .build();
      }
    },
    /** The runtime's threads, together: some operations do not wait for others. */
    SIDE_BY_SIDE {
      @Override
      ConfigProto config(ModelRuntime runtime) {
        return ConfigProto.newBuilder().setIntraOpParallelismThreads(runtime.threadsHere()).build();
      }
    };

    abstract ConfigProto config(ModelRuntime runtime);
  }

  /**
   * A session for a network.
   *
   * @param runtime the first of a process settles the threads for all, because TensorFlow keeps one
   *     pool: what trains in a process that has predicted before does so in one thread
   * @return the caller's to close
   */
  static Session open(Graph graph, ModelRuntime runtime, Operations operations) {
    return switch (runtime.device()) {
      case CPU -> open(graph, operations.config(runtime));
    };
  }

  /** A session that reads or writes checkpoints; the caller closes it. */
  static Session open(Graph graph) {
    return open(graph, ConfigProto.getDefaultInstance());
  }

  private static Session open(Graph graph, ConfigProto config) {
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
