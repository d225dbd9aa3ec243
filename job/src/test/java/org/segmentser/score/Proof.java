package org.segmentser.score;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.SparkSession;
import org.segmentser.tables.Books;
import org.segmentser.tables.Check;
import org.segmentser.tables.Destination;

/** The books of an output, proven for a test. */
final class Proof {
  private Proof() {}

  /** All checks, by their names. */
  static Map<String, Check> of(SparkSession spark, Destination output) {
    Map<String, Check> checks = new LinkedHashMap<>();
    Books.prove(spark, output, check -> checks.put(check.name(), check));
    return checks;
  }

  /** The names of the checks that fail. */
  static List<String> failing(Collection<Check> checks) {
    return checks.stream()
        .filter(check -> check.verdict() == Check.Verdict.FAILS)
        .map(Check::name)
        .toList();
  }
}
