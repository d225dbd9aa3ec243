package org.segmentser.score;

import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.collect_set;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.countDistinct;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.sum;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.segmentser.JobNames;
import org.segmentser.UserError;
import org.segmentser.flow.ExecutorModel;
import org.segmentser.model.ModelDirectory;
import org.segmentser.model.ModelSpec;
import org.segmentser.source.Known;
import org.segmentser.tables.Destination;
import org.segmentser.tables.EmbeddedCodec;
import org.segmentser.tables.Embeddings;
import org.segmentser.tables.Outcomes;
import org.segmentser.tables.RunCodec.Settings;
import org.segmentser.tables.RunColumns.Kind;
import org.segmentser.tables.Schemas;

/**
 * A run over embeddings that are known to be those of the model, with an output that is known to be
 * usable, before any of them is read. Closing it removes what it staged.
 */
public final class PreparedRescore implements AutoCloseable {
  /** What runs compute whose rows hold embeddings. */
  private static final List<Set<Kind>> EMBEDDED =
      List.of(
          Set.of(Kind.EMBEDDINGS),
          Set.of(Kind.EMBEDDINGS, Kind.POST_PROCESSED),
          Set.of(Kind.EMBEDDINGS, Kind.EMOTIONS));

  private final SparkSession spark;
  private final RescoreRequest request;
  private final ModelDirectory model;
  private final String embedderId;
  private final List<String> others;
  private final Execution execution;
  private final List<Embedded> parts = new ArrayList<>();

  /**
   * Clips that are scored by one run, as their embeddings were made with the same settings.
   *
   * @param settings as of a run over the same audio
   * @param clips their rows as {@link EmbeddedCodec} has them, staged
   * @param segments rows as {@link EmbeddedCodec} has them: those of the clips, and maybe of others
   * @param isAll whether they are those of the clips alone
   * @param totals what the clips sum up to
   */
  record Embedded(
      Settings settings, Dataset<Row> clips, Dataset<Row> segments, boolean isAll, Totals totals) {}

  /**
   * What clips sum up to.
   *
   * @param clips how many, each once
   * @param known how many more have an outcome already or were forgotten
   * @param segments of those that are scored
   */
  public record Totals(long clips, long known, long segments) {
    private Totals plus(Totals other) {
      return new Totals(clips + other.clips, known + other.known, segments + other.segments);
    }
  }

  private PreparedRescore(
      SparkSession spark,
      RescoreRequest request,
      ModelDirectory model,
      String embedderId,
      List<String> others,
      Execution execution) {
    this.spark = spark;
    this.request = request;
    this.model = model;
    this.embedderId = embedderId;
    this.others = others;
    this.execution = execution;
  }

  /**
   * Checks the model, finds the embeddings and opens the output.
   *
   * @param model URI of the model's directory; null for the model that comes with the program
   * @throws UserError if there are no embeddings, another embedder or another version made them,
   *     the output cannot be used, or the model cannot score them
   * @throws org.segmentser.model.ModelException if the model is broken
   */
  public static PreparedRescore prepare(SparkSession spark, RescoreRequest request, String model) {
    Configuration conf = spark.sessionState().newHadoopConf();
    ModelDirectory directory = ModelDirectory.openOrDefault(model, conf);
    ModelSpec spec = directory.spec();
    PreparedRun.checkCan(spec, request.score());
    directory.verify();
    String embedderId =
        directory
            .embedderId()
            .orElseThrow(
                () ->
                    UserError.input(
                        "the model "
                            + spec.modelId()
                            + " is of the family "
                            + spec.family()
                            + ", whose models take no embeddings"));
    Embeddings embeddings = Embeddings.of(spark, request.source(), embedderId, spec.modelId());
    Execution execution =
        Execution.begin(
            spark,
            request.target(),
            request.isIncremental() ? request.workId(spec.modelId()) : null);
    PreparedRescore prepared =
        new PreparedRescore(spark, request, directory, embedderId, embeddings.others(), execution);
    try {
      prepared.parts.addAll(execution.list(() -> prepared.list(embeddings)));
    } catch (Exception e) {
      throw Embeddings.unreadable(request.source(), e);
    }
    return prepared;
  }

  private List<Embedded> list(Embeddings embeddings) {
    List<Embedded> listed = new ArrayList<>();
    try (JobNames jobs = new JobNames(spark)) {
      jobs.next("score: list embedded clips");
      List<Embeddings.Group> groups = embeddings.groups();
      for (Embeddings.Group group : groups) {
        if (groups.size() > 1 && group.clips().isEmpty()) {
          // All of them were embedded again, or forgotten.
          continue;
        }
        requireOtherNames(group.settings().kept());
        Settings settings = request.settings(group.settings());
        listed.add(list(group, settings, execution.staged("embedded-" + listed.size())));
      }
    }
    if (request.target().overwrite() && listed.size() > 1) {
      throw UserError.usage(
          "--overwrite replaces one run, but the embeddings below "
              + request.source()
              + " were made with "
              + listed.size()
              + " settings, for each of which there is a run");
    }
    return listed;
  }

  /**
   * The same settings gave other rows in a version whose constant in the id was another.
   *
   * @param runIds of the runs whose rows are read
   */
  private void requireSameRows(Embeddings.Group group, List<String> runIds) {
    Optional<String> other =
        runIds.stream().filter(id -> !followsFromWords(group.runs().get(id))).sorted().findFirst();
    if (other.isPresent()) {
      throw UserError.input(
          "the embeddings of the run "
              + other.get()
              + " with the settings "
              + group.runs().get(other.get()).id()
              + " below "
              + request.source()
              + " were made by a version that cut or heard audio in another way; run embed again");
    }
  }

  /** Whether the id of a run's settings is the one that this version gives them. */
  private static boolean followsFromWords(Settings run) {
    return EMBEDDED.stream()
        .map(kinds -> RunRequest.settingsId(run.text(), kinds, run.kept(), run.caution()))
        .anyMatch(run.id()::equals);
  }

  /** Columns that were kept by a version whose tables had none of that name. */
  private void requireOtherNames(List<String> kept) {
    for (String column : kept) {
      if (Schemas.isOwn(column)) {
        throw UserError.input(
            "the embeddings below "
                + request.source()
                + " keep a column '"
                + column
                + "', which is a column of the tables by itself now; run embed again without it");
      }
    }
  }

  private Embedded list(Embeddings.Group group, Settings settings, String staged) {
    known(settings).without(group.clips()).write().parquet(staged);
    Dataset<Row> clips = spark.read().schema(group.clips().schema()).parquet(staged);
    Row sums =
        clips
            .agg(
                countDistinct(col("clip.clip_id")),
                count(lit(1)),
                coalesce(sum(EmbeddedCodec.SEGMENTS), lit(0L)),
                collect_set(EmbeddedCodec.RUN_ID))
            .first();
    requireSameRows(group, sums.getList(3));
    long all = group.clips().select("clip.clip_id").distinct().count();
    return new Embedded(
        settings,
        clips,
        group.segments(),
        sums.getLong(1) == group.clipRows(),
        new Totals(sums.getLong(0), all - sums.getLong(0), sums.getLong(2)));
  }

  /**
   * What is not scored: clips that were forgotten and, of an incremental run, what has an outcome.
   */
  private Known known(Settings settings) {
    Destination to = request.target().output();
    return request.isIncremental()
        ? Outcomes.of(spark, to, model.spec().modelId(), settings.id(), Set.of())
        : Outcomes.forgotten(spark, to);
  }

  /** What is scored, all in all. */
  public Totals totals() {
    return parts.stream().map(Embedded::totals).reduce(new Totals(0, 0, 0), Totals::plus);
  }

  /** The settings of each run that is made, as of runs over the same audio. */
  public List<Settings> settings() {
    return parts.stream().map(Embedded::settings).toList();
  }

  /** Runs whose embeddings are left out, as another embedder has made them. */
  public List<String> others() {
    return others;
  }

  /** What the model is. */
  public ModelSpec model() {
    return model.spec();
  }

  /** What other executions left staged in the output, as one line for the user. */
  public Optional<String> leftovers() {
    return execution.leftovers();
  }

  /**
   * Scores and writes: a run for each of the settings that embeddings were made with.
   *
   * @param published is told of each run as soon as it is there
   * @throws UserError if embeddings are missing, the disk is full, or another process took over an
   *     incremental run's work
   */
  public void run(Consumer<RunSummary> published) throws IOException {
    List<Embedded> wanted = parts.stream().filter(part -> part.totals().clips() > 0).toList();
    if (wanted.isEmpty()) {
      return;
    }
    try {
      execution.run(
          "finished runs, if any, are kept",
          () -> {
            ExecutorModel distributed = ExecutorModel.distribute(spark, model);
            Certainty certainty = Certainty.of(model, request.score());
            for (Embedded part : wanted) {
              RescoreJob job = new RescoreJob(spark, request, distributed, embedderId, certainty);
              published.accept(job.run(part, execution.next(), execution.lease()));
            }
          });
    } catch (Exception e) {
      throw Embeddings.unreadable(request.source(), e);
    }
  }

  /** Waits for what still writes, and removes what is staged; never fails. */
  @Override
  public void close() {
    execution.close();
  }
}
