package org.segmentser.bench;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.segmentser.network.FormulaWeights;
import org.segmentser.segment.Patch;

/** A network over patches in memory, batch by batch and nothing else. */
final class BareLoop {
  /** The largest batch. */
  static final int MOST = 64;

  private static final int TENSOR = 200;

  private BareLoop() {}

  /** One batch through the network. */
  @FunctionalInterface
  interface Batch {
    void run(int size) throws Exception;
  }

  /** The numbers of {@value #MOST} patches, about as large as those of speech. */
  static float[] values() {
    return FormulaWeights.uniform(TENSOR, MOST * Patch.FRAMES * Patch.BANDS, 3f);
  }

  /** Seconds, and CPU seconds of the process, that so many segments take. */
  static double[] time(int batch, int callers, int segments, Batch network) throws Exception {
    int batches = (segments + batch - 1) / batch;
    AtomicInteger left = new AtomicInteger(batches);
    Callable<Void> caller =
        () -> {
          while (left.getAndDecrement() > 0) {
            network.run(batch);
          }
          return null;
        };
    List<Callable<Void>> all = new ArrayList<>(Collections.nCopies(callers, caller));
    ExecutorService threads = Executors.newFixedThreadPool(callers);
    try {
      long cpu = cpuNanos();
      long began = System.nanoTime();
      for (Future<Void> done : threads.invokeAll(all)) {
        done.get();
      }
      double wall = (System.nanoTime() - began) / 1e9;
      double whole = (double) segments / (batches * batch);
      return new double[] {wall * whole, (cpuNanos() - cpu) / 1e9 * whole};
    } finally {
      threads.shutdown();
    }
  }

  /** CPU time of this process. */
  static long cpuNanos() {
    return ((OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
        .getProcessCpuTime();
  }
}
