package org.segmentser.tables;

import static org.apache.spark.sql.functions.broadcast;
import static org.apache.spark.sql.functions.col;

import java.io.IOException;
import java.util.Optional;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.segmentser.FileSystems;

/**
 * The table {@code forgotten}: which clips were removed from an output, and what of each run went
 * with them. It has one file for each time that clips were removed.
 */
public final class Forgotten {
  /** Its directory below the output. */
  static final String LABEL = "forgotten";

  /** The table's columns: one row for each clip and run. */
  static final StructType SCHEMA =
      new StructType()
          .add("clip_id", DataTypes.StringType, false)
          .add("forgotten", DataTypes.TimestampType, false)
          .add("run_date", DataTypes.DateType, false)
          .add("run_id", DataTypes.StringType, false)
          .add("clips", RunCodec.byStatus(), false)
          .add("segments", DataTypes.LongType, false);

  private Forgotten() {}

  /**
   * The ids of the clips that were removed, each once, in a column {@code clip_id}; empty if none
   * ever was.
   *
   * @param root the output
   * @throws IOException if the output cannot be listed
   */
  public static Optional<Dataset<Row>> ids(SparkSession spark, Path root) throws IOException {
    return rows(spark, root).map(rows -> rows.select("clip_id").distinct());
  }

  /** All rows of the table; empty if there is none. */
  static Optional<Dataset<Row>> rows(SparkSession spark, Path root) throws IOException {
    Path table = new Path(root, LABEL);
    FileSystem fs = FileSystems.of(table, spark.sessionState().newHadoopConf());
    FileStatus[] files = fs.globStatus(new Path(table, "*.parquet"));
    return files == null || files.length == 0
        ? Optional.empty()
        : Optional.of(spark.read().schema(SCHEMA).parquet(table.toString()));
  }

  /** Those rows that tell what is missing of runs: not of a run that was replaced since. */
  static Dataset<Row> ofRuns(Dataset<Row> rows, Dataset<Row> runs) {
    return rows.join(
            broadcast(runs.select("run_date", "run_id", "finished")),
            new String[] {"run_date", "run_id"})
        .where(col("forgotten").geq(col("finished")));
  }
}
