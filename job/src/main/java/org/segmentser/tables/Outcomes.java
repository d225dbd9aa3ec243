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
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.segmentser.UserError;
import org.segmentser.segment.Status;
import org.segmentser.source.Known;

/** What an output tells of clips already. */
public final class Outcomes {
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
      SparkSession spark,
      Destination output,
      String modelId,
      String settingsId,
      Set<Status> again) {
    return known(
        spark,
        output,
        tables -> contents(tables, modelId, settingsId, again).orElseGet(() -> Known.none(spark)));
  }

  /**
   * The clips that are forgotten alone.
   *
   * @throws UserError if the output cannot be read
   */
  public static Known forgotten(SparkSession spark, Destination output) {
    return known(spark, output, tables -> Known.none(spark));
  }

  /** What is known of an output's tables but for the clips that are forgotten. */
  private interface Contents {
    Known of(OutputTables tables) throws IOException;
  }

  private static Known known(SparkSession spark, Destination output, Contents contents) {
    try {
      OutputTables tables = OutputTables.of(spark, output);
      Known known = contents.of(tables);
      return tables.forgottenIds().map(known::and).orElse(known);
    } catch (IOException e) {
      throw UserError.unreadable("the output " + output, e);
    }
  }

  private static Optional<Known> contents(
      OutputTables tables, String modelId, String settingsId, Set<Status> again)
      throws IOException {
    if (!tables.holdsRuns() || !tables.has(Table.CLIPS.label())) {
      return Optional.empty();
    }
    Dataset<Row> same =
        tables
            .runs()
            .where(col("model_id").equalTo(modelId).and(col("settings_id").equalTo(settingsId)))
            .select("run_id", "started");
    Object[] ids = same.collectAsList().stream().map(row -> row.getString(0)).toArray();
    if (ids.length == 0) {
      return Optional.empty();
    }
    Dataset<Row> outcomes = tables.clips().where(col("run_id").isin(ids));
    Column[] content = content();
    if (again.isEmpty()) {
      return Optional.of(new Known(outcomes.select(content), null, false));
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
    return Optional.of(new Known(known, null, true));
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
