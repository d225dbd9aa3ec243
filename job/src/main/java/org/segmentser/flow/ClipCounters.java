package org.segmentser.udf;

import java.io.Serializable;
import java.util.List;
import java.util.Map;
import org.apache.spark.SparkContext;
import org.apache.spark.util.LongAccumulator;
import org.segmentser.segment.ClipOutcome;
import org.segmentser.segment.Status;

/**
 * What the tasks of one pass over audio count, repetitions of failed tasks included.
 *
 * @param opened clips opened
 * @param decoded clips that have their outcome
 * @param rejected of those, clips that are not scored
 * @param bytes of the files of clips that have their outcome, as listed
 * @param samples decoded, at 16 kHz
 */
public record ClipCounters(
    LongAccumulator opened,
    LongAccumulator decoded,
    LongAccumulator rejected,
    LongAccumulator bytes,
    LongAccumulator samples)
    implements Serializable {

  /** Counters at zero, registered with Spark. */
  public static ClipCounters of(SparkContext spark) {
    return new ClipCounters(
        spark.longAccumulator("clips opened"),
        spark.longAccumulator("clips decoded"),
        spark.longAccumulator("clips rejected"),
        spark.longAccumulator("bytes of decoded clips"),
        spark.longAccumulator("samples decoded"));
  }

  /** What tasks that run in this process have counted so far, by the task's id. */
  public static Map<Long, ClipCounters> ofRunningTasks() {
    return TaskClip.counters();
  }

  /** All of them. */
  public List<LongAccumulator> all() {
    return List.of(opened, decoded, rejected, bytes, samples);
  }

  /** Counts a clip that has its outcome; {@code clipBytes} is null if they are unknown. */
  void end(Long clipBytes, ClipOutcome outcome) {
    decoded.add(1);
    bytes.add(clipBytes == null ? 0 : clipBytes);
    if (outcome.status() != Status.SCORED) {
      rejected.add(1);
    }
  }
}
