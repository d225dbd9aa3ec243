package org.segmentser.cli;

import java.io.IOException;
import java.util.List;
import java.util.Locale;
import org.apache.hadoop.conf.Configuration;
import org.apache.logging.log4j.Level;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.core.config.Configurator;
import org.apache.spark.sql.SparkSession;
import org.segmentser.UserError;
import org.segmentser.network.TensorFlowLibrary;
import org.segmentser.score.PreparedRun;
import org.segmentser.score.RunSummary;

/** A run in a session of its own, which a signal ends without a trace. */
final class StoppableRun {
  private StoppableRun() {}

  /** What is done in the session. */
  @FunctionalInterface
  interface Work {
    /** Does it; returns the exit code. */
    int run(SparkSession spark, StopSignal stop) throws Exception;
  }

  /**
   * Does some work, and writes what came of it.
   *
   * @param runId of the run, whose jobs a signal ends
   * @param isIncremental whether finished parts of it are kept
   * @param file that is told of published runs
   * @return the exit code
   */
  static int run(String runId, boolean isIncremental, SummaryFile file, Work work)
      throws Exception {
    if (Sessions.isLocal()) {
      TensorFlowLibrary.loadAhead();
    }
    try (SparkSession spark = Sessions.start(Main.NAME + " " + runId, Sessions.MOVING_ROWS);
        StopSignal stop = new StopSignal(any -> stop(spark, runId))) {
      Configuration conf = spark.sessionState().newHadoopConf();
      file.check(conf);
      int exitCode;
      try {
        exitCode = work.run(spark, stop);
      } catch (Exception e) {
        exitCode = stop.isWanted() ? tellStopped(runId, isIncremental, stop, file) : Main.report(e);
        writeAfterFailure(file, exitCode, conf);
        return exitCode;
      }
      if (stop.isWanted()) {
        System.err.printf(
            Locale.ROOT,
            "%s: %s came when the run %s was already finished: all of it was kept%n",
            Main.NAME,
            stop.name(),
            runId);
      }
      file.write(exitCode, conf);
      return exitCode;
    }
  }

  private static int tellStopped(
      String runId, boolean isIncremental, StopSignal stop, SummaryFile file) {
    List<RunSummary> runs = file.runs();
    System.err.printf(
        Locale.ROOT,
        "%s: ended by %s: %s%n",
        Main.NAME,
        stop.name(),
        (runs.isEmpty()
                ? "nothing of the run " + runId + " was kept, what it had staged was removed"
                : finished(runs) + " kept, and nothing else")
            + (isIncremental ? "; the same command goes on" : ""));
    return stop.exitCode();
  }

  private static String finished(List<RunSummary> runs) {
    String first = runs.get(0).runId();
    return runs.size() == 1
        ? "the finished run " + first + " was"
        : String.format(
            Locale.ROOT,
            "%,d finished runs, from %s to %s, were",
            runs.size(),
            first,
            runs.get(runs.size() - 1).runId());
  }

  /** Whatever ended the command is told already, and decides on the exit code. */
  private static void writeAfterFailure(SummaryFile file, int exitCode, Configuration conf) {
    try {
      file.write(exitCode, conf);
    } catch (IOException | UserError e) {
      Main.report(e);
    }
  }

  private static void stop(SparkSession spark, String runId) {
    System.err.println(Main.NAME + ": stopping; a second signal ends it at once");
    // Spark would tell with many a stack trace that its jobs were cancelled.
    Configurator.setAllLevels(LogManager.ROOT_LOGGER_NAME, Level.OFF);
    PreparedRun.cancel(spark, runId);
  }
}
