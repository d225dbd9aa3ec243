package org.segmentser.flow;

import java.util.Map;
import org.apache.spark.util.LongAccumulator;
import org.segmentser.dsp.FrontEnd;
import org.segmentser.segment.Status;
import org.segmentser.source.ClipPartitions;
import org.segmentser.source.Corpus;

/**
 * How far a command is that reads audio in one pass, or in several, one after another. Thread-safe.
 */
public final class RunProgress {
  /** For which work is watched before it is told how long the rest will take. */
  private static final double FIRST_GUESS_S = 5;

  private static volatile RunProgress latest = new RunProgress(0, 0, 0);

  private final long clips;
  private final double weight;
  private final int passes;
  private final long began = System.nanoTime();

  private int pass;
  private long passClips;
  private ClipCounters counters;
  private LiveCounts live;

  /** Of the passes before the one at work, and of the latest one if that has ended. */
  private PassCounts before = PassCounts.NONE;

  private PassCounts last = PassCounts.NONE;

  /** When the first clip was seen to be done, and how much was done then. */
  private long firstSeen;

  private double firstWeight;

  private RunProgress(long clips, double weight, int passes) {
    this.clips = clips;
    this.weight = weight;
    this.passes = passes;
  }

  /**
   * Nothing is done yet.
   *
   * @param all that is going to be read
   * @param passes in which it is
   */
  public static RunProgress of(Corpus.Totals all, int passes) {
    return new RunProgress(all.clips(), all.weight(), passes);
  }

  /** Of the command that began a pass last in this process. */
  static RunProgress latest() {
    return latest;
  }

  /** Begins a pass. */
  synchronized void begin(Corpus.Totals totals, ClipCounters ofTasks, LiveCounts ofRunning) {
    before = before.plus(last);
    last = PassCounts.NONE;
    pass++;
    passClips = totals.clips();
    counters = ofTasks;
    live = ofRunning;
    latest = this;
  }

  /** Ends the pass, whose tasks have all ended. */
  synchronized void end() {
    last = counters.counts(LongAccumulator::value);
    live = null;
  }

  /**
   * Corrects what was counted of the latest pass by what came of it, once that is known: repeated
   * tasks have counted twice, and a recording that several tasks have read has its outcome only
   * when its sections are put together.
   */
  public synchronized void settle(long segments, Map<Status, Long> outcomes) {
    last = last.with(segments, outcomes);
  }

  /** What is counted so far, of all passes. */
  synchronized PassCounts counts() {
    return before.plus(ofPass());
  }

  private PassCounts ofPass() {
    return live == null ? last : live.now();
  }

  /** Clips of the pass at work that have no outcome yet. */
  synchronized long queue() {
    return Math.max(0, passClips - ofPass().clips());
  }

  /** All clips of the command. */
  long clips() {
    return clips;
  }

  /** The pass at work, from 1. */
  synchronized int pass() {
    return pass;
  }

  /** How many passes there are. */
  int passes() {
    return passes;
  }

  /** Seconds since it began. */
  double wallS() {
    return (System.nanoTime() - began) / 1e9;
  }

  /** How much of the work is done, 0 to 1: by bytes, as durations are known only afterwards. */
  double share(PassCounts done) {
    return weight == 0 ? 0 : Math.min(1, weightOf(done) / weight);
  }

  /** Notes when the first clip is done; to be called often until then. */
  synchronized void watch(PassCounts done) {
    if (firstSeen == 0 && done.clips() > 0) {
      firstSeen = System.nanoTime();
      firstWeight = weightOf(done);
    }
  }

  /**
   * Seconds that the rest will take, by how fast it went since the first clip was done: before
   * that, models are loaded. NaN as long as nobody can tell.
   */
  synchronized double leftS(PassCounts done) {
    watch(done);
    double now = weightOf(done);
    double seconds = firstSeen == 0 ? 0 : (System.nanoTime() - firstSeen) / 1e9;
    if (seconds < FIRST_GUESS_S || now <= firstWeight) {
      return Double.NaN;
    }
    return seconds * Math.max(0, weight - now) / (now - firstWeight);
  }

  private static double weightOf(PassCounts done) {
    return done.bytes() + (double) done.clips() * ClipPartitions.BYTES_PER_CLIP;
  }

  /** Seconds of decoded audio. */
  static double audioS(PassCounts done) {
    return (double) done.samples() / FrontEnd.SAMPLE_RATE;
  }
}
