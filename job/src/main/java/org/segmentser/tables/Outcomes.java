package org.segmentser.tables;

import static org.apache.spark.sql.functions.broadcast;
import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.max;
import static org.apache.spark.sql.functions.struct;
import static org.apache.spark.sql.functions.unix_millis;
import static org.apache.spark.sql.functions.when;

import java.io.IOException;
import java.util.Arrays;
import java.util.Optional;
import java.util.Set;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.segmentser.FileSystems;
import org.segmentser.UserError;
import org.segmentser.segment.Status;
import org.segmentser.source.Known;

/** What an output tells of clips already. */
public final class Outcomes {
  private static final StructType RUNS =
      new StructType()
          .add("run_id", DataTypes.StringType)
          .add("started", DataTypes.TimestampType)
          .add("model_id", DataTypes.StringType)
          .add("settings_id", DataTypes.StringType);

  private static final StructType CLIPS =
      new StructType()
          .add("clip_id", DataTypes.StringType)
          .add("bytes", DataTypes.LongType)
          .add("modified", DataTypes.TimestampType)
          .add("start_s", DataTypes.DoubleType)
          .add("end_s", DataTypes.DoubleType)
          .add("status", DataTypes.StringType)
          .add("run_date", DataTypes.DateType)
          .add("run_id", DataTypes.StringType);

  private Outcomes() {}

  /**
   * The contents that have an outcome by a complete run of a model and settings, and the clips that
   * are forgotten.
   *
   * @param again statuses of outcomes that do not count: a clip whose newest outcome has one of
   *     them, on any channel, is to be tried again
   * @throws UserError if the output cannot be read
   */
  public static Known of(
      SparkSession spark, String output, String modelId, String settingsId, Set<Status> again) {
    Path root = new Path(output);
    Known known =
        contents(spark, root, modelId, settingsId, again).orElseGet(() -> Known.none(spark));
    try {
      return Forgotten.ids(spark, root).map(known::and).orElse(known);
    } catch (IOException e) {
      throw UserError.input("cannot read the output " + output + ": " + UserError.reason(e));
    }
  }

  private static Optional<Known> contents(
      SparkSession spark, Path root, String modelId, String settingsId, Set<Status> again) {
    Path runs = new Path(root, Table.RUNS.label());
    Path clips = new Path(root, Table.CLIPS.label());
    try {
      FileSystem fs = FileSystems.of(root, spark.sessionState().newHadoopConf());
      if (!Views.holdsRuns(fs, runs) || !fs.exists(clips)) {
        return Optional.empty();
      }
    } catch (IOException e) {
      throw UserError.input("cannot read the output " + root + ": " + UserError.reason(e));
    }
    Dataset<Row> same =
        spark
            .read()
            .schema(RUNS)
            .parquet(runs.toString())
            .where(col("model_id").equalTo(modelId).and(col("settings_id").equalTo(settingsId)))
            .select("run_id", "started");
    Object[] ids = same.collectAsList().stream().map(row -> row.getString(0)).toArray();
    if (ids.length == 0) {
      return Optional.empty();
    }
    Dataset<Row> outcomes =
        spark.read().schema(CLIPS).parquet(clips.toString()).where(col("run_id").isin(ids));
    Column[] content = content();
    if (again.isEmpty()) {
      return Optional.of(new Known(outcomes.select(content), null));
    }
    Column isAgain =
        when(col("status").isin(again.stream().map(Status::label).toArray()), 1).otherwise(0);
    Column newest = max(struct(col("started"), col("run_id"), isAgain.as("again")));
    Dataset<Row> known =
        outcomes
            .join(broadcast(same), "run_id")
            .select(with(content, col("started"), col("run_id"), col("status")))
            .groupBy(names())
            .agg(newest.as("newest"))
            .where(coalesce(col("newest.again"), lit(0)).equalTo(0))
            .select(names());
    return Optional.of(new Known(known, null));
  }

  private static Column[] content() {
    return Arrays.stream(Known.SCHEMA.fieldNames())
        .map(name -> name.equals("modified") ? unix_millis(col(name)).as(name) : col(name))
        .toArray(Column[]::new);
  }

  private static Column[] names() {
    return Arrays.stream(Known.SCHEMA.fieldNames()).map(functions::col).toArray(Column[]::new);
  }

  private static Column[] with(Column[] columns, Column... more) {
    Column[] all = Arrays.copyOf(columns, columns.length + more.length);
    System.arraycopy(more, 0, all, columns.length, more.length);
    return all;
  }
}
