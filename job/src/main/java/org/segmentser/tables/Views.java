package org.segmentser.tables;

import static org.apache.spark.sql.functions.col;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.DataTypes;
import org.segmentser.FileSystems;
import org.segmentser.UserError;

/** The tables of an output as views of a Spark session. */
public final class Views {
  private static final List<String> PARTITIONED = List.of("segments", "clips", "embeddings");

  private Views() {}

  /**
   * Registers the views that the output has tables for: {@code segments}, {@code clips}, {@code
   * embeddings} and {@code runs}. They show complete runs only.
   *
   * @return their names
   * @throws UserError if the output does not exist or holds no run
   */
  public static List<String> register(SparkSession spark, String output) {
    Path root = new Path(output);
    // A run id of digits stays what it is.
    spark.conf().set("spark.sql.sources.partitionColumnTypeInference.enabled", "false");
    try {
      FileSystem fs = FileSystems.of(root, spark.sessionState().newHadoopConf());
      if (!holdsRuns(fs, new Path(root, RunOutput.RUNS))) {
        throw UserError.input(
            fs.exists(root)
                ? "no runs below " + output + "; is it the --output of score or embed?"
                : "no such output: " + output);
      }
      Dataset<Row> runs = read(spark, new Path(root, RunOutput.RUNS));
      runs.createOrReplaceTempView(RunOutput.RUNS);
      Dataset<Row> complete = runs.select("run_id");
      List<String> names = new ArrayList<>();
      for (String table : PARTITIONED) {
        Path path = new Path(root, table);
        if (fs.exists(path)) {
          Dataset<Row> rows = read(spark, path);
          rows.withColumn("run_date", col("run_date").cast(DataTypes.DateType))
              .join(complete, new String[] {"run_id"}, "left_semi")
              .select(columns(rows))
              .createOrReplaceTempView(table);
          names.add(table);
        }
      }
      names.add(RunOutput.RUNS);
      return names;
    } catch (IOException e) {
      throw UserError.input("cannot read the output " + output + ": " + UserError.reason(e));
    }
  }

  private static boolean holdsRuns(FileSystem fs, Path runs) throws IOException {
    return fs.exists(runs)
        && Arrays.stream(fs.listStatus(runs))
            .anyMatch(f -> f.getPath().getName().endsWith(".parquet"));
  }

  /** Runs may differ in their columns, as models differ in their emotions. */
  private static Dataset<Row> read(SparkSession spark, Path table) {
    return spark.read().option("mergeSchema", true).parquet(table.toString());
  }

  private static Column[] columns(Dataset<Row> rows) {
    return Arrays.stream(rows.columns()).map(functions::col).toArray(Column[]::new);
  }
}
