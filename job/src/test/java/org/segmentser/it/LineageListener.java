package org.segmentser.it;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.apache.spark.SparkConf;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerEvent;
import org.apache.spark.sql.execution.QueryExecution;
import org.apache.spark.sql.execution.datasources.InsertIntoHadoopFsRelationCommand;
import org.apache.spark.sql.util.QueryExecutionListener;
import org.segmentser.score.RunPublished;

/**
 * Listeners as users have them, which Spark makes by their names in {@code spark.extraListeners}
 * and {@code spark.sql.queryExecutionListeners}: they write what they hear to a file.
 */
public final class LineageListener extends SparkListener {
  private static final String FILE = "spark.lineage.file";

  private final Path file;

  /** What Spark calls. */
  public LineageListener(SparkConf conf) {
    file = Path.of(conf.get(FILE));
  }

  @Override
  public void onOtherEvent(SparkListenerEvent event) {
    if (event instanceof RunPublished run) {
      append(file, "run " + run.runId() + " " + run.clips());
      run.inputs().forEach(uri -> append(file, "input " + uri));
      run.outputs().forEach(uri -> append(file, "output " + uri));
    }
  }

  /** Hears of queries. */
  public static final class Queries implements QueryExecutionListener {
    private final Path file;

    /** What Spark calls. */
    public Queries(SparkConf conf) {
      file = Path.of(conf.get(FILE));
    }

    @Override
    public void onSuccess(String name, QueryExecution query, long nanos) {
      if (query.optimizedPlan() instanceof InsertIntoHadoopFsRelationCommand insert) {
        append(file, "written " + insert.outputPath());
      }
    }

    @Override
    public void onFailure(String name, QueryExecution query, Exception e) {
      append(file, "failed " + name);
    }
  }

  private static synchronized void append(Path file, String line) {
    try {
      Files.writeString(file, line + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
