package org.segmentser;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.SparkContext;
import org.apache.spark.sql.SparkSession;

/**
 * What the jobs of a thread are called in Spark's UI. Closing it gives back the names that were
 * there when it was made.
 */
public final class JobNames implements AutoCloseable {
  private static final List<String> PROPERTIES =
      List.of("spark.job.description", "callSite.short", "callSite.long");

  private final SparkContext context;
  private final Map<String, String> before = new HashMap<>();

  /** Keeps the names that there are. */
  public JobNames(SparkSession spark) {
    context = spark.sparkContext();
    PROPERTIES.forEach(property -> before.put(property, context.getLocalProperty(property)));
  }

  /** Names the jobs and stages that follow. */
  public void next(String what) {
    context.setJobDescription(what);
    context.setCallSite(what);
  }

  @Override
  public void close() {
    before.forEach(context::setLocalProperty);
  }
}
