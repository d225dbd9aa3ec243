package org.segmentser.flow;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Timer;
import java.util.TimerTask;
import org.apache.spark.SparkContext;
import org.apache.spark.sql.SparkSession;
import org.segmentser.source.Corpus;

/**
 * Reports on standard error how far a command has come with its audio, while one of its passes is
 * at work: on a terminal with a line that is rewritten each second, elsewhere with a line each
 * minute. Closing ends it.
 */
public final class AudioProgress implements AutoCloseable {
  /** Whether standard error is a terminal: {@code true} or {@code false}, as the launcher says. */
  static final String TERMINAL = "segmentser.terminal";

  /** How wide the terminal is, as the launcher says. */
  static final String COLUMNS = "segmentser.columns";

  private static final Duration ON_TERMINAL = Duration.ofSeconds(1);
  private static final Duration IN_LOG = Duration.ofMinutes(1);

  private static final int USUAL_COLUMNS = 80;
  private static final int LEAST_COLUMNS = 40;

  private final SparkContext spark;
  private final RunProgress run;
  private final LiveCounts counts;
  private final LiveLine line;
  private final Timer timer = new Timer("progress", true);
  private boolean isClosed;

  /**
   * Says what will be read in one pass, and begins to report. Spark's own progress bar ends with
   * that.
   *
   * @param counters those of the tasks
   * @param how in words that follow those on what is read; may be empty
   */
  public static AudioProgress begin(
      SparkSession spark, Corpus.Totals totals, ClipCounters counters, String how) {
    return begin(spark, RunProgress.of(totals, 1), totals, counters, how);
  }

  /**
   * Likewise, for one of several passes.
   *
   * @param run of all passes
   * @param totals of this one
   */
  public static AudioProgress begin(
      SparkSession spark,
      RunProgress run,
      Corpus.Totals totals,
      ClipCounters counters,
      String how) {
    return begin(spark, run, totals, counters, how, IN_LOG);
  }

  static AudioProgress begin(
      SparkSession spark,
      RunProgress run,
      Corpus.Totals totals,
      ClipCounters counters,
      String how,
      Duration inLog) {
    LiveCounts counts = new LiveCounts(counters);
    run.begin(totals, counters, counts);
    System.err.println(
        String.format(
                Locale.ROOT,
                "segment-ser: reading %s%,d clip%s (%s) %s",
                run.passes() > 1 ? batch(run) + ", " : "",
                totals.clips(),
                totals.clips() == 1 ? "" : "s",
                Amounts.bytes(totals.bytes()),
                how)
            .strip());
    boolean isTerminal = Boolean.getBoolean(TERMINAL);
    AudioProgress progress =
        new AudioProgress(spark.sparkContext(), run, counts, isTerminal ? new LiveLine() : null);
    progress.start(isTerminal ? ON_TERMINAL : inLog);
    return progress;
  }

  private AudioProgress(SparkContext spark, RunProgress run, LiveCounts counts, LiveLine line) {
    this.spark = spark;
    this.run = run;
    this.counts = counts;
    this.line = line;
  }

  private static String batch(RunProgress run) {
    return String.format(Locale.ROOT, "batch %,d of %,d", run.pass(), run.passes());
  }

  private void start(Duration interval) {
    var bar = spark.progressBar();
    if (bar.isDefined()) {
      bar.get().stop();
    }
    spark.addSparkListener(counts);
    every(ON_TERMINAL, () -> run.watch(run.counts()));
    every(interval, this::tell);
  }

  private void every(Duration interval, Runnable what) {
    timer.schedule(
        new TimerTask() {
          @Override
          public void run() {
            what.run();
          }
        },
        interval.toMillis(),
        interval.toMillis());
  }

  private synchronized void tell() {
    if (isClosed) {
      return;
    }
    if (line != null) {
      // A terminal breaks a line that fills it.
      int columns = Integer.getInteger(COLUMNS, USUAL_COLUMNS);
      line.show(text(Math.max(LEAST_COLUMNS, columns) - 1));
    } else {
      System.err.println("segment-ser: " + text(Integer.MAX_VALUE));
    }
  }

  /** As much as fits, what matters most in any case. */
  private String text(int width) {
    PassCounts done = run.counts();
    long clips = Math.min(run.clips(), done.clips());
    double audioS = RunProgress.audioS(done);
    double leftS = clips < run.clips() ? run.leftS(done) : Double.NaN;
    // Not all of it before the last clip.
    int percent = clips < run.clips() ? Math.min(99, (int) (100 * run.share(done))) : 100;
    List<String> parts = new ArrayList<>();
    parts.add(String.format(Locale.ROOT, "%d %%, %,d of %,d clips", percent, clips, run.clips()));
    if (!Double.isNaN(leftS)) {
      parts.add(Amounts.time(leftS) + " left");
    }
    if (audioS > 0) {
      parts.add(Amounts.speed(audioS, run.wallS()));
      parts.add(Amounts.time(audioS) + " of audio");
    }
    if (done.rejected() > 0) {
      parts.add(String.format(Locale.ROOT, "%,d rejected", done.rejected()));
    }
    if (run.passes() > 1) {
      parts.add(batch(run));
    }
    String text = parts.get(0);
    for (String part : parts.subList(1, parts.size())) {
      String more = text + ", " + part;
      text = more.length() <= width ? more : text;
    }
    return text;
  }

  @Override
  public synchronized void close() {
    isClosed = true;
    timer.cancel();
    spark.removeSparkListener(counts);
    run.end();
    if (line != null) {
      line.close();
    }
  }
}
