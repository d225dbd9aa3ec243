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

  /** Which threads start the operations of a call. */
  enum Operations {
    /**
     * The thread that calls, one after the other. With a pool of their own, calls would queue
     * behind each other.
     */
    IN_CALLERS_THREAD(-1),
    /** As many threads as the machine has processors: some operations do not wait for others. */
    SIDE_BY_SIDE(0);

    private final int interOpThreads;

    Operations(int interOpThreads) {
      this.interOpThreads = interOpThreads;
    }
  }

  /**
   * A session for a network.
   *
   * @param runtime the first of a process settles the threads for all, because TensorFlow keeps one
   *     pool
   * @return the caller's to close
   */
  static Session open(Graph graph, ModelRuntime runtime, Operations operations) {
    return open(
        graph,
        switch (runtime.device()) {
          case CPU ->
              ConfigProto.newBuilder()
                  .setIntraOpParallelismThreads(runtime.threadsHere())
                  .setInterOpParallelismThreads(operations.interOpThreads)
                  .build();
        });
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
