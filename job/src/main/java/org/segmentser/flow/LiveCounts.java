package org.segmentser.flow;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.apache.spark.scheduler.AccumulableInfo;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerExecutorMetricsUpdate;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import org.apache.spark.scheduler.SparkListenerTaskStart;
import org.apache.spark.util.LongAccumulator;
import scala.collection.immutable.Seq;
import scala.jdk.javaapi.CollectionConverters;

/**
 * What clip counters count while tasks run. The driver's own values cover only tasks that have
 * ended; those of running tasks come with the executors' heartbeats or, for tasks in this process,
 * are read directly. Thread-safe.
 */
final class LiveCounts extends SparkListener {
  private final ClipCounters counters;
  private final Set<Long> ids;

  /** Counts of running tasks by task, then by accumulator; and of ended ones by accumulator. */
  private final Map<Long, Map<Long, Long>> running = new HashMap<>();

  private final Map<Long, Long> ended = new TreeMap<>();

  LiveCounts(ClipCounters counters) {
    this.counters = counters;
    ids = counters.all().stream().map(LongAccumulator::id).collect(Collectors.toSet());
  }

  /** What the counters have counted so far. */
  synchronized PassCounts now() {
    ClipCounters.ofRunningTasks().forEach(this::look);
    return counters.counts(this::of);
  }

  private long of(LongAccumulator counter) {
    return ended.getOrDefault(counter.id(), 0L)
        + running.values().stream().mapToLong(task -> task.getOrDefault(counter.id(), 0L)).sum();
  }

  private void look(Long task, ClipCounters ofTask) {
    for (LongAccumulator counter : ofTask.all()) {
      update(task, counter.id(), counter.value());
    }
  }

  /** A task that is not known to run may have ended meanwhile. */
  private void update(Long task, long id, Long count) {
    Map<Long, Long> counts = running.get(task);
    if (counts != null && ids.contains(id)) {
      counts.merge(id, count, Math::max);
    }
  }

  @Override
  public synchronized void onTaskStart(SparkListenerTaskStart start) {
    running.put(start.taskInfo().taskId(), new TreeMap<>());
  }

  @Override
  public synchronized void onExecutorMetricsUpdate(SparkListenerExecutorMetricsUpdate beat) {
    for (var task : CollectionConverters.asJava(beat.accumUpdates())) {
      counts(task._4()).forEach((id, count) -> update((Long) task._1(), id, count));
    }
  }

  @Override
  public synchronized void onTaskEnd(SparkListenerTaskEnd end) {
    running.remove(end.taskInfo().taskId());
    counts(end.taskInfo().accumulables().toSeq())
        .forEach((id, count) -> ended.merge(id, count, Long::sum));
  }

  private Map<Long, Long> counts(Seq<AccumulableInfo> updates) {
    Map<Long, Long> counts = new TreeMap<>();
    for (AccumulableInfo update : CollectionConverters.asJava(updates)) {
      if (ids.contains(update.id()) && update.update().isDefined()) {
        counts.put(update.id(), (Long) update.update().get());
      }
    }
    return counts;
  }
}
