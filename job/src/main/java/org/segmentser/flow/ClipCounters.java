package org.segmentser.flow;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.ToLongFunction;
import org.apache.spark.SparkContext;
import org.apache.spark.TaskContext;
import org.apache.spark.util.LongAccumulator;
import org.apache.spark.util.TaskCompletionListener;
import org.segmentser.dsp.FrontEnd;
import org.segmentser.segment.ClipOutcome;
import org.segmentser.segment.SectionOutcome;
import org.segmentser.segment.Status;
import org.segmentser.source.WorkItem;
import org.segmentser.udf.FeatureClock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the tasks of one pass over audio count, repetitions of failed tasks included.
 *
 * @param opened clips opened
 * @param decoded clips that have their outcome
 * @param rejected of those, clips that are not scored
 * @param bytes of the files of clips that have their outcome, as listed
 * @param samples decoded, at 16 kHz
 * @param segments that went through the scorer
 * @param decodeNs of opening and decoding, looking for speech included
 * @param featureNs of log-mel patches
 * @param inferenceNs of the network, as long as tasks waited for it
 * @param outcomes by status, as far as one task can tell; every status
 */
public record ClipCounters(
    LongAccumulator opened,
    LongAccumulator decoded,
    LongAccumulator rejected,
    LongAccumulator bytes,
    LongAccumulator samples,
    LongAccumulator segments,
    LongAccumulator decodeNs,
    LongAccumulator featureNs,
    LongAccumulator inferenceNs,
    EnumMap<Status, LongAccumulator> outcomes)
    implements Serializable {

  private static final Logger LOG = LoggerFactory.getLogger(ClipCounters.class);

  /** Those of tasks that run in this process, which Spark itself reports only late. */
  private static final Map<Long, ClipCounters> RUNNING = new ConcurrentHashMap<>();

  /** Counters at zero, registered with Spark. */
  public static ClipCounters of(SparkContext spark) {
    EnumMap<Status, LongAccumulator> outcomes = new EnumMap<>(Status.class);
    for (Status status : Status.values()) {
      outcomes.put(status, spark.longAccumulator("outcomes " + status.label()));
    }
    return new ClipCounters(
        spark.longAccumulator("clips opened"),
        spark.longAccumulator("clips decoded"),
        spark.longAccumulator("clips rejected"),
        spark.longAccumulator("bytes of decoded clips"),
        spark.longAccumulator("samples decoded"),
        spark.longAccumulator("segments"),
        spark.longAccumulator("decoding (ns)"),
        spark.longAccumulator("features (ns)"),
        spark.longAccumulator("inference (ns)"),
        outcomes);
  }

  /** What tasks that run in this process have counted so far, by the task's id. */
  static Map<Long, ClipCounters> ofRunningTasks() {
    return Map.copyOf(RUNNING);
  }

  /** All of them. */
  public List<LongAccumulator> all() {
    List<LongAccumulator> all = new ArrayList<>(outcomes.values());
    all.addAll(List.of(opened, decoded, rejected, bytes, samples));
    all.addAll(List.of(segments, decodeNs, featureNs, inferenceNs));
    return all;
  }

  /** All of them, as some way to look at one has it. */
  PassCounts counts(ToLongFunction<LongAccumulator> look) {
    Map<Status, Long> byStatus = new EnumMap<>(Status.class);
    outcomes.forEach((status, count) -> byStatus.put(status, look.applyAsLong(count)));
    return new PassCounts(
        look.applyAsLong(decoded),
        look.applyAsLong(rejected),
        look.applyAsLong(bytes),
        look.applyAsLong(samples),
        look.applyAsLong(segments),
        look.applyAsLong(decodeNs),
        look.applyAsLong(featureNs),
        look.applyAsLong(inferenceNs),
        byStatus);
  }

  /** Counts what a task decodes, and logs it when the task ends. */
  DecodedClips.Listener ofTask(TaskContext task) {
    RUNNING.put(task.taskAttemptId(), this);
    long startedNanos = System.nanoTime();
    // The thread may have had other tasks.
    FeatureClock.take();
    task.addTaskCompletionListener(
        (TaskCompletionListener)
            ended -> {
              RUNNING.remove(ended.taskAttemptId());
              featureNs.add(FeatureClock.take());
              LOG.info(
                  "task {} read {} clips, {} of them rejected, {} s of audio, in {} s",
                  ended.taskAttemptId(),
                  decoded.value(),
                  rejected.value(),
                  samples.value() / FrontEnd.SAMPLE_RATE,
                  (System.nanoTime() - startedNanos) / 1_000_000_000);
            });
    return new DecodedClips.Listener() {
      @Override
      public void opened(WorkItem item) {
        opened.add(item.section().index() == 0 ? 1 : 0);
      }

      @Override
      public void decoded(long more) {
        samples.add(more);
        featureNs.add(FeatureClock.take());
      }

      @Override
      public void ended(WorkItem item, List<ClipOutcome> ofVoices) {
        ofVoices.forEach(outcome -> count(outcome.status(), 1));
        ended(item, ofVoices.stream().anyMatch(outcome -> outcome.status().isReject()));
      }

      @Override
      public void ended(WorkItem item, SectionOutcome outcome) {
        if (item.section().isLast()) {
          count(outcome.status(), Math.max(1, outcome.voices().size()));
        }
        ended(item, outcome.status().isReject());
      }

      private void count(Status status, int voices) {
        outcomes.get(status).add(voices);
      }

      /** A clip counts once, with its last section; its bytes are those of all sections. */
      private void ended(WorkItem item, boolean isReject) {
        long all = item.clip().bytes() == null ? 0 : item.clip().bytes();
        long each = all / item.section().count();
        boolean isLast = item.section().isLast();
        bytes.add(isLast ? all - each * item.section().index() : each);
        decoded.add(isLast ? 1 : 0);
        rejected.add(isLast && isReject ? 1 : 0);
      }
    };
  }
}
