package org.segmentser.score;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.rand;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.segmentser.ExitCode;
import org.segmentser.TestSpark;
import org.segmentser.UserError;
import org.segmentser.audio.Channels;
import org.segmentser.model.CalibratedModels;
import org.segmentser.model.MeanFamily;
import org.segmentser.model.ModelDirectory;
import org.segmentser.network.TestModels;
import org.segmentser.segment.ClipSettings;
import org.segmentser.segment.Clips;
import org.segmentser.segment.Segmentation;
import org.segmentser.segment.Speech;
import org.segmentser.source.CorpusListing;
import org.segmentser.source.Inputs;
import org.segmentser.tables.Books;
import org.segmentser.tables.Caution;
import org.segmentser.tables.Check;
import org.segmentser.tables.Check.Verdict;
import org.segmentser.tables.Destination;
import org.segmentser.tables.Removal;
import org.segmentser.tables.RunColumns.Kind;
import org.segmentser.tables.Views;
import scala.jdk.javaapi.CollectionConverters;

/** What is made of embeddings is what a full pass makes of the audio. */
class RescoreTest {
  private static final LocalDate DAY = LocalDate.of(2026, 11, 29);
  private static final Path EXAMPLES =
      Path.of(System.getProperty("segmentser.root")).resolve("examples");
  private static final Set<Kind> SCORE = Set.of(Kind.EMOTIONS);
  private static final Set<Kind> EMBED = Set.of(Kind.EMBEDDINGS);
  private static final Set<Kind> BOTH = Set.of(Kind.EMOTIONS, Kind.EMBEDDINGS);
  private static final ClipSettings GATED =
      ClipSettings.of(Segmentation.DEFAULT).withSpeech(Speech.GATE);

  @TempDir static Path models;

  /** Without a head, and with two heads on the same network. */
  private static String headless;

  private static String model;
  private static String otherHead;

  /** Knows how sure it is. */
  private static String calibrated;

  /** Another network. */
  private static String tiny;

  @TempDir Path dir;
  private Path audio;
  private final SparkSession spark = TestSpark.session();

  @BeforeAll
  static void makeModels() {
    List<String> labels = List.of("angry", "happy", "sad", "neutral");
    headless = TestModels.mini(models.resolve("headless"), List.of()).toString();
    model = TestModels.mini(models.resolve("model"), labels).toString();
    otherHead = TestModels.mini(models.resolve("other"), List.of("calm", "tense")).toString();
    ModelDirectory mini = ModelDirectory.open(model, new Configuration());
    calibrated = CalibratedModels.anyhow(mini, models.resolve("calibrated")).toString();
    tiny = TestModels.tiny(models.resolve("tiny"), labels).toString();
  }

  /** Speech, a call, silence and what is no audio. */
  @BeforeEach
  void makeArchive() throws IOException {
    audio = Files.createDirectories(dir.resolve("audio"));
    for (String name : List.of("angry_08a01Wa.wav", "sad_16a02Tc.wav", "not_audio.wav")) {
      Files.copy(EXAMPLES.resolve("audio/" + name), audio.resolve(name));
    }
    Path call = EXAMPLES.resolve("calls/agent_13_customer_08.flac");
    Files.copy(call, audio.resolve("call.flac"));
    Files.write(audio.resolve("noise.wav"), Clips.wav(16_000, Clips.noise(48_000, 1)));
    Files.write(audio.resolve("short.wav"), Clips.wav(16_000, Clips.noise(0, 1)));
  }

  @Test
  void tablesAreThoseOfAFullPass() throws IOException {
    run("embedded", "e", EMBED, GATED, headless);
    run("full", "r", SCORE, GATED, model);
    RunSummary summary = rescore("embedded", "rescored", "r", SCORE, model).get(0);
    assertThat(summary.clips().total()).isEqualTo(6);
    assertThat(summary.clips().rejected()).isEqualTo(2);
    assertThat(summary.scored().emotions()).isNotEmpty();
    assertSame("full", "rescored");
    // Some segments, and one clip, have too little speech.
    Views.register(spark, Destination.files(out("rescored")));
    assertThat(spark.sql("SELECT * FROM segments WHERE emotion IS NULL").count()).isPositive();
    assertThat(spark.sql("SELECT * FROM clips WHERE status = 'no_speech'").count()).isPositive();
    assertBooksBalance("rescored");
  }

  @Test
  void channelsAndPartiesAreCarried() throws IOException {
    ClipSettings parties =
        GATED.withChannels(Channels.of(List.of("agent", "customer"))).withSpeech(Speech.MARK);
    run("embedded", "e", EMBED, parties, headless);
    run("full", "r", SCORE, parties, model);
    rescore("embedded", "rescored", "r", SCORE, model);
    assertSame("full", "rescored");
    Views.register(spark, Destination.files(out("rescored")));
    assertThat(spark.sql("SELECT * FROM calls WHERE party = 'customer'").count()).isEqualTo(1);
    assertThat(spark.sql("SELECT * FROM clips WHERE status = 'wrong_channels'").count())
        .isEqualTo(3);
    assertBooksBalance("rescored");
  }

  @Test
  void overlappingSegmentsOfLongClipsAndKeptColumnsAreCarried() throws IOException {
    Path manifest =
        Files.writeString(
            dir.resolve("m.csv"),
            "uri,who.is,what\naudio/angry_08a01Wa.wav,a,\naudio/call.flac,b,x\naudio/none.wav,c,y\n");
    Inputs inputs =
        Inputs.ofManifest(
            manifest.toString(),
            Inputs.Columns.DEFAULT.withKept(List.of("who.is", "what"), List.of()));
    Files.write(audio.resolve("none.wav"), Clips.wav(16_000, Clips.noise(3_000_000, 5)));
    ClipSettings overlapping =
        ClipSettings.of(Segmentation.of(Segmentation.Mode.PAPER_OVERLAP, Double.NaN));
    run("embedded", "e", EMBED, overlapping, headless, inputs, 60);
    run("full", "r", BOTH, overlapping, model, inputs, 1000);
    rescore("embedded", "rescored", "r", BOTH, model);
    assertSame("full", "rescored");
    Views.register(spark, Destination.files(out("rescored")));
    assertThat(spark.sql("SELECT DISTINCT `who.is`, what FROM segments").count()).isEqualTo(3);
    assertThat(spark.sql("SELECT * FROM segments WHERE size(embedding) = 128").count())
        .isEqualTo(spark.table("segments").count())
        .isGreaterThan(350);
  }

  @Test
  void embeddingsOfScoreServeTooInWhateverOrderTheyLie() throws IOException {
    run("scored", "e", BOTH, GATED, model);
    run("full", "r", SCORE, GATED, otherHead);
    rewrite("scored", "segments", rows -> rows.repartition(3).orderBy(rand(1)));
    rescore("scored", "rescored", "r", SCORE, otherHead);
    assertSame("full", "rescored");
    Views.register(spark, Destination.files(out("rescored")));
    assertThat(spark.sql("SELECT scores.calm FROM clips WHERE status = 'scored'").count())
        .isEqualTo(3);
  }

  /** With embeddings of another run, which were scored under another caution. */
  @Test
  void confidenceSetsAndDriftAreThoseOfAFullPass() throws IOException {
    ScoreSettings cautious = new ScoreSettings(null, SCORE, new Caution(0.8, 0.5));
    run("embedded", "e", new ScoreSettings(null, BOTH, new Caution(null, 0.3)), GATED, calibrated);
    run("full", "r", cautious, GATED, calibrated);
    run("plain", "r", SCORE, GATED, calibrated);
    assertThat(rescore("embedded", "rescored", "r", cautious, calibrated).get(0).scored().drift())
        .matches(drift -> drift.distance() != null);
    assertSame("full", "rescored");
    assertBooksBalance("rescored");
    Views.register(spark, Destination.files(out("rescored")));
    Row run = spark.sql("SELECT coverage, abstain_below, settings_id FROM runs").first();
    assertThat(run.getDouble(0)).isEqualTo(0.8);
    assertThat(run.getDouble(1)).isEqualTo(0.5);
    assertThat(run.getString(2))
        .isNotEqualTo(rows("plain", "runs").first().getAs("settings_id"))
        .isNotEqualTo(rows("embedded", "runs").first().getAs("settings_id"));
    rescore("embedded", "replain", "r", SCORE, calibrated);
    assertSame("plain", "replain");
  }

  @Test
  void nightsAfterwardsKnowWhatWasScored() throws IOException {
    run("out", "e", EMBED, GATED, headless);
    assertThat(rescore("out", "out", "r", SCORE, model)).hasSize(1);
    assertBooksBalance("out");
    assertThat(night("out", "n1", model)).isEmpty();
    Files.copy(EXAMPLES.resolve("audio/happy_09a01Fa.wav"), audio.resolve("new.wav"));
    Files.delete(audio.resolve("noise.wav"));
    assertThat(night("out", "n2", model)).singleElement().matches(run -> run.clips().total() == 1);
    // And the other way round: what a night scored is not scored from embeddings again.
    assertThat(incremental("out", "out", "i", model)).isEmpty();
    Files.copy(EXAMPLES.resolve("audio/happy_15a01Fb.wav"), audio.resolve("newer.wav"));
    run("out", "e2", EMBED, GATED, headless);
    List<RunSummary> runs = incremental("out", "out", "i", model);
    assertThat(runs).singleElement().matches(run -> run.clips().total() == 1);
    assertThat(runs.get(0).runId()).isEqualTo("i");
    assertThat(night("out", "n3", model)).isEmpty();
    assertThat(dir.resolve("out/_staging")).doesNotExist();
  }

  @Test
  void theNewestEmbeddingsOfEachClipAreScoredByTheirSettings() throws IOException {
    run("embedded", "e1", EMBED, GATED, headless);
    ClipSettings ungated = GATED.withSpeech(Speech.OFF);
    Inputs one = Inputs.of(List.of(audio.resolve("noise.wav").toString()));
    run("embedded", "e2", EMBED, ungated, headless, one, CorpusListing.DEFAULT_SPLIT_S);
    // Those of another network are left out.
    run("embedded", "e3", EMBED, GATED, tiny);
    try (PreparedRescore run = prepare("embedded", "rescored", "r", SCORE, model, false)) {
      assertThat(run.others()).containsExactly("e3");
      assertThat(run.totals().clips()).isEqualTo(6);
    }
    List<RunSummary> runs = rescore("embedded", "rescored", "r", SCORE, model);
    assertThat(runs).extracting(RunSummary::runId).containsExactly("r", "r-2");
    assertThat(runs).extracting(run -> run.clips().total()).containsExactly(5L, 1L);
    assertBooksBalance("rescored");
    run("full", "f", SCORE, ungated, model, one, CorpusListing.DEFAULT_SPLIT_S);
    assertThat(rows("rescored", "clips").where("run_id = 'r-2'").select("settings_id").first())
        .isEqualTo(rows("full", "clips").select("settings_id").first());
    RescoreRequest replacing =
        new RescoreRequest(
            "score",
            Destination.files(out("embedded")),
            new RunRequest.Target(out("rescored"), "r", DAY, true),
            new ScoreSettings(null, SCORE),
            false);
    assertThatExceptionOfType(UserError.class)
        .isThrownBy(() -> PreparedRescore.prepare(spark, replacing, model))
        .withMessageContaining("were made with 2 settings");
  }

  @Test
  void whatWasForgottenStaysSo() throws IOException {
    run("embedded", "e", EMBED, GATED, headless);
    run("out", "r", SCORE, GATED, model);
    String call = rows("out", "clips").where("uri LIKE '%call.flac'").first().getAs("clip_id");
    String sad = rows("out", "clips").where("uri LIKE '%sad%'").first().getAs("clip_id");
    Removal.of(spark, Destination.files(out("out")), spark.sql("SELECT '" + call + "' AS clip_id"));
    Removal.of(
        spark, Destination.files(out("embedded")), spark.sql("SELECT '" + sad + "' AS clip_id"));
    List<RunSummary> runs = rescore("embedded", "out", "r2", SCORE, otherHead);
    assertThat(runs).singleElement().matches(run -> run.clips().total() == 4);
    assertThat(rows("out", "clips").where(col("clip_id").equalTo(call)).count()).isZero();
    assertBooksBalance("out");
  }

  @Test
  void embeddingsOfAnotherNetworkAreRefused() throws IOException {
    run("embedded", "e", EMBED, GATED, tiny);
    String theirs = ModelDirectory.open(tiny, new Configuration()).embedderId().orElseThrow();
    String own = ModelDirectory.open(model, new Configuration()).embedderId().orElseThrow();
    assertThat(own).matches("vggish-[0-9a-f]{16}").isNotEqualTo(theirs);
    assertRefused("embedded", model, "the run e below ", theirs, own, "run embed with it");
    assertThat(rows("embedded", "runs").first().<String>getAs("embedder_id")).isEqualTo(theirs);
  }

  @Test
  void whatHoldsNoUsableEmbeddingsIsRefused() throws IOException {
    assertRefused("embedded", model, "no such output: ");
    run("embedded", "r", SCORE, GATED, model);
    assertRefused("embedded", model, "none of its runs is one of embed");
    run("embedded", "e", EMBED, GATED, headless);
    assertRefused("embedded", headless, "has no head, so it cannot score");
    String mean = MeanFamily.make(dir.resolve("mean"), 2, List.of("low", "high")).toString();
    assertRefused("embedded", mean, "of the family mean, whose models take no embeddings");
    rewriteRuns("embedded", "e", rows -> rows.withColumn("settings_id", lit("0123456789abcdef")));
    assertRefused("embedded", model, "0123456789abcdef", "run embed again");
    rewriteRuns("embedded", "e", rows -> rows.drop("settings", "kept", "embedder_id"));
    assertRefused("embedded", model, "the run e below ", "does not tell what made its embeddings");
  }

  /** Not only that of the newest run with the same settings in words. */
  @Test
  void eachRunWhoseRowsAreReadMustHaveCutAudioInTheSameWay() throws IOException {
    run("embedded", "e1", EMBED, GATED, headless);
    Inputs one = Inputs.of(List.of(audio.resolve("noise.wav").toString()));
    run("embedded", "e2", EMBED, GATED, headless, one, CorpusListing.DEFAULT_SPLIT_S);
    rewriteRuns("embedded", "e1", rows -> rows.withColumn("settings_id", lit("0123456789abcdef")));
    assertRefused("embedded", model, "of the run e1 with the settings 0123456789abcdef below ");
    // Of which nothing is read any more.
    run("embedded", "e3", EMBED, GATED, headless);
    assertThat(rescore("embedded", "rescored", "r", SCORE, model))
        .singleElement()
        .matches(run -> run.clips().total() == 6);
    assertBooksBalance("rescored");
  }

  @Test
  void runsOfOtherCautionsCutAudioInTheSameWay() throws IOException {
    Inputs one = Inputs.of(List.of(audio.resolve("noise.wav").toString()));
    run("embedded", "e", EMBED, GATED, headless, one, CorpusListing.DEFAULT_SPLIT_S);
    Files.delete(audio.resolve("noise.wav"));
    run("embedded", "s", new ScoreSettings(null, BOTH, new Caution(null, 0.3)), GATED, model);
    assertThat(rescore("embedded", "rescored", "r", SCORE, otherHead))
        .singleElement()
        .matches(run -> run.clips().total() == 6);
    assertBooksBalance("rescored");
  }

  @Test
  void missingEmbeddingsAreNoticedAndNothingIsLeft() throws IOException {
    run("embedded", "e", EMBED, GATED, headless);
    rewrite("embedded", "embeddings", rows -> rows.where("segment_index != 1"));
    assertThatExceptionOfType(UserError.class)
        .isThrownBy(() -> rescore("embedded", "rescored", "r", SCORE, model))
        .withMessageContaining("clips with")
        .withMessageContaining("segments were embedded, but");
    assertThat(dir.resolve("rescored")).doesNotExist();
  }

  private void assertRefused(String from, String with, String... words) {
    assertThatExceptionOfType(UserError.class)
        .isThrownBy(() -> prepare(from, "rescored", "r", SCORE, with, false).close())
        .satisfies(e -> assertThat(e.getMessage()).contains(words).doesNotContain("\n"))
        .satisfies(e -> assertThat(e.exitCode()).isEqualTo(ExitCode.INPUT));
    assertThat(dir.resolve("rescored")).doesNotExist();
  }

  private void assertBooksBalance(String out) {
    List<Check> checks = new ArrayList<>();
    Books.prove(spark, Destination.files(out(out)), checks::add);
    assertThat(checks).hasSizeGreaterThan(4).noneMatch(check -> check.verdict() == Verdict.FAILS);
  }

  /** The tables and views of two outputs that are each of one run. */
  private void assertSame(String full, String rescored) {
    Views.register(spark, Destination.files(out(full)));
    List<String> views = new ArrayList<>(List.of("segments", "clips"));
    boolean hasCalls = Arrays.asList(spark.sqlContext().tableNames()).contains("calls");
    if (hasCalls) {
      views.add("calls");
    }
    List<List<Row>> expected = views.stream().map(this::sorted).toList();
    List<String> schemas = views.stream().map(view -> spark.table(view).schema().sql()).toList();
    Row run = spark.table("runs").first();
    Views.register(spark, Destination.files(out(rescored)));
    for (int i = 0; i < views.size(); i++) {
      assertThat(spark.table(views.get(i)).schema().sql()).isEqualTo(schemas.get(i));
      List<Row> found = sorted(views.get(i));
      assertThat(found).hasSameSizeAs(expected.get(i)).isNotEmpty();
      for (int j = 0; j < found.size(); j++) {
        assertSame(expected.get(i).get(j), found.get(j), found.get(j).schema().sql());
      }
    }
    Row other = spark.table("runs").first();
    List<String> ownOfARun =
        List.of("started", "finished", "command", "wall_s", "embedder_id", "commit");
    for (String column : run.schema().fieldNames()) {
      if (!ownOfARun.contains(column)) {
        assertSame(run.getAs(column), other.getAs(column), column);
      }
    }
  }

  private List<Row> sorted(String view) {
    Dataset<Row> rows = spark.table(view);
    List<String> order =
        Stream.of("clip_id", "channel", "segment_index")
            .filter(name -> List.of(rows.columns()).contains(name))
            .toList();
    return rows.orderBy(order.stream().map(functions::col).toArray(Column[]::new)).collectAsList();
  }

  /** Equal but for the last digits of numbers. */
  private static void assertSame(Object expected, Object found, String what) {
    if (expected instanceof Row row) {
      for (int i = 0; i < row.length(); i++) {
        assertSame(row.get(i), ((Row) found).get(i), row.schema().fieldNames()[i]);
      }
    } else if (expected instanceof scala.collection.Seq<?> all) {
      List<?> wanted = CollectionConverters.asJava(all);
      List<?> others = CollectionConverters.asJava((scala.collection.Seq<?>) found);
      assertThat(others).as(what).hasSameSizeAs(wanted);
      double largest = wanted.stream().mapToDouble(RescoreTest::size).max().orElse(0);
      for (int i = 0; i < wanted.size(); i++) {
        if (wanted.get(i) instanceof Float number) {
          assertClose(number, others.get(i), largest, what);
        } else {
          assertSame(wanted.get(i), others.get(i), what);
        }
      }
    } else if (expected instanceof Number number && size(number) % 1 != 0) {
      assertClose(number, found, size(number), what);
    } else {
      assertThat(found).as(what).isEqualTo(expected);
    }
  }

  private static double size(Object number) {
    return number instanceof Number value ? Math.abs(value.doubleValue()) : 0;
  }

  private static void assertClose(Number expected, Object found, double largest, String what) {
    assertThat(Math.abs(((Number) found).doubleValue() - expected.doubleValue()))
        .as(what)
        .isLessThanOrEqualTo(1e-5 * Math.max(1, largest));
  }

  private void run(String out, String id, Set<Kind> kinds, ClipSettings settings, String with)
      throws IOException {
    run(out, id, new ScoreSettings(null, kinds), settings, with);
  }

  private void run(String out, String id, ScoreSettings score, ClipSettings settings, String with)
      throws IOException {
    Inputs inputs = Inputs.of(List.of(audio.toString()));
    run(out, id, score, settings, with, inputs, CorpusListing.DEFAULT_SPLIT_S);
  }

  private void run(
      String out,
      String id,
      Set<Kind> kinds,
      ClipSettings settings,
      String with,
      Inputs inputs,
      double splitS)
      throws IOException {
    run(out, id, new ScoreSettings(null, kinds), settings, with, inputs, splitS);
  }

  private void run(
      String out,
      String id,
      ScoreSettings score,
      ClipSettings settings,
      String with,
      Inputs inputs,
      double splitS)
      throws IOException {
    RunRequest request =
        new RunRequest(
            (score.kinds().equals(EMBED) ? "embed" : "score") + " --input audio",
            inputs,
            splitS,
            new RunRequest.Target(out(out), id, DAY, false),
            settings,
            score);
    try (PreparedRun run = PreparedRun.prepare(spark, request, with)) {
      run.run();
    }
  }

  private List<RunSummary> night(String out, String id, String with) throws IOException {
    RunRequest request =
        new RunRequest(
            "score --incremental",
            Inputs.of(List.of(audio.toString())),
            CorpusListing.DEFAULT_SPLIT_S,
            new RunRequest.Target(out(out), id, DAY, false),
            GATED,
            new ScoreSettings(null, SCORE),
            new RunRequest.Incremental(1_000_000, 1L << 40, Set.of()));
    List<RunSummary> runs = new ArrayList<>();
    try (PreparedRun run = PreparedRun.prepare(spark, request, with)) {
      run.run(runs::add);
    }
    return runs;
  }

  private List<RunSummary> rescore(String from, String out, String id, Set<Kind> kinds, String with)
      throws IOException {
    return rescore(from, out, id, new ScoreSettings(null, kinds), with);
  }

  private List<RunSummary> rescore(
      String from, String out, String id, ScoreSettings score, String with) throws IOException {
    return run(prepare(from, out, id, score, with, false));
  }

  private List<RunSummary> incremental(String from, String out, String id, String with)
      throws IOException {
    return run(prepare(from, out, id, SCORE, with, true));
  }

  private static List<RunSummary> run(PreparedRescore prepared) throws IOException {
    List<RunSummary> runs = new ArrayList<>();
    try (prepared) {
      prepared.run(runs::add);
    }
    return runs;
  }

  private PreparedRescore prepare(
      String from, String out, String id, Set<Kind> kinds, String with, boolean isIncremental) {
    return prepare(from, out, id, new ScoreSettings(null, kinds), with, isIncremental);
  }

  private PreparedRescore prepare(
      String from, String out, String id, ScoreSettings score, String with, boolean isIncremental) {
    return PreparedRescore.prepare(
        spark,
        new RescoreRequest(
            "score --from-embeddings",
            Destination.files(out(from)),
            new RunRequest.Target(out(out), id, DAY, false),
            score,
            isIncremental),
        with);
  }

  private void rewrite(String out, String table, UnaryOperator<Dataset<Row>> change)
      throws IOException {
    Path partition;
    try (Stream<Path> runs = Files.list(dir.resolve(out + "/" + table + "/run_date=" + DAY))) {
      partition = runs.findFirst().orElseThrow();
    }
    replace(partition, change);
  }

  private void rewriteRuns(String out, String id, UnaryOperator<Dataset<Row>> change)
      throws IOException {
    Path file = dir.resolve(out + "/runs/" + id + ".parquet");
    Path changed = dir.resolve("changed-" + System.nanoTime());
    change
        .apply(spark.read().parquet(file.toString()))
        .coalesce(1)
        .write()
        .parquet(changed.toString());
    Files.delete(file);
    Files.deleteIfExists(file.resolveSibling("." + id + ".parquet.crc"));
    try (Stream<Path> parts = Files.list(changed)) {
      Files.move(
          parts.filter(part -> part.toString().endsWith(".parquet")).findFirst().orElseThrow(),
          file);
    }
  }

  private void replace(Path directory, UnaryOperator<Dataset<Row>> change) throws IOException {
    Path changed = dir.resolve("changed-" + System.nanoTime());
    change.apply(spark.read().parquet(directory.toString())).write().parquet(changed.toString());
    try (Stream<Path> files = Files.list(directory)) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
    }
    Files.delete(directory);
    Files.move(changed, directory);
  }

  private Dataset<Row> rows(String out, String table) {
    return spark.read().parquet(dir.resolve(out + "/" + table).toString());
  }

  private String out(String name) {
    return dir.resolve(name).toString();
  }
}
