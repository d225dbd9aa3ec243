package org.segmentser.tables;

import static org.apache.spark.sql.functions.broadcast;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.max_by;
import static org.apache.spark.sql.functions.unix_micros;

import java.util.Arrays;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.segmentser.JobNames;
import org.segmentser.SqlNames;
import org.segmentser.UserError;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The tables of an output as views of a Spark session. */
public final class Views {
  private static final Logger LOG = LoggerFactory.getLogger(Views.class);
  private static final String EVERY_RUN = "_all";
  private static final StructType AGES =
      new StructType().add("run_id", DataTypes.StringType).add("age", DataTypes.IntegerType);

  private Views() {}

  /**
   * Registers the views that the output has tables for. {@code clips}, {@code segments} and {@code
   * embeddings} show what the newest run that has an outcome for a clip made of it, {@code
   * clips_all}, {@code segments_all} and {@code embeddings_all} what every run did, and {@code
   * runs} the runs; only complete runs are shown. {@code forgotten} shows what was removed. Runs of
   * {@code embed}, which know no emotions, count in {@code clips} where no other run has the clip,
   * and runs of {@code score} do not count in {@code embeddings}. {@code calls} shows the parties
   * of clips, where a run has looked for speech or channels. Settings and job names of the session
   * stay as they are.
   *
   * @return their names
   * @throws UserError if the output does not exist or holds no run
   */
  public static List<String> register(SparkSession spark, Destination output) {
    try (JobNames jobs = new JobNames(spark)) {
      jobs.next("sql: look at the runs and columns of the tables");
      OutputTables found = OutputTables.open(spark, output);
      Dataset<Row> runRows = found.rows(Table.RUNS.label()).orElseThrow();
      List<RunAge> runs = oldestFirst(runRows);
      Map<Table, Dataset<Row>> tables = new EnumMap<>(Table.class);
      for (Table table : OutputTables.OF_RUNS) {
        found.rows(table.label()).ifPresent(rows -> tables.put(table, ofRuns(runs, rows)));
      }
      Map<String, Dataset<Row>> views = new LinkedHashMap<>();
      views.put(Table.RUNS.label(), runRows);
      found.forgotten().ifPresent(rows -> views.put(Forgotten.LABEL, rows));
      Dataset<Row> clips = tables.get(Table.CLIPS);
      tables.forEach(
          (table, rows) -> {
            views.put(table.label() + EVERY_RUN, rows);
            views.put(table.label(), newest(spark, rows, clips, runsFor(table, runs)));
          });
      Dataset<Row> newestClips = views.get(Table.CLIPS.label());
      Dataset<Row> newestSegments = views.get(Table.SEGMENTS.label());
      if (newestSegments != null && Calls.canBeMadeOf(newestClips, newestSegments)) {
        views.put("calls", Calls.of(newestClips, newestSegments));
      }
      views.forEach((name, rows) -> rows.createOrReplaceTempView(name));
      LOG.info("{} runs below {} as the views {}", runs.size(), output, views.keySet());
      return views.keySet().stream().sorted().toList();
    } catch (Exception e) {
      throw OutputTables.unreadable(output, e);
    }
  }

  /** A run; one of {@code embed} counts as older than any other, as it knows less of its clips. */
  private record RunAge(String id, boolean isEmbed, long started) {
    static final Comparator<RunAge> BY_AGE =
        Comparator.comparing((RunAge run) -> !run.isEmbed)
            .thenComparing(RunAge::started)
            .thenComparing(RunAge::id);
  }

  private static List<RunAge> oldestFirst(Dataset<Row> runs) {
    return runs
        .select(
            col("run_id"),
            col("command").startsWith("embed ").as("is_embed"),
            unix_micros(col("started")).as("started"))
        .collectAsList()
        .stream()
        .map(row -> new RunAge(row.getAs("run_id"), row.getAs("is_embed"), row.getAs("started")))
        .sorted(RunAge.BY_AGE)
        .toList();
  }

  /** The runs whose outcomes decide which rows of a table are the newest. */
  private static List<RunAge> runsFor(Table table, List<RunAge> runs) {
    return switch (table) {
      case SEGMENTS -> runs.stream().filter(run -> !run.isEmbed).toList();
      case EMBEDDINGS -> runs.stream().filter(RunAge::isEmbed).toList();
      default -> runs;
    };
  }

  private static Dataset<Row> ofRuns(List<RunAge> runs, Dataset<Row> rows) {
    return rows.where(col("run_id").isin(runs.stream().map(RunAge::id).toArray()));
  }

  /**
   * The rows of the newest run that has an outcome for their clip; a single run needs no
   * comparison.
   *
   * @param runs the runs that count, oldest first
   */
  private static Dataset<Row> newest(
      SparkSession spark, Dataset<Row> rows, Dataset<Row> clips, List<RunAge> runs) {
    if (runs.size() < 2) {
      return rows;
    }
    List<Row> ages =
        IntStream.range(0, runs.size())
            .mapToObj(age -> RowFactory.create(runs.get(age).id(), age))
            .toList();
    Dataset<Row> newest =
        ofRuns(runs, clips.select("clip_id", "run_id"))
            .join(broadcast(spark.createDataFrame(ages, AGES)), "run_id")
            .groupBy("clip_id")
            .agg(max_by(col("run_id"), col("age")).as("run_id"));
    return rows.join(newest, new String[] {"clip_id", "run_id"}, "left_semi")
        .select(columns(rows.columns()));
  }

  private static Column[] columns(String[] names) {
    return Arrays.stream(names).map(SqlNames::named).toArray(Column[]::new);
  }
}
