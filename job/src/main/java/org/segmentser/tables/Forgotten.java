package org.segmentser.tables;

import static org.apache.spark.sql.functions.broadcast;
import static org.apache.spark.sql.functions.col;

import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/**
 * The table {@code forgotten}: which clips were removed from an output, and what of each run went
 * with them. As Parquet files it has one for each time that clips were removed.
 */
final class Forgotten {
  /** Its name, and its directory below an output of Parquet files. */
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

  /** Those rows that tell what is missing of runs: not of a run that was replaced since. */
  static Dataset<Row> ofRuns(Dataset<Row> rows, Dataset<Row> runs) {
    return rows.join(
            broadcast(runs.select("run_date", "run_id", "finished")),
            new String[] {"run_date", "run_id"})
        .where(col("forgotten").geq(col("finished")));
  }
}
