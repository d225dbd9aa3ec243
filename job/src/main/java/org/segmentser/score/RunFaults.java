package org.segmentser.score;

import java.io.IOException;
import java.util.Optional;
import org.apache.spark.SparkConf;
import org.segmentser.UserError;

/** Faults of a run at work that are the machines', as a word to the user. */
final class RunFaults {
  private RunFaults() {}

  /**
   * What an exception of a run means if a disk is full or the storage fails.
   *
   * @param kept what the message says is kept of the run
   * @return empty if it is something else
   */
  static Optional<UserError> of(Exception e, String output, String kept, SparkConf conf) {
    if (UserError.tellsOfFullDisk(e)) {
      return Optional.of(
          UserError.fault("no space left on the disk of " + full(e, output, conf) + "; " + kept));
    }
    if (UserError.tellsOfOutage(e)) {
      // Says what was to be done where, which its causes do not.
      Throwable operation =
          UserError.find(IOException.class, e)
              .map(Throwable.class::cast)
              .orElseGet(() -> UserError.rootOf(e));
      return Optional.of(
          UserError.fault("the storage failed: " + UserError.reason(operation) + "; " + kept));
    }
    return Optional.empty();
  }

  /** What writes the output goes through Hadoop's file systems; what is Spark's own does not. */
  private static String full(Exception e, String output, SparkConf conf) {
    String ofOutput = "the output " + output;
    String ofSpark = "Spark's own files, " + localDirectories(conf) + " (spark.local.dir)";
    for (StackTraceElement frame : UserError.rootOf(e).getStackTrace()) {
      if (frame.getClassName().startsWith("org.apache.hadoop.")) {
        return ofOutput;
      }
      if (frame.getClassName().startsWith("org.apache.spark.")) {
        return ofSpark;
      }
    }
    return ofOutput + " or of " + ofSpark;
  }

  private static String localDirectories(SparkConf conf) {
    String given = System.getenv("SPARK_LOCAL_DIRS");
    return given == null
        ? conf.get("spark.local.dir", System.getProperty("java.io.tmpdir"))
        : given;
  }
}
