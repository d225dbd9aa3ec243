package org.segmentser.cli;

import org.apache.hadoop.conf.Configuration;
import org.apache.spark.SparkConf;
import org.apache.spark.deploy.SparkHadoopUtil;
import org.apache.spark.sql.SparkSession;
import org.segmentser.UserError;

/** Starts Spark. */
final class Sessions {
  private Sessions() {}

  /** Hadoop's settings as {@code spark-submit} gives them, for work without a session. */
  static Configuration hadoopConf() {
    return SparkHadoopUtil.get().newConfiguration(new SparkConf());
  }

  /**
   * A session as {@code spark-submit} configured it, with what the tables need.
   *
   * @param name of the application, unless {@code spark-submit} was given one
   * @throws UserError if no master is set, as outside {@code spark-submit}
   */
  static SparkSession start(String name) {
    SparkConf given = new SparkConf();
    if (!given.contains("spark.master")) {
      throw UserError.usage("no Spark master is set; start this with spark-submit");
    }
    // Without a name spark-submit sets the main class.
    String givenName = given.get("spark.app.name", Main.class.getName());
    return SparkSession.builder()
        .appName(givenName.equals(Main.class.getName()) ? name : givenName)
        // Other engines read no INT96; and readers care for tables, not for markers.
        .config("spark.sql.parquet.outputTimestampType", "TIMESTAMP_MICROS")
        .config("spark.hadoop.mapreduce.fileoutputcommitter.marksuccessfuljobs", "false")
        .config("spark.sql.session.timeZone", "UTC")
        .getOrCreate();
  }
}
