package org.segmentser.tables;

import static org.apache.spark.sql.functions.broadcast;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.max_by;
import static org.apache.spark.sql.functions.struct;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.segmentser.JobNames;
import org.segmentser.UserError;
import org.segmentser.tables.RunCodec.Settings;

/**
 * The embeddings of an output that one embedder has made: each clip's newest, of all complete runs
 * of {@code embed} and of {@code score --embeddings}. Runs that are published meanwhile are left
 * out. Immutable.
 */
public final class Embeddings {
  private static final String[] CLIP_OF_RUN = {"clip_id", "run_id"};
  private static final StructType PLACES =
      OutputTables.ofRuns(new StructType().add("clip_id", DataTypes.StringType));

  private final Destination output;
  private final OutputTables tables;

  /** Oldest first. */
  private final List<Run> runs;

  private final List<String> others;

  /** A run that keeps embeddings. */
  private record Run(String id, String embedderId, boolean isEmbed, Settings settings) {}

  /**
   * The clips whose newest embeddings were made with the same settings.
   *
   * @param settings those, with the id of one of the runs
   * @param runs the settings of each run, by its name: what it computed, and how sure its answers
   *     had to be, may differ
   * @param clips a row for each voice, for {@link EmbeddedCodec#clip}
   * @param segments rows for {@link EmbeddedCodec#segment}: all of the runs that made those of
   *     these clips
   * @param clipRows how many rows of {@code clips} those runs have; if {@code clips} are as many,
   *     {@code segments} are all theirs
   */
  public record Group(
      Settings settings,
      Map<String, Settings> runs,
      Dataset<Row> clips,
      Dataset<Row> segments,
      long clipRows) {
    /** Keeps a copy of its own. */
    public Group {
      runs = Map.copyOf(runs);
    }
  }

  private Embeddings(Destination output, OutputTables tables, List<Run> runs, List<String> others) {
    this.output = output;
    this.tables = tables;
    this.runs = runs;
    this.others = others;
  }

  /**
   * Finds the runs of an output.
   *
   * @param embedderId that has made the embeddings
   * @param modelId of the model that has it, for messages
   * @throws UserError if the output cannot be read, or has no embeddings by the embedder
   */
  public static Embeddings of(
      SparkSession spark, Destination output, String embedderId, String modelId) {
    try (JobNames jobs = new JobNames(spark)) {
      jobs.next("score: find embeddings");
      OutputTables tables = OutputTables.open(spark, output);
      List<Run> all =
          tables
              .runs()
              .where(col("embedder_id").isNotNull())
              .orderBy("started", "run_id")
              .collectAsList()
              .stream()
              .map(Embeddings::run)
              .toList();
      List<Run> own = all.stream().filter(run -> run.embedderId.equals(embedderId)).toList();
      if (own.isEmpty()) {
        throw all.isEmpty()
            ? none(tables, output)
            : UserError.input(
                String.format(
                    Locale.ROOT,
                    "the embeddings of the run %s below %s are made by %s, but the model %s goes"
                        + " with %s: it is another network before the head; run embed with it",
                    last(all).id,
                    output,
                    last(all).embedderId,
                    modelId,
                    embedderId));
      }
      List<String> others =
          all.stream().filter(run -> !own.contains(run)).map(run -> run.id).toList();
      return new Embeddings(output, tables, own, others);
    } catch (Exception e) {
      throw OutputTables.unreadable(output, e);
    }
  }

  private static Run run(Row row) {
    String command = row.getAs("command");
    return new Run(
        row.getAs("run_id"),
        row.getAs("embedder_id"),
        command.startsWith("embed "),
        RunCodec.settings(row));
  }

  private static UserError none(OutputTables tables, Destination output) throws IOException {
    List<Row> silent =
        tables
            .runs()
            .where(col("command").startsWith("embed "))
            .select("run_id")
            .orderBy(col("started").desc())
            .limit(1)
            .collectAsList();
    return UserError.input(
        silent.isEmpty()
            ? "no embeddings below " + output + ": none of its runs is one of embed"
            : "the run "
                + silent.get(0).getString(0)
                + " below "
                + output
                + " does not tell what made its embeddings, as an older version wrote it; run embed"
                + " again");
  }

  private static Run last(List<Run> runs) {
    return runs.get(runs.size() - 1);
  }

  /**
   * What a fault means that comes up while embeddings are read.
   *
   * @param output that has them
   */
  public static RuntimeException unreadable(Destination output, Exception thrown) {
    return OutputTables.unreadable(output, thrown);
  }

  /** Runs whose embeddings another embedder has made. */
  public List<String> others() {
    return others;
  }

  /**
   * The clips that were not forgotten, by the settings of their newest run.
   *
   * @throws UserError if a table cannot be read
   */
  public List<Group> groups() {
    Map<String, List<Run>> bySettings = new LinkedHashMap<>();
    for (Run run : runs) {
      String same = run.settings.text() + "\n" + run.settings.kept();
      bySettings.computeIfAbsent(same, settings -> new ArrayList<>()).add(run);
    }
    try {
      Dataset<Row> newest = newest();
      List<Group> groups = new ArrayList<>();
      for (List<Run> same : bySettings.values()) {
        groups.add(group(same, newest));
      }
      return groups;
    } catch (Exception e) {
      throw OutputTables.unreadable(output, e);
    }
  }

  private Group group(List<Run> same, Dataset<Row> newest) throws IOException {
    List<String> kept = last(same).settings.kept();
    Dataset<Row> all = of(same, Table.CLIPS, EmbeddedCodec.clipColumns(kept));
    Dataset<Row> clips = newest == null ? all : all.join(newest, CLIP_OF_RUN, "left_semi");
    Optional<Dataset<Row>> forgotten = tables.forgottenIds();
    if (forgotten.isPresent()) {
      clips = clips.join(forgotten.get(), new String[] {"clip_id"}, "left_anti");
    }
    StructType columns = EmbeddedCodec.segmentColumns(kept);
    Dataset<Row> segments =
        of(same.stream().filter(run -> run.isEmbed).toList(), Table.EMBEDDINGS, columns)
            .union(of(same.stream().filter(run -> !run.isEmbed).toList(), Table.SEGMENTS, columns));
    return new Group(
        last(same).settings,
        same.stream().collect(Collectors.toMap(Run::id, Run::settings)),
        EmbeddedCodec.clips(clips, kept),
        EmbeddedCodec.segments(segments, kept),
        all.count());
  }

  /** The run of each clip that has its newest outcome; null where there is one run. */
  private Dataset<Row> newest() throws IOException {
    if (runs.size() == 1) {
      return null;
    }
    return of(runs, Table.CLIPS, PLACES)
        .join(broadcast(tables.runs().select("run_id", "started")), "run_id")
        .groupBy("clip_id")
        .agg(max_by(col("run_id"), struct(col("started"), col("run_id"))).as("run_id"));
  }

  private Dataset<Row> of(List<Run> some, Table table, StructType columns) throws IOException {
    Dataset<Row> rows = tables.rows(table.label(), columns);
    return some.isEmpty()
        ? tables.spark().createDataFrame(List.of(), rows.schema())
        : rows.where(col("run_id").isin(some.stream().map(Run::id).toArray()));
  }
}
