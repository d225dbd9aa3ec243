package org.segmentser.tables;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/** Tables that are Parquet files below a directory, each run's rows in partitions of its own. */
final class ParquetTables extends OutputTables {
  ParquetTables(SparkSession spark, String output) throws IOException {
    super(spark, output);
  }

  @Override
  boolean exists() throws IOException {
    return fs().exists(root());
  }

  @Override
  boolean holdsRuns() throws IOException {
    return has(Table.RUNS.label());
  }

  @Override
  boolean has(String table) throws IOException {
    Path path = new Path(root(), table);
    return OF_RUNS.stream().anyMatch(t -> t.label().equals(table))
        ? fs().exists(path)
        : holdsFiles(path);
  }

  private boolean holdsFiles(Path directory) throws IOException {
    return fs().exists(directory)
        && Arrays.stream(fs().listStatus(directory))
            .anyMatch(f -> f.getPath().getName().endsWith(".parquet"));
  }

  @Override
  Dataset<Row> rows(String table, StructType schema) throws IOException {
    return has(table)
        ? spark().read().schema(schema).parquet(new Path(root(), table).toString())
        : spark().createDataFrame(List.of(), schema);
  }

  @Override
  Optional<Dataset<Row>> rows(String table) throws IOException {
    if (!has(table)) {
      return Optional.empty();
    }
    Path path = new Path(root(), table);
    // Runs may differ in columns, as models differ in emotions.
    StructType found = spark().read().option("mergeSchema", true).parquet(path.toString()).schema();
    StructType schema = new StructType();
    for (var field : found.fields()) {
      // As declared: a run id of digits is not a number.
      schema =
          schema.add(
              field.name(),
              switch (field.name()) {
                case "run_date" -> DataTypes.DateType;
                case "run_id" -> DataTypes.StringType;
                default -> field.dataType();
              });
    }
    return Optional.of(spark().read().schema(schema).parquet(path.toString()));
  }

  @Override
  List<Partition> partitions() throws IOException {
    List<Partition> partitions = new ArrayList<>();
    for (Table table : OF_RUNS) {
      Path pattern = new Path(root(), table.label() + "/run_date=*/run_id=*");
      FileStatus[] found = fs().globStatus(pattern);
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

  @Override
  boolean isComplete(String runId) throws IOException {
    return fs().exists(RunOutput.runFile(root(), runId));
  }

  @Override
  public String toString() {
    return root().toString();
  }
}
