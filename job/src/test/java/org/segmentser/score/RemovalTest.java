package org.segmentser.score;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.segmentser.ExitCode;
import org.segmentser.HookedFileSystem;
import org.segmentser.Lease;
import org.segmentser.Sha256;
import org.segmentser.TestSpark;
import org.segmentser.UserError;
import org.segmentser.audio.Channels;
import org.segmentser.network.TestModels;
import org.segmentser.segment.ClipSettings;
import org.segmentser.segment.Clips;
import org.segmentser.segment.Segmentation;
import org.segmentser.source.CorpusListing;
import org.segmentser.source.Inputs;
import org.segmentser.tables.Check;
import org.segmentser.tables.Check.Verdict;
import org.segmentser.tables.Coverage;
import org.segmentser.tables.Destination;
import org.segmentser.tables.Removal;
import org.segmentser.tables.RunColumns.Kind;
import org.segmentser.tables.RunOutput;
import org.segmentser.tables.Views;

/** Clips that are removed from the tables of real runs. */
class RemovalTest {
  private static final LocalDate DAY = LocalDate.of(2026, 11, 29);
  private static final List<String> NAMES = List.of("a", "b", "c", "d");

  /** A score and an embed run over four clips, each in several files. */
  @TempDir static Path shared;

  private static String model;

  @TempDir Path dir;
  private Path out;
  private final SparkSession spark = TestSpark.session();
  private Map<String, Check> checks = new LinkedHashMap<>();

  @BeforeAll
  static void runTwice() throws IOException {
    model = TestModels.mini(shared.resolve("mini"), List.of("angry", "happy", "sad")).toString();
    Files.createDirectories(shared.resolve("audio"));
    for (String name : NAMES) {
      Files.write(
          shared.resolve("audio/" + name + ".wav"),
          Clips.wav(16_000, Clips.noise(50_000, name.hashCode())));
    }
    run(shared.resolve("the output"), "r1", Set.of(Kind.EMOTIONS), shared.resolve("audio"));
    run(shared.resolve("the output"), "r2", Set.of(Kind.EMBEDDINGS), shared.resolve("audio"));
  }

  private static void run(Path out, String id, Set<Kind> kinds, Path input) throws IOException {
    RunRequest request =
        new RunRequest(
            kinds.contains(Kind.EMOTIONS) ? "score --input audio" : "embed --input audio",
            Inputs.of(List.of(input.toString())),
            CorpusListing.DEFAULT_SPLIT_S,
            new RunRequest.Target(out.toString(), id, DAY, true),
            ClipSettings.of(Segmentation.DEFAULT),
            new ScoreSettings(1, kinds));
    try (PreparedRun run = PreparedRun.prepare(TestSpark.session(), request, model)) {
      run.run();
    }
  }

  @BeforeEach
  void copy() throws IOException {
    out = dir.resolve("the output");
    copy(shared.resolve("the output"), out);
  }

  private static void copy(Path from, Path to) throws IOException {
    try (Stream<Path> files = Files.walk(from)) {
      for (Path file : files.toList()) {
        Files.copy(file, to.resolve(from.relativize(file).toString()));
      }
    }
  }

  @Test
  void aClipIsInNoTableAndFilesWithoutItAreAsTheyWere() throws IOException {
    Map<Path, String> before = files();
    Set<Path> holding = new HashSet<>();
    for (Path file : before.keySet()) {
      if (rows(file).where("clip_id = '" + id("a") + "'").count() > 0) {
        holding.add(file);
      }
    }
    assertThat(holding).isNotEmpty();
    assertThat(before.keySet().size()).isGreaterThan(holding.size());
    List<Row> others = others();

    Removal.Result result = forget(id("a"));

    assertThat(result.clips()).isEqualTo(1);
    assertThat(result.rows()).isEqualTo(2 + 4 + 4);
    assertThat(result.rewritten() + result.removed()).isEqualTo(holding.size());
    Map<Path, String> after = files();
    after.forEach(
        (file, content) -> {
          assertThat(content.equals(before.get(file)))
              .as(file + "")
              .isEqualTo(!holding.contains(file));
        });
    assertThat(before.keySet()).containsAll(after.keySet());
    assertThat(before.size() - after.size()).isEqualTo(result.removed());
    assertThat(others()).isEqualTo(others);
    Views.register(spark, Destination.files(out.toString()));
    for (String table : List.of("clips_all", "segments_all", "embeddings_all")) {
      assertThat(spark.table(table).where("clip_id LIKE '%/a.wav'").count()).as(table).isZero();
      assertThat(spark.table(table).select("clip_id").distinct().count()).isEqualTo(3);
    }
    assertThat(spark.table("forgotten").select("clip_id", "run_id", "clips.scored", "segments"))
        .satisfies(
            rows ->
                assertThat(rows.orderBy("run_id").collectAsList().toString())
                    .isEqualTo("[[" + id("a") + ",r1,1,4], [" + id("a") + ",r2,1,4]]"));
    assertThat(failing()).isEmpty();
    assertThat(checks.get("forgotten").text()).startsWith("1 clips, of which no row is left");
    assertThat(out.resolve("_staging")).doesNotExist();
  }

  @Test
  void aRewrittenFileHasTheColumnsOfTheOldOne() throws IOException {
    Map<Path, String> before = files();
    Map<String, String> schemas = new TreeMap<>();
    before.keySet().forEach(file -> schemas.put(file.toString(), rows(file).schema().toDDL()));
    assertThat(forget(id("b")).rewritten()).isPositive();
    files()
        .keySet()
        .forEach(
            file ->
                assertThat(rows(file).schema().toDDL()).isEqualTo(schemas.get(file.toString())));
  }

  @Test
  void whatWasForgottenIsSaidTheSecondTime() throws IOException {
    forget(id("a"));
    Map<Path, String> before = files();
    Removal.Result again = forget(id("a"));
    assertThat(again).isEqualTo(new Removal.Result(0, 1, 0, 0, 0));
    assertThat(files()).isEqualTo(before);
    Removal.Result both = forget(id("a"), id("b"));
    assertThat(both.clips()).isEqualTo(1);
    assertThat(both.gone()).isEqualTo(1);
    assertThat(failing()).isEmpty();
  }

  @Test
  void anUnknownClipIsAnErrorAndNothingIsRemoved() throws IOException {
    Map<Path, String> before = files();
    assertThatExceptionOfType(UserError.class)
        .isThrownBy(() -> forget(id("a"), id("nobody")))
        .withMessageContaining("nobody.wav")
        .matches(e -> e.exitCode() == ExitCode.INPUT);
    assertThat(files()).isEqualTo(before);
    assertThat(out.resolve("forgotten")).doesNotExist();
    assertThat(out.resolve("_staging")).doesNotExist();
  }

  @Test
  void everyClipMayBeForgotten() throws IOException {
    Removal.Result result = forget(NAMES.stream().map(RemovalTest::id).toArray(String[]::new));
    assertThat(result.clips()).isEqualTo(4);
    assertThat(result.rewritten()).isZero();
    for (String table : List.of("clips", "segments", "embeddings")) {
      assertThat(out.resolve(table)).doesNotExist();
    }
    assertThat(failing()).isEmpty();
    assertThat(Views.register(spark, Destination.files(out.toString())))
        .containsExactly("forgotten", "runs");
  }

  @Test
  void oneThatBrokeOffIsFoundAndGoesOn() throws IOException {
    Path whole = dir.resolve("whole");
    copy(out, whole);
    forget(id("a"));
    // As if nothing but the first step had been made: then one table more.
    copy(out.resolve("forgotten"), whole.resolve("forgotten"));
    out = whole;
    assertThat(failing()).containsExactly("sums", "forgotten");
    assertThat(checks.get("forgotten").text()).contains("with rows: 1 (" + id("a") + ")");
    assertThat(forget(id("a")).clips()).isEqualTo(1);
    assertThat(failing()).isEmpty();
    try (Stream<Path> files = Files.list(out.resolve("forgotten"))) {
      assertThat(files.filter(file -> file.toString().endsWith(".parquet"))).hasSize(1);
    }
  }

  @Test
  void whatIsBroughtBackIsFoundAndAReplacedRunBalances() throws IOException {
    forget(id("a"));
    run(out, "r1", Set.of(Kind.EMOTIONS), shared.resolve("audio"));
    assertThat(failing()).containsExactly("forgotten");
    forget(id("a"));
    assertThat(failing()).isEmpty();
  }

  @Test
  void aForgottenClipOfTheArchiveNeedsNoOutcome() {
    forget(id("a"));
    Coverage.prove(
        spark,
        Destination.files(out.toString()),
        Inputs.of(List.of(shared.resolve("audio").toString())),
        Channels.MIX,
        check -> checks.put(check.name(), check));
    assertThat(checks.get("archive").verdict()).isEqualTo(Verdict.HOLDS);
    assertThat(checks.get("archive").text())
        .isEqualTo("3 clips have an outcome for what they hold now, 1 are forgotten");
  }

  @Test
  void nothingIsRemovedWhileAnotherProcessPublishes() throws IOException {
    Files.createDirectories(out.resolve("_staging"));
    Path claim = Files.writeString(out.resolve("_staging/r9.publishing"), "process 7@host");
    Map<Path, String> before = files();
    assertThatExceptionOfType(UserError.class)
        .isThrownBy(() -> forget(id("a")))
        .withMessageContaining("process 7@host")
        .matches(e -> e.exitCode() == ExitCode.USAGE);
    assertThat(files()).isEqualTo(before);
    assertThat(claim).exists();
  }

  @Test
  void nothingIsForgottenWhileARunIsAtWorkThatMayBringItBack() throws IOException {
    Map<Path, String> before = files();
    Configuration conf = spark.sessionState().newHadoopConf();
    try (RunOutput run = RunOutput.begin(out.toString(), "r9", DAY, false, conf)) {
      assertThatExceptionOfType(UserError.class)
          .isThrownBy(() -> forget(id("a")))
          .withMessageContaining("may bring back what is forgotten")
          .withMessageContaining(out + "/_staging/" + run.runId() + "-")
          .matches(e -> e.exitCode() == ExitCode.BUSY);
    }
    try (Lease night = RunOutput.lease(out.toString(), "night", conf)) {
      assertThatExceptionOfType(UserError.class)
          .isThrownBy(() -> forget(id("a")))
          .withMessageContaining("/_staging/night.lease")
          .matches(e -> e.exitCode() == ExitCode.BUSY);
      night.check();
    }
    assertThat(files()).isEqualTo(before);
    // What a process left that has died does not count.
    Files.createDirectories(out.resolve("_staging/r9-" + UUID.randomUUID()));
    assertThat(forget(id("a")).clips()).isEqualTo(1);
  }

  @Test
  void filesAreReplacedOnOtherFileSystemsToo() throws IOException {
    String key = "fs.hooked.impl";
    spark.sparkContext().hadoopConfiguration().set(key, HookedFileSystem.configuration().get(key));
    // Its files have no checksums beside them, which those that were copied would contradict.
    try (Stream<Path> files = Files.walk(out)) {
      for (Path file : files.filter(f -> f.toString().endsWith(".crc")).toList()) {
        Files.delete(file);
      }
    }
    Dataset<Row> ids = spark.createDataset(List.of(id("c")), Encoders.STRING()).toDF("clip_id");
    assertThat(Removal.of(spark, Destination.files(HookedFileSystem.uri(out)), ids).clips())
        .isEqualTo(1);
    assertThat(failing()).isEmpty();
  }

  private static String id(String name) {
    return "file:" + shared.resolve("audio/" + name + ".wav");
  }

  private Removal.Result forget(String... ids) {
    return Removal.of(
        spark,
        Destination.files(out.toString()),
        spark.createDataset(Arrays.asList(ids), Encoders.STRING()).toDF("clip_id"));
  }

  private List<String> failing() {
    checks = Proof.of(spark, Destination.files(out.toString()));
    return Proof.failing(checks.values());
  }

  /** The files of the tables but {@code runs}, with times and hashes of their content. */
  private Map<Path, String> files() throws IOException {
    Map<Path, String> files = new TreeMap<>();
    for (String table : List.of("clips", "segments", "embeddings")) {
      if (Files.exists(out.resolve(table))) {
        try (Stream<Path> found = Files.walk(out.resolve(table))) {
          for (Path file : found.filter(f -> f.toString().endsWith(".parquet")).toList()) {
            String content = new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1);
            files.put(file, Files.getLastModifiedTime(file) + " " + Sha256.of(content));
          }
        }
      }
    }
    return files;
  }

  private Dataset<Row> rows(Path file) {
    return spark.read().parquet(file.toString());
  }

  /** All rows of all tables but those of {@code a}, in order. */
  private List<Row> others() {
    return Stream.of("clips", "segments", "embeddings")
        .flatMap(
            table ->
                rows(out.resolve(table))
                    .where("clip_id != '" + id("a") + "'")
                    .selectExpr("to_json(struct(*)) AS row")
                    .orderBy("row")
                    .collectAsList()
                    .stream())
        .toList();
  }
}
