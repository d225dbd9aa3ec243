package org.segmentser.cli;

import java.util.Locale;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.SparkConf;
import org.apache.spark.deploy.SparkHadoopUtil;
import org.apache.spark.sql.SparkSession;
import org.segmentser.UserError;
import org.segmentser.flow.AudioMetrics;

/** Starts Spark. */
final class Sessions {
  /**
   * What a session has unless the user set it. None of it decides what a run finds: instants are
   * instants in any time zone and either form of timestamp.
   */
  private static final Map<String, String> DEFAULTS =
      Map.of(
          // The same query prints the same times wherever it runs.
          "spark.sql.session.timeZone",
          "UTC",
          // Other engines read no INT96.
          "spark.sql.parquet.outputTimestampType",
          "TIMESTAMP_MICROS",
          // Metrics' names begin with it, so that dashboards find those of each run; by default it
          // is the application's id.
          "spark.metrics.namespace",
          "segment_ser",
          // Readers care for tables, not for markers.
          "spark.hadoop.mapreduce.fileoutputcommitter.marksuccessfuljobs",
          "false");

  /**
   * What a session has besides that only moves rows between audio and tables, unless the user set
   * it: code generated for stages and projections takes two seconds to compile, and saves little
   * beside decoding and the network.
   */
  static final Map<String, String> MOVING_ROWS =
      Map.of(
          "spark.sql.codegen.wholeStage", "false", "spark.sql.codegen.factoryMode", "NO_CODEGEN");

  private static final String PLUGINS = "spark.plugins";
  private static final String METRICS = AudioMetrics.class.getName();

  /** Spark's own bound, below which it refuses to start: 1.5 times what it reserves for itself. */
  private static final long LEAST_HEAP = 450L << 20;

  private Sessions() {}

  /** Hadoop's settings as {@code spark-submit} gives them, for work without a session. */
  static Configuration hadoopConf() {
    return SparkHadoopUtil.get().newConfiguration(new SparkConf());
  }

  /** Whether a session's tasks run on this machine. */
  static boolean isLocal() {
    return new SparkConf().get("spark.master", "").startsWith("local");
  }

  /**
   * A session as {@code spark-submit} configured it; {@link #DEFAULTS} where it did not.
   *
   * @param name of the application, unless {@code spark-submit} was given one
   * @throws UserError if no master is set, as outside {@code spark-submit}, or Spark is given too
   *     little memory
   */
  static SparkSession start(String name) {
    return start(name, Map.of());
  }

  /**
   * Like {@link #start(String)}.
   *
   * @param defaults of this session besides {@link #DEFAULTS}
   */
  static SparkSession start(String name, Map<String, String> defaults) {
    SparkConf given = new SparkConf();
    if (!given.contains("spark.master")) {
      throw UserError.usage("no Spark master is set; start this with spark-submit");
    }
    checkMemory(given);
    // Without a name spark-submit sets the main class.
    String givenName = given.get("spark.app.name", Main.class.getName());
    SparkSession.Builder session =
        SparkSession.builder().appName(givenName.equals(Main.class.getName()) ? name : givenName);
    DEFAULTS.forEach((key, value) -> setUnlessGiven(session, given, key, value));
    defaults.forEach((key, value) -> setUnlessGiven(session, given, key, value));
    // Beside those of the user, which count first.
    session.config(PLUGINS, (given.get(PLUGINS, "") + "," + METRICS).replaceAll("^,", ""));
    if (isLocal()) {
      // A task that runs out of memory fails the run, which can say so; by default Spark takes the
      // task's process for an executor and ends it.
      setUnlessGiven(session, given, "spark.executor.killOnFatalError.depth", "0");
      // A task that waits for the host of its data is never offered to this one again once no
      // other task runs that would end: Spark would wait for ever.
      setUnlessGiven(session, given, "spark.locality.wait", "0s");
    }
    return session.getOrCreate();
  }

  private static void setUnlessGiven(
      SparkSession.Builder session, SparkConf given, String key, String value) {
    session.config(key, given.get(key, value));
  }

  /** Refuses before Spark does, which logs a page of it. */
  private static void checkMemory(SparkConf given) {
    requireHeap("driver", Runtime.getRuntime().maxMemory());
    requireHeap("executor", given.getSizeAsMb("spark.executor.memory", "1g") << 20);
  }

  private static void requireHeap(String process, long bytes) {
    if (bytes < LEAST_HEAP) {
      throw UserError.usage(
          String.format(
              Locale.ROOT,
              "Spark's %1$s has %2$d MiB of memory and needs %3$d; give it more behind --, as in"
                  + " '-- --%1$s-memory 2g'",
              process,
              bytes >> 20,
              LEAST_HEAP >> 20));
    }
  }
}
