package org.segmentser.source;

import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.concat;
import static org.apache.spark.sql.functions.isnan;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.nullif;
import static org.apache.spark.sql.functions.regexp_replace;
import static org.apache.spark.sql.functions.round;
import static org.apache.spark.sql.functions.to_json;
import static org.apache.spark.sql.functions.trim;
import static org.apache.spark.sql.functions.when;

import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.MapType;
import org.apache.spark.sql.types.StructType;
import org.segmentser.FileSystems;
import org.segmentser.SqlNames;

/** Expressions over the columns of a manifest, whose types are as its writer chose them. */
final class ManifestColumns {
  /** Seconds are rounded to so many digits, which are shorter than a sample of any recording. */
  private static final int DIGITS = 9;

  private ManifestColumns() {}

  static boolean has(StructType schema, String name) {
    return List.of(schema.fieldNames()).contains(name);
  }

  /** A column as text; of nested ones, their JSON; null where there is no such column. */
  static Column text(StructType schema, String name) {
    return has(schema, name)
        ? text(SqlNames.named(name), schema.apply(name).dataType())
        : lit(null).cast("string");
  }

  /** A column of a type as text; of a nested one, its JSON. */
  static Column text(Column column, DataType type) {
    return type instanceof StructType || type instanceof ArrayType || type instanceof MapType
        ? to_json(column)
        : column.cast("string");
  }

  /** A text without surrounding blanks; null where nothing is left. */
  static Column stripped(Column text) {
    return nullif(trim(text), lit(""));
  }

  /** Seconds as a number; null where the text is none. */
  static Column seconds(Column text) {
    return text.try_cast("double");
  }

  /** Where a stretch ends, in seconds. */
  static Column end(Column startS, Column durationS) {
    return round(startS.plus(durationS), DIGITS);
  }

  /** What is wrong with a text that should be a number of seconds; null where nothing is. */
  static Column secondsProblem(Column text, String name) {
    Column value = seconds(text);
    Column isWrong =
        value.isNull().or(value.lt(0)).or(isnan(value)).or(value.equalTo(Double.POSITIVE_INFINITY));
    return when(
        text.isNotNull().and(isWrong),
        concat(
            lit("has " + name + " '"), text, lit("'; it must be a number of seconds, at least 0")));
  }

  /** A fixed problem where a condition holds, else null. */
  static Column problemIf(Column condition, String problem) {
    return when(condition, lit(problem));
  }

  /** The first problem that there is. */
  static Column first(Column... problems) {
    return coalesce(problems);
  }

  /**
   * URIs as Hadoop reads them. Other programs name objects of S3 by {@code s3:}, which is {@code
   * s3a:} wherever no file system of its own has that scheme.
   */
  static Column uri(Column uri, Configuration conf) {
    return FileSystems.problem("s3://bucket/key", conf).isPresent()
        ? regexp_replace(uri, lit("^s3n?://"), lit("s3a://"))
        : uri;
  }
}
