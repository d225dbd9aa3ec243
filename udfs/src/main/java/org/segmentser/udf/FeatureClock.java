package org.segmentser.udf;

/**
 * How long a thread has computed log-mel patches of decoded audio: a function of Spark's cannot
 * tell the task that calls it otherwise. Each thread has its own.
 */
public final class FeatureClock {
  private static final ThreadLocal<long[]> NANOS = ThreadLocal.withInitial(() -> new long[1]);

  private FeatureClock() {}

  static void add(long nanos) {
    NANOS.get()[0] += nanos;
  }

  /** Nanoseconds of this thread since it asked last. */
  public static long take() {
    long[] nanos = NANOS.get();
    long taken = nanos[0];
    nanos[0] = 0;
    return taken;
  }
}
