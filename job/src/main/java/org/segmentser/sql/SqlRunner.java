package org.segmentser.sql;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.struct;
import static org.apache.spark.sql.functions.to_csv;
import static org.apache.spark.sql.functions.to_json;

import java.io.PrintStream;
import java.util.Arrays;
import java.util.Iterator;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.spark.sql.AnalysisException;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.MapType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.segmentser.UserError;

/** Runs statements and prints their results. */
public final class SqlRunner {
  /** Rows of an aligned table, which is made in memory; the other formats have no limit. */
  public static final int MOST_ROWS = 1000;

  private static final Map<String, String> KEEP_NULLS = Map.of("ignoreNullFields", "false");

  private static final Map<String, String> DOUBLED_QUOTES = Map.of("escape", "\"");

  private final SparkSession spark;
  private final ResultFormat format;
  private final PrintStream out;

  public SqlRunner(SparkSession spark, ResultFormat format, PrintStream out) {
    this.spark = spark;
    this.format = format;
    this.out = out;
  }

  /**
   * Runs one statement.
   *
   * @throws UserError if Spark refuses it, with Spark's reason on one line
   */
  public void run(String statement) {
    spark.sparkContext().setJobDescription(statement);
    try {
      Dataset<Row> result = spark.sql(statement);
      if (result.columns().length > 0) {
        print(result);
      }
    } catch (Exception e) {
      // Spark's own exceptions are checked, which its Java signatures do not say.
      String reason = UserError.reason(UserError.rootOf(e));
      throw e instanceof AnalysisException ? UserError.usage(reason) : UserError.fault(reason);
    }
  }

  private void print(Dataset<Row> result) {
    switch (format) {
      case TABLE -> {
        out.flush();
        result.show(MOST_ROWS, false);
      }
      case CSV -> {
        out.println(
            Arrays.stream(result.columns())
                .map(SqlRunner::quoted)
                .collect(Collectors.joining(",")));
        print(result, to_csv(struct(csvColumns(result)), DOUBLED_QUOTES));
      }
      case JSON -> print(result, to_json(struct(columns(result)), KEEP_NULLS));
    }
    out.flush();
  }

  private void print(Dataset<Row> result, Column line) {
    Iterator<String> lines = result.select(line).as(Encoders.STRING()).toLocalIterator();
    while (lines.hasNext()) {
      out.println(lines.next());
    }
  }

  private static Column[] columns(Dataset<Row> result) {
    return Arrays.stream(result.columns()).map(SqlRunner::column).toArray(Column[]::new);
  }

  private static Column[] csvColumns(Dataset<Row> result) {
    return Arrays.stream(result.schema().fields()).map(SqlRunner::flat).toArray(Column[]::new);
  }

  private static Column flat(StructField field) {
    DataType type = field.dataType();
    boolean nested =
        type instanceof StructType || type instanceof ArrayType || type instanceof MapType;
    Column column = column(field.name());
    return nested ? to_json(column, KEEP_NULLS).as(field.name()) : column;
  }

  private static Column column(String name) {
    return col("`" + name.replace("`", "``") + "`");
  }

  private static String quoted(String name) {
    return name.matches("[^\",\r\n]*") ? name : '"' + name.replace("\"", "\"\"") + '"';
  }
}
