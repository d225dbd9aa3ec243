package org.segmentser.score;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.segmentser.ExitCode;
import org.segmentser.UserError;
import org.segmentser.audio.Channels;
import org.segmentser.segment.ClipSettings;
import org.segmentser.segment.Segmentation;
import org.segmentser.source.Inputs;
import org.segmentser.tables.Check;
import org.segmentser.tables.Coverage;
import org.segmentser.tables.Destination;
import org.segmentser.tables.Maintenance;
import org.segmentser.tables.Removal;
import org.segmentser.tables.RunColumns.Kind;
import org.segmentser.tables.Views;

/**
 * A process whose session has a catalog: nights of an archive, one of which dies between its
 * commits, and a clip that is forgotten. Fails with an assertion.
 */
final class CatalogNights {
  private static final LocalDate DAY = LocalDate.of(2026, 11, 29);
  private static final Path AUDIO = Path.of("../examples/audio");

  /** A format, and how Spark is told of it. */
  enum Format {
    ICEBERG(
        "lake.speech",
        "CALL lake.system.rewrite_data_files(table => 'speech.clips', options =>"
            + " map('min-input-files', '2'))"),
    DELTA("spark_catalog.speech", "OPTIMIZE spark_catalog.speech.clips");

    private final String namespace;
    private final String compaction;

    Format(String namespace, String compaction) {
      this.namespace = namespace;
      this.compaction = compaction;
    }

    private Map<String, String> conf(Path dir) {
      return switch (this) {
        case ICEBERG ->
            Map.of(
                "spark.sql.extensions",
                "org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions",
                "spark.sql.catalog.lake",
                "org.apache.iceberg.spark.SparkCatalog",
                "spark.sql.catalog.lake.type",
                "hadoop",
                "spark.sql.catalog.lake.warehouse",
                dir.resolve("lake").toString());
        case DELTA ->
            Map.of(
                "spark.sql.extensions",
                "io.delta.sql.DeltaSparkSessionExtension",
                "spark.sql.catalog.spark_catalog",
                "org.apache.spark.sql.delta.catalog.DeltaCatalog",
                "spark.sql.sources.default",
                "delta",
                "spark.databricks.delta.snapshotPartitions",
                "2",
                // VACUUM lists files by so many tasks, 10,000 by itself.
                "spark.sql.sources.parallelPartitionDiscovery.parallelism",
                "4");
      };
    }
  }

  private final Format format;
  private final Path dir;
  private final Path archive;
  private final SparkSession spark;
  private final Destination tables;

  private CatalogNights(Format format, Path dir) throws IOException {
    this.format = format;
    this.dir = dir;
    archive = Files.createDirectories(dir.resolve("archive"));
    tables = new Destination(dir.resolve("work").toString(), format.namespace);
    SparkSession.Builder builder =
        SparkSession.builder()
            .master("local[2]")
            .config("spark.ui.enabled", false)
            .config("spark.sql.codegen.wholeStage", false)
            .config("spark.sql.codegen.factoryMode", "NO_CODEGEN")
            .config("spark.sql.shuffle.partitions", 2)
            .config("spark.sql.session.timeZone", "UTC")
            .config("spark.sql.warehouse.dir", dir.resolve("warehouse").toString());
    format.conf(dir).forEach(builder::config);
    spark = builder.getOrCreate();
    spark.sparkContext().setLogLevel("ERROR");
  }

  /** Runs. */
  public static void main(String[] args) throws IOException {
    CatalogNights nights = new CatalogNights(Format.valueOf(args[0]), Path.of(args[1]));
    try (nights.spark) {
      nights.run();
    }
  }

  private void run() throws IOException {
    add("angry_08a01Wa.wav", "happy_09a01Fa.wav", "neutral_10a01Nb.mp3", "not_audio.wav");
    assertThat(night("night-1", 3)).containsExactly("night-1", "night-1-2");
    assertThat(dir.resolve("work")).doesNotExist();
    assertThat(night("night-2", 3)).isEmpty();
    add("sad_03a02Ta.wav");
    assertThat(night("night-2", 3)).containsExactly("night-2");
    assertThat(query("SELECT run_id, count(*) FROM clips_all GROUP BY 1 ORDER BY 1"))
        .containsExactly("[night-1,3]", "[night-1-2,1]", "[night-2,1]");

    // As if the second night had died before the last of its commits.
    sql("DELETE FROM " + format.namespace + ".runs WHERE run_id = 'night-2'");
    assertThat(query("SELECT count(*) FROM clips_all")).containsExactly("[4]");
    assertThat(failing()).containsExactly("runs", "archive");
    assertThat(night("night-2", 3)).containsExactly("night-2");
    assertThat(failing()).isEmpty();
    assertThat(query("SELECT count(*), count(DISTINCT clip_id) FROM clips_all"))
        .containsExactly("[5,5]");
    sameAsInFiles();

    maintaining();
    overwriting();
    columnsThatOlderVersionsLack();
    otherEmotions();
    forgetting();
  }

  /** What a dead run left goes; the files are the format's, and hold several runs then. */
  private void maintaining() throws IOException {
    sql("DELETE FROM " + format.namespace + ".runs WHERE run_id = 'night-2'");
    List<String> steps = new ArrayList<>();
    Maintenance.Settings settings =
        new Maintenance.Settings(Duration.ofHours(24), 7, 1 << 20, false);
    Maintenance.of(
        spark,
        tables,
        settings,
        step -> steps.add(step.action() + " " + step.what() + (step.files() > 1 ? " files" : "")));
    assertThat(steps)
        .contains("REMOVED run night-2, in part", "EXPIRED " + format.namespace + ".clips")
        .doesNotContain("KEPT");
    assertThat(spark.table(format.namespace + ".clips").where("run_id = 'night-2'").count())
        .isZero();
    sql(format.compaction);
    String files = "SELECT DISTINCT input_file_name() FROM " + format.namespace + ".clips";
    assertThat(spark.sql(files).collectAsList()).hasSize(1);
    assertThat(night("night-2", 3)).containsExactly("night-2");
    assertThat(failing()).isEmpty();
  }

  private void overwriting() throws IOException {
    assertThatExceptionOfType(UserError.class)
        .isThrownBy(() -> score("night-1", false))
        .withMessageContaining("the output holds the run 'night-1' already: " + format.namespace)
        .matches(e -> e.exitCode() == ExitCode.USAGE);
    long before = spark.table(format.namespace + ".clips").count();
    score("again", false);
    score("again", true);
    assertThat(spark.table(format.namespace + ".clips").count()).isEqualTo(before + 5);
    remove("again");
  }

  private void remove(String runId) {
    for (String table : List.of("runs", "clips", "segments")) {
      sql("DELETE FROM " + format.namespace + "." + table + " WHERE run_id = '" + runId + "'");
    }
  }

  /** Tables that an older version made get the columns with the first run that has them. */
  private void columnsThatOlderVersionsLack() throws IOException {
    if (format == Format.DELTA) {
      // Drops no columns without a mapping of their names.
      return;
    }
    sql("ALTER TABLE " + format.namespace + ".clips DROP COLUMNS (confidence, emotions)");
    sql("ALTER TABLE " + format.namespace + ".runs DROP COLUMNS (abstained, drift)");
    assertThat(failing()).isEmpty();
    score("newer", false);
    assertThat(query("SELECT run_id, abstained, drift.one_sided FROM runs ORDER BY 1"))
        .containsExactly(
            "[newer,0,false]",
            "[night-1,null,null]",
            "[night-1-2,null,null]",
            "[night-2,null,null]");
    assertThat(
            query(
                "SELECT run_id, count(confidence), count(emotion) FROM clips_all GROUP BY 1"
                    + " ORDER BY 1"))
        .containsExactly("[newer,4,4]", "[night-1,0,3]", "[night-1-2,0,0]", "[night-2,0,1]");
    remove("newer");
  }

  /** Embeddings have a table of their own, and their outcomes none of the emotions' columns. */
  private void otherEmotions() throws IOException {
    add("sad_16a02Tc.wav");
    run(
        new RunRequest(
            "embed again",
            inputs(),
            600,
            new RunRequest.Target(tables, "embedded", DAY, false),
            ClipSettings.of(Segmentation.DEFAULT),
            new ScoreSettings(null, Set.of(Kind.EMBEDDINGS)),
            new RunRequest.Incremental(100, 1L << 40, Set.of())));
    assertThat(query("SELECT count(DISTINCT clip_id) FROM embeddings")).containsExactly("[5]");
    rescoring();
    assertThat(failing()).isEmpty();
  }

  /** A pass over the embeddings in the tables gives what one over the audio gave, or would give. */
  private void rescoring() throws IOException {
    assertThat(rescore(tables, tables, true)).containsExactly("[rescored,1]");
    assertThat(rescore(tables, tables, true)).isEmpty();
    Destination files = Destination.files(dir.resolve("rescored").toString());
    assertThat(rescore(tables, files, false)).containsExactly("[rescored,6]");
    for (String table : List.of("clips", "segments")) {
      spark
          .read()
          .parquet(dir.resolve("files/" + table).toString())
          .createOrReplaceTempView("of_" + table);
      spark
          .read()
          .parquet(dir.resolve("rescored/" + table).toString())
          .createOrReplaceTempView("re_" + table);
    }
    assertThat(
            spark
                .sql(
                    "SELECT * FROM of_clips a JOIN re_clips b USING (clip_id)"
                        + " WHERE a.status = b.status AND a.emotion <=> b.emotion"
                        + " AND a.bytes = b.bytes AND a.modified = b.modified"
                        + " AND a.settings_id = b.settings_id")
                .count())
        .isEqualTo(5);
    assertThat(
            spark
                .sql(
                    "SELECT * FROM of_segments a JOIN re_segments b USING (clip_id, segment_index)"
                        + " WHERE a.emotion = b.emotion AND a.end_s = b.end_s"
                        + " AND forall(zip_with(a.logits, b.logits, (x, y) -> abs(x - y)),"
                        + " d -> d < 1e-4)")
                .count())
        .isEqualTo(spark.table("of_segments").count());
    Destination elsewhere = new Destination(dir.resolve("elsewhere").toString(), format.namespace);
    assertThatExceptionOfType(UserError.class)
        .isThrownBy(() -> rescore(elsewhere, files, false))
        .withMessageContaining("go with the directory file:" + dir.resolve("work"))
        .matches(e -> e.exitCode() == ExitCode.USAGE);
  }

  /** The runs that are made, and how many clips each has. */
  private List<String> rescore(Destination from, Destination to, boolean isIncremental)
      throws IOException {
    List<String> runs = new ArrayList<>();
    RescoreRequest request =
        new RescoreRequest(
            "score --from-embeddings",
            from,
            new RunRequest.Target(to, "rescored", DAY, false),
            new ScoreSettings(null, Set.of(Kind.EMOTIONS)),
            isIncremental);
    try (PreparedRescore run = PreparedRescore.prepare(spark, request, null)) {
      run.run(summary -> runs.add("[" + summary.runId() + "," + summary.clips().total() + "]"));
    }
    return runs;
  }

  private void forgetting() throws IOException {
    String clip = query("SELECT clip_id FROM clips WHERE clip_id LIKE '%happy%'").get(0);
    clip = clip.substring(1, clip.length() - 1);
    Removal.Result result =
        Removal.of(
            spark, tables, spark.createDataset(List.of(clip), Encoders.STRING()).toDF("clip_id"));
    assertThat(result.clips()).isEqualTo(1);
    assertThat(result.rows()).isGreaterThan(3);
    assertThat(night("night-3", 3)).isEmpty();
    for (String table : List.of("clips", "segments", "embeddings")) {
      assertThat(
              spark.table(format.namespace + "." + table).where("clip_id = '" + clip + "'").count())
          .as(table)
          .isZero();
    }
    assertThat(query("SELECT DISTINCT clip_id FROM forgotten")).containsExactly("[" + clip + "]");
    assertThat(failing()).isEmpty();
  }

  private void add(String... names) throws IOException {
    for (String name : names) {
      Files.copy(AUDIO.resolve(name), archive.resolve(name));
    }
  }

  private Inputs inputs() {
    return Inputs.of(List.of(archive.toString()));
  }

  private List<String> night(String runId, long mostClips) throws IOException {
    return run(
        new RunRequest(
            "score night",
            inputs(),
            600,
            new RunRequest.Target(tables, runId, DAY, false),
            ClipSettings.of(Segmentation.DEFAULT),
            new ScoreSettings(null, Set.of(Kind.EMOTIONS)),
            new RunRequest.Incremental(mostClips, 1L << 40, Set.of())));
  }

  private void score(String runId, boolean overwrite) throws IOException {
    run(
        new RunRequest(
            "score all",
            inputs(),
            600,
            new RunRequest.Target(tables, runId, DAY, overwrite),
            ClipSettings.of(Segmentation.DEFAULT),
            new ScoreSettings(null, Set.of(Kind.EMOTIONS))));
  }

  private List<String> run(RunRequest request) throws IOException {
    List<String> runs = new ArrayList<>();
    try (PreparedRun run = PreparedRun.prepare(spark, request, null)) {
      run.run(summary -> runs.add(summary.runId()));
    }
    return runs;
  }

  private List<String> failing() {
    List<Check> checks = new ArrayList<>(Proof.of(spark, tables).values());
    Coverage.prove(spark, tables, inputs(), Channels.MIX, checks::add);
    return Proof.failing(checks);
  }

  /** A run over the same archive into files gives the same rows. */
  private void sameAsInFiles() throws IOException {
    List<String> rows = rows(tables);
    double[] numbers = numbers(tables);
    Destination files = Destination.files(dir.resolve("files").toString());
    run(
        new RunRequest(
            "score files",
            inputs(),
            600,
            new RunRequest.Target(files, "r", DAY, false),
            ClipSettings.of(Segmentation.DEFAULT),
            new ScoreSettings(null, Set.of(Kind.EMOTIONS))));
    assertThat(rows).hasSizeGreaterThan(10).isEqualTo(rows(files));
    // The last digits depend on which others are in a segment's batch, and a night in a catalog
    // has other batches than one in files.
    assertThat(numbers).hasSizeGreaterThan(50).containsExactly(numbers(files), within(1e-3));
  }

  private List<String> rows(Destination output) {
    Views.register(spark, output);
    return select(
        "SELECT clip_id, status, reason, emotion, emotions, segments, bytes, modified, turns,"
            + " model_id, settings_id FROM clips ORDER BY clip_id",
        "SELECT clip_id, segment_index, start_s, end_s, emotion, rms_dbfs FROM segments"
            + " ORDER BY clip_id, segment_index");
  }

  /** Confidences, scores and logits of all clips and segments in their order. */
  private double[] numbers(Destination output) {
    Views.register(spark, output);
    return Stream.of(
            "SELECT confidence, scores.* FROM clips WHERE status = 'scored' ORDER BY clip_id",
            "SELECT scores.*, logits[0], logits[1], logits[2], logits[3] FROM segments"
                + " ORDER BY clip_id, segment_index")
        .flatMap(query -> spark.sql(query).collectAsList().stream())
        .flatMapToDouble(
            row ->
                IntStream.range(0, row.size()).mapToDouble(i -> row.<Number>getAs(i).doubleValue()))
        .toArray();
  }

  private List<String> select(String... queries) {
    return Arrays.stream(queries)
        .flatMap(query -> spark.sql(query).collectAsList().stream())
        .map(Row::toString)
        .toList();
  }

  private List<String> query(String query) {
    Views.register(spark, tables);
    return select(query);
  }

  private void sql(String statement) {
    spark.sql(statement).collectAsList();
  }
}
