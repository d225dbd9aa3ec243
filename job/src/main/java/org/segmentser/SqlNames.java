package org.segmentser;

import org.apache.spark.sql.Column;
import org.apache.spark.sql.functions;

/** Names in Spark SQL, whatever characters they have. */
public final class SqlNames {
  private SqlNames() {}

  /** A name in backticks. */
  public static String quoted(String name) {
    return "`" + name.replace("`", "``") + "`";
  }

  /** A column by its name; a dot in it names no field. */
  public static Column named(String name) {
    return functions.col(quoted(name));
  }
}
