package org.segmentser;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.SparkContext;
import org.apache.spark.sql.SparkSession;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the jobs of a thread are called in Spark's UI, and when each step began and ended in the
 * log. Closing it restores the names that were there when it was made.
 */
public final class JobNames implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(JobNames.class);
  private static final List<String> PROPERTIES =
      List.of("spark.job.description", "callSite.short", "callSite.long");

  private final SparkContext context;
  private final Map<String, String> before = new HashMap<>();

  /** The step that is under way; null for none that is logged. */
  private String step;

  private long startedNanos;

  /** Remembers the current names. */
  public JobNames(SparkSession spark) {
    context = spark.sparkContext();
    PROPERTIES.forEach(property -> before.put(property, context.getLocalProperty(property)));
  }

  /** Begins a step: logs it, and names the jobs and stages that follow. */
  public void next(String what) {
    end();
    LOG.info("{}", what);
    step = what;
    startedNanos = System.nanoTime();
    name(what);
  }

  /** Names the jobs and stages that follow by what may hold a secret, and is not logged. */
  public void nextUnlogged(String text) {
    end();
    name(text);
  }

  private void end() {
    if (step != null) {
      LOG.info("{}: ended after {} ms", step, (System.nanoTime() - startedNanos) / 1_000_000);
      step = null;
    }
  }

  private void name(String what) {
    context.setJobDescription(what);
    context.setCallSite(what);
  }

  @Override
  public void close() {
    end();
    before.forEach(context::setLocalProperty);
  }
}
