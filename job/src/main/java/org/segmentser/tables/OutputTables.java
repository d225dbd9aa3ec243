package org.segmentser.tables;

import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.SparkThrowable;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.segmentser.FileSystems;
import org.segmentser.UserError;

/**
 * The tables of an output as they are: the rows of all partitions, whether their runs are complete
 * or not. Columns that a run did not write are null.
 *
 * @param root qualified
 */
record OutputTables(SparkSession spark, FileSystem fs, Path root) {
  /** A channel as something that is equal to itself: -1 for the average of all. */
  static final Column VOICE = coalesce(col("channel"), lit(-1));

  private static final List<Table> PARTITIONED =
      List.of(Table.CLIPS, Table.SEGMENTS, Table.EMBEDDINGS);

  private static final StructType CLIPS =
      partitioned(
          new StructType()
              .add("clip_id", DataTypes.StringType)
              .add("channel", DataTypes.IntegerType)
              .add("bytes", DataTypes.LongType)
              .add("modified", DataTypes.TimestampType)
              .add("start_s", DataTypes.DoubleType)
              .add("end_s", DataTypes.DoubleType)
              .add("status", DataTypes.StringType)
              .add("segments", DataTypes.IntegerType)
              .add("model_id", DataTypes.StringType)
              .add("settings_id", DataTypes.StringType));

  private static final StructType SEGMENTS =
      partitioned(
          new StructType()
              .add("clip_id", DataTypes.StringType)
              .add("channel", DataTypes.IntegerType)
              .add("segment_index", DataTypes.IntegerType));

  private static StructType partitioned(StructType columns) {
    return columns.add("run_date", DataTypes.DateType).add("run_id", DataTypes.StringType);
  }

  /**
   * Finds the tables of an output.
   *
   * @throws UserError if it does not exist or holds no run
   * @throws IOException if it cannot be listed
   */
  static OutputTables open(SparkSession spark, String output) throws IOException {
    Path path = new Path(output);
    FileSystem fs = FileSystems.of(path, spark.sessionState().newHadoopConf());
    Path root = fs.makeQualified(path);
    if (!Views.holdsRuns(fs, new Path(root, Table.RUNS.label()))) {
      throw UserError.input(
          fs.exists(root)
              ? "no runs below " + output + "; is it the --output of score or embed?"
              : "no such output: " + output);
    }
    return new OutputTables(spark, fs, root);
  }

  /** The rows of {@code runs}. */
  Dataset<Row> runs() {
    return spark
        .read()
        .schema(RunCodec.SCHEMA)
        .parquet(new Path(root, Table.RUNS.label()).toString());
  }

  /** What tells a clip's outcome. */
  Dataset<Row> clips() throws IOException {
    return table(Table.CLIPS, CLIPS);
  }

  /** Where rows of {@code segments} or {@code embeddings} belong; those of both for no table. */
  Dataset<Row> segments() throws IOException {
    return segments(Table.SEGMENTS).union(segments(Table.EMBEDDINGS));
  }

  Dataset<Row> segments(Table table) throws IOException {
    return table(table, SEGMENTS);
  }

  private Dataset<Row> table(Table table, StructType schema) throws IOException {
    Path path = new Path(root, table.label());
    return fs.exists(path)
        ? spark.read().schema(schema).parquet(path.toString())
        : spark.createDataFrame(List.of(), schema);
  }

  /**
   * A run's directory in a table.
   *
   * @param runDate as its name has it
   */
  record Partition(String table, String runDate, String runId) {
    @Override
    public String toString() {
      return table + "/run_date=" + runDate + "/run_id=" + runId;
    }
  }

  /** The directories of all runs in all tables. */
  List<Partition> partitions() throws IOException {
    List<Partition> partitions = new ArrayList<>();
    for (Table table : PARTITIONED) {
      Path pattern = new Path(root, table.label() + "/run_date=*/run_id=*");
      FileStatus[] found = fs.globStatus(pattern);
      Arrays.stream(found == null ? new FileStatus[0] : found)
          .map(FileStatus::getPath)
          .map(path -> new Partition(table.label(), value(path.getParent()), value(path)))
          .forEach(partitions::add);
    }
    return partitions;
  }

  private static String value(Path partition) {
    return partition.getName().replaceFirst("^[^=]*=", "");
  }

  /**
   * What a fault of reading means: a word to the user where a file of the output cannot be read.
   * Spark's own exceptions are checked, which its Java signatures do not say.
   */
  static RuntimeException unreadable(String output, Exception thrown) {
    for (Throwable e = thrown; e != null; e = e.getCause()) {
      String condition = e instanceof SparkThrowable spark ? spark.getCondition() : null;
      if (condition != null && condition.startsWith("FAILED_READ_FILE")) {
        return UserError.input(
            "cannot read the output " + output + ": " + UserError.reason(UserError.rootOf(e)));
      }
    }
    if (thrown instanceof IOException || thrown instanceof IllegalArgumentException) {
      return UserError.input("cannot read the output " + output + ": " + UserError.reason(thrown));
    }
    return thrown instanceof RuntimeException unchecked
        ? unchecked
        : new IllegalStateException(thrown);
  }
}
