package org.segmentser.flow;

import java.time.Duration;
import java.util.Locale;
import java.util.Timer;
import java.util.TimerTask;
import org.apache.spark.SparkContext;
import org.apache.spark.sql.SparkSession;
import org.segmentser.dsp.FrontEnd;
import org.segmentser.source.ClipPartitions;
import org.segmentser.source.Corpus;

/**
 * Reports on standard error how far a pass over audio has come: on a terminal with a line that is
 * rewritten each second, elsewhere with a line now and then. Closing ends it.
 */
public final class AudioProgress implements AutoCloseable {
  /** Whether standard error is a terminal: {@code true} or {@code false}, as the launcher says. */
  static final String TERMINAL = "segmentser.terminal";

  private static final Duration ON_TERMINAL = Duration.ofSeconds(1);
  private static final Duration IN_LOG = Duration.ofSeconds(30);

  /** Earlier, an estimate of the time left would only measure how long models take to load. */
  private static final double FIRST_GUESS_S = 5;

  private final SparkContext spark;
  private final ClipCounters counters;
  private final LiveCounts counts;
  private final long clips;
  private final double weight;
  private final long began = System.nanoTime();
  private final LiveLine line;
  private final Timer timer = new Timer("progress", true);
  private boolean isClosed;

  /**
   * Says what will be read, and begins to report. Spark's own progress bar ends with that.
   *
   * @param counters those of the tasks
   * @param how in words that follow those on what is read; may be empty
   */
  public static AudioProgress begin(
      SparkSession spark, Corpus.Totals totals, ClipCounters counters, String how) {
    return begin(spark, totals, counters, how, IN_LOG);
  }

  static AudioProgress begin(
      SparkSession spark, Corpus.Totals totals, ClipCounters counters, String how, Duration inLog) {
    System.err.println(
        String.format(
                Locale.ROOT,
                "segment-ser: reading %,d clip%s (%s) %s",
                totals.clips(),
                totals.clips() == 1 ? "" : "s",
                Amounts.bytes(totals.bytes()),
                how)
            .strip());
    boolean isTerminal = Boolean.getBoolean(TERMINAL);
    AudioProgress progress =
        new AudioProgress(
            spark.sparkContext(), totals, counters, isTerminal ? new LiveLine() : null);
    progress.start(isTerminal ? ON_TERMINAL : inLog);
    return progress;
  }

  private AudioProgress(
      SparkContext spark, Corpus.Totals totals, ClipCounters counters, LiveLine line) {
    this.spark = spark;
    this.counters = counters;
    this.clips = totals.clips();
    this.weight = totals.weight();
    this.line = line;
    this.counts = new LiveCounts(counters);
  }

  private void start(Duration every) {
    var bar = spark.progressBar();
    if (bar.isDefined()) {
      bar.get().stop();
    }
    spark.addSparkListener(counts);
    timer.schedule(
        new TimerTask() {
          @Override
          public void run() {
            tell();
          }
        },
        every.toMillis(),
        every.toMillis());
  }

  private synchronized void tell() {
    if (isClosed) {
      return;
    }
    if (line != null) {
      line.show(text());
    } else {
      System.err.println("segment-ser: " + text());
    }
  }

  private String text() {
    double wallS = (System.nanoTime() - began) / 1e9;
    long done = Math.min(clips, counts.of(counters.decoded()));
    long rejected = counts.of(counters.rejected());
    double audioS = (double) counts.of(counters.samples()) / FrontEnd.SAMPLE_RATE;
    StringBuilder text = new StringBuilder();
    text.append(String.format(Locale.ROOT, "%,d of %,d clips", done, clips));
    text.append(", ").append(Amounts.time(audioS)).append(" of audio");
    if (rejected > 0) {
      text.append(String.format(Locale.ROOT, ", %,d rejected", rejected));
    }
    text.append(", ").append(Amounts.speed(audioS, wallS));
    double doneWeight = counts.of(counters.bytes()) + (double) done * ClipPartitions.BYTES_PER_CLIP;
    if (doneWeight > 0 && done < clips && wallS > FIRST_GUESS_S) {
      double leftS = wallS * Math.max(0, weight - doneWeight) / doneWeight;
      text.append(", ").append(Amounts.time(leftS)).append(" left");
    }
    return text.toString();
  }

  @Override
  public synchronized void close() {
    isClosed = true;
    timer.cancel();
    spark.removeSparkListener(counts);
    if (line != null) {
      line.close();
    }
  }
}
