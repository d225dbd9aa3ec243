package org.segmentser.tables;

import static org.apache.spark.sql.functions.broadcast;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.max;
import static org.apache.spark.sql.functions.struct;

import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/**
 * Which old runs nobody needs any more: no view shows a row of them, and no incremental run would
 * do their work again.
 */
final class Expiry {
  private static final String[] WORK = {"is_embed", "model_id", "settings"};
  private static final Column PLACE = struct(col("started"), col("run_id"));

  private Expiry() {}

  /** A run, by what it did. */
  record Run(String id, LocalDate date, List<Object> work) {}

  /**
   * The old runs.
   *
   * @param superseded those of which nothing is needed, oldest first
   * @param needed the others
   */
  record Runs(List<Run> superseded, List<Run> needed) {}

  /**
   * Sorts the runs before a date. An outcome is needed if it is the newest of its clip among runs
   * of the same command, or among runs that keep embeddings; or the newest of the same command,
   * model and settings while these are in use, which they are if a run with them is not older than
   * that date: an incremental run would make it again.
   *
   * @param runs rows of {@code runs}
   * @param clips rows of {@code clips}
   */
  static Runs before(LocalDate date, Dataset<Row> runs, Dataset<Row> clips) {
    Dataset<Row> known =
        runs.select(
            col("run_id"),
            col("run_date"),
            col("started"),
            col("command").startsWith("embed ").as("is_embed"),
            col("embedder_id").isNotNull().as("is_embedder"),
            col("model_id"),
            OutputTables.SETTINGS.as("settings"));
    Map<Boolean, List<Run>> byAge = new HashMap<>();
    for (Row row : known.collectAsList()) {
      LocalDate day = row.getDate(1).toLocalDate();
      List<Object> work = List.of(row.get(3), row.get(5), row.get(6));
      byAge
          .computeIfAbsent(day.isBefore(date), isOld -> new ArrayList<>())
          .add(new Run(row.getString(0), day, work));
    }
    List<Run> old = byAge.getOrDefault(true, List.of());
    if (old.isEmpty()) {
      return new Runs(List.of(), List.of());
    }
    Set<List<Object>> inUse = new HashSet<>();
    byAge.getOrDefault(false, List.of()).forEach(run -> inUse.add(run.work()));
    Set<String> needed = needed(inUse, known, clips);
    Comparator<Run> oldestFirst = Comparator.comparing(Run::date).thenComparing(Run::id);
    return new Runs(
        old.stream().filter(run -> !needed.contains(run.id())).sorted(oldestFirst).toList(),
        old.stream().filter(run -> needed.contains(run.id())).sorted(oldestFirst).toList());
  }

  /** The runs with an outcome that is needed. */
  private static Set<String> needed(
      Set<List<Object>> inUse, Dataset<Row> runs, Dataset<Row> clips) {
    Dataset<Row> newestOfWork =
        clips
            .select("clip_id", "run_id")
            .join(broadcast(runs), "run_id")
            .groupBy(col("clip_id"), col("is_embedder"), col(WORK[0]), col(WORK[1]), col(WORK[2]))
            .agg(max(PLACE).as("place"))
            .cache();
    try {
      Set<String> needed = new HashSet<>();
      newestOfWork
          .groupBy("clip_id", "is_embed")
          .agg(max("place").as("place"))
          .select("place.run_id")
          .distinct()
          .collectAsList()
          .forEach(row -> needed.add(row.getString(0)));
      newestOfWork
          .where(col("is_embedder"))
          .groupBy("clip_id")
          .agg(max("place").as("place"))
          .select("place.run_id")
          .distinct()
          .collectAsList()
          .forEach(row -> needed.add(row.getString(0)));
      newestOfWork.select("place.run_id", WORK).distinct().collectAsList().stream()
          .filter(row -> inUse.contains(List.of(row.get(1), row.get(2), row.get(3))))
          .forEach(row -> needed.add(row.getString(0)));
      return needed;
    } finally {
      newestOfWork.unpersist();
    }
  }
}
