package org.segmentser.sql;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.struct;
import static org.apache.spark.sql.functions.to_csv;
import static org.apache.spark.sql.functions.to_json;

import java.io.PrintStream;
import java.util.Arrays;
import java.util.Iterator;
import java.util.Map;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
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
import org.segmentser.JobNames;
import org.segmentser.UserError;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import scala.Console;

/** Runs statements and prints their results. */
public final class SqlRunner {
  /**
   * At most so many rows of an aligned table, which is made in memory; other formats have no limit.
   */
  public static final int MOST_ROWS = 1000;

  private static final Logger LOG = LoggerFactory.getLogger(SqlRunner.class);

  private static final Map<String, String> KEEP_NULLS = Map.of("ignoreNullFields", "false");

  /** Quotes are doubled, and blanks at the ends of values stay. */
  private static final Map<String, String> CSV =
      Map.of(
          "escape", "\"", "ignoreLeadingWhiteSpace", "false", "ignoreTrailingWhiteSpace", "false");

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
   * @throws UserError if Spark refuses it, with Spark's reason on one line, or it opens a URI that
   *     holds credentials
   */
  public void run(String statement) {
    // Hadoop's and Spark's warnings would repeat them.
    Statements.places(statement)
        .forEach(place -> UserError.refuseCredentials("a name in the query", place));
    long started = System.nanoTime();
    try (JobNames jobs = new JobNames(spark)) {
      // SET may name a secret.
      jobs.nextUnlogged(statement);
      Dataset<Row> result = spark.sql(statement);
      if (result.columns().length > 0) {
        print(result);
      }
      LOG.info("a statement took {} ms", (System.nanoTime() - started) / 1_000_000);
    } catch (Exception e) {
      // Spark's own exceptions are checked, which its Java signatures do not say.
      String reason = UserError.reason(UserError.rootOf(e));
      throw e instanceof AnalysisException ? UserError.usage(reason) : UserError.fault(reason);
    }
  }

  private void print(Dataset<Row> result) {
    switch (format) {
      case TABLE ->
          Console.withOut(
              out,
              () -> {
                // Spark shows a struct's values without their names.
                numbered(result)
                    .select(columns(result, SqlRunner::holdsStruct))
                    .show(MOST_ROWS, false);
                return null;
              });
      case CSV -> {
        out.println(
            Arrays.stream(result.columns())
                .map(SqlRunner::quoted)
                .collect(Collectors.joining(",")));
        print(result, to_csv(struct(columns(result, SqlRunner::isNested)), CSV));
      }
      case JSON -> print(result, to_json(struct(columns(result, type -> false)), KEEP_NULLS));
    }
    out.flush();
  }

  private void print(Dataset<Row> result, Column line) {
    Iterator<String> lines = numbered(result).select(line).as(Encoders.STRING()).toLocalIterator();
    while (lines.hasNext()) {
      out.println(lines.next());
    }
  }

  /** The result with numbers for column names, as two columns may have the same name. */
  private static Dataset<Row> numbered(Dataset<Row> result) {
    return result.toDF(
        IntStream.range(0, result.columns().length)
            .mapToObj(Integer::toString)
            .toArray(String[]::new));
  }

  /** The columns of the numbered result under their own names, some types as JSON. */
  private static Column[] columns(Dataset<Row> result, Predicate<DataType> asJson) {
    StructField[] fields = result.schema().fields();
    return IntStream.range(0, fields.length)
        .mapToObj(
            i -> {
              Column column = col(Integer.toString(i));
              return (asJson.test(fields[i].dataType()) ? to_json(column, KEEP_NULLS) : column)
                  .as(fields[i].name());
            })
        .toArray(Column[]::new);
  }

  private static boolean isNested(DataType type) {
    return type instanceof StructType || type instanceof ArrayType || type instanceof MapType;
  }

  private static boolean holdsStruct(DataType type) {
    if (type instanceof ArrayType array) {
      return holdsStruct(array.elementType());
    }
    if (type instanceof MapType map) {
      return holdsStruct(map.keyType()) || holdsStruct(map.valueType());
    }
    return type instanceof StructType;
  }

  private static String quoted(String name) {
    return name.matches("[^\",\r\n]*") ? name : '"' + name.replace("\"", "\"\"") + '"';
  }
}
