package org.segmentser.score;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.apache.spark.scheduler.AccumulableInfo;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerExecutorMetricsUpdate;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import org.apache.spark.scheduler.SparkListenerTaskStart;
import org.apache.spark.util.LongAccumulator;
import scala.collection.immutable.Seq;
import scala.jdk.javaapi.CollectionConverters;

/**
 * What accumulators count while tasks run: a driver's own values have only ended tasks, and those
 * of running ones come with the executors' heartbeats. Thread-safe.
 */
final class LiveCounts extends SparkListener {
  private final Set<Long> accumulators;

  /** Counts of running tasks by task, then by accumulator; and of ended ones by accumulator. */
  private final Map<Long, Map<Long, Long>> running = new HashMap<>();

  private final Map<Long, Long> ended = new TreeMap<>();

  /**
   * Counts nothing but these accumulators.
   *
   * @param accumulators their ids; each has a name, as Spark tells only of those
   */
  LiveCounts(Set<Long> accumulators) {
    this.accumulators = accumulators;
  }

  /** What has been counted so far; 0 for an accumulator that is not listened to. */
  synchronized long of(LongAccumulator accumulator) {
    return ended.getOrDefault(accumulator.id(), 0L)
        + running.values().stream().mapToLong(t -> t.getOrDefault(accumulator.id(), 0L)).sum();
  }

  @Override
  public synchronized void onTaskStart(SparkListenerTaskStart start) {
    running.put(start.taskInfo().taskId(), Map.of());
  }

  @Override
  public synchronized void onExecutorMetricsUpdate(SparkListenerExecutorMetricsUpdate beat) {
    for (var task : CollectionConverters.asJava(beat.accumUpdates())) {
      // A heartbeat may come after its task's end.
      running.replace((Long) task._1(), counts(task._4()));
    }
  }

  @Override
  public synchronized void onTaskEnd(SparkListenerTaskEnd end) {
    running.remove(end.taskInfo().taskId());
    counts(end.taskInfo().accumulables().toSeq()).forEach((id, n) -> ended.merge(id, n, Long::sum));
  }

  private Map<Long, Long> counts(Seq<AccumulableInfo> updates) {
    Map<Long, Long> counts = new TreeMap<>();
    for (AccumulableInfo update : CollectionConverters.asJava(updates)) {
      if (accumulators.contains(update.id()) && update.update().isDefined()) {
        counts.put(update.id(), (Long) update.update().get());
      }
    }
    return counts;
  }
}
