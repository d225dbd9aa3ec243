package org.segmentser.udf;

import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.spark.TaskContext;
import org.segmentser.segment.ClipReader;

/**
 * The clip that a Spark task is in the middle of. The plan of chunks and the function that reads
 * them run in one task, one row at a time; this is what they share, so that a clip is decoded in
 * one pass however many chunks it has.
 */
final class TaskClip {
  private static final Map<Long, TaskClip> BY_TASK = new ConcurrentHashMap<>();

  private volatile ClipCounters counters;
  private ClipReader reader;

  private TaskClip() {}

  /** The calling task's; freed with the task, however it ends. */
  static TaskClip current() {
    TaskContext task = TaskContext.get();
    return BY_TASK.computeIfAbsent(
        task.taskAttemptId(),
        id -> {
          TaskClip clip = new TaskClip();
          task.addTaskCompletionListener(
              ended -> {
                BY_TASK.remove(id);
                clip.end();
              });
          return clip;
        });
  }

  /** The counters of tasks that run in this process, by the task's id. */
  static Map<Long, ClipCounters> counters() {
    Map<Long, ClipCounters> running = new HashMap<>();
    BY_TASK.forEach(
        (id, task) -> {
          if (task.counters != null) {
            running.put(id, task.counters);
          }
        });
    return running;
  }

  /** Whether a clip is begun and has more chunks. */
  boolean isOpen() {
    return reader != null;
  }

  void begin(ClipReader opened, ClipCounters told) {
    reader = opened;
    counters = told;
  }

  ClipReader reader() {
    return reader;
  }

  void end() {
    if (reader != null) {
      reader.close();
      reader = null;
    }
  }
}
