package org.segmentser;

import org.apache.spark.sql.SparkSession;

/** The one Spark session of a test JVM, on two cores. */
public final class TestSpark {
  private static SparkSession session;

  private TestSpark() {}

  /** The session; it ends with the JVM. */
  public static synchronized SparkSession session() {
    if (session == null) {
      System.setProperty("spark.master", "local[2]");
      System.setProperty("spark.ui.enabled", "false");
      System.setProperty("spark.sql.shuffle.partitions", "2");
      System.setProperty("spark.sql.warehouse.dir", "target/spark-warehouse");
      // Compiling a query of some rows takes longer than running it; integration tests compile
      // theirs.
      System.setProperty("spark.sql.codegen.wholeStage", "false");
      System.setProperty("spark.sql.codegen.factoryMode", "NO_CODEGEN");
      session =
          SparkSession.builder()
              .config("spark.sql.parquet.outputTimestampType", "TIMESTAMP_MICROS")
              .config("spark.hadoop.mapreduce.fileoutputcommitter.marksuccessfuljobs", "false")
              .config("spark.sql.session.timeZone", "UTC")
              .getOrCreate();
      session.sparkContext().setLogLevel("ERROR");
    }
    return session;
  }
}
