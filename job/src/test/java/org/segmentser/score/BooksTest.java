package org.segmentser.score;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.when;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.segmentser.ExitCode;
import org.segmentser.TestSpark;
import org.segmentser.UserError;
import org.segmentser.audio.Channels;
import org.segmentser.network.TestModels;
import org.segmentser.segment.ClipSettings;
import org.segmentser.segment.Clips;
import org.segmentser.segment.Segmentation;
import org.segmentser.source.CorpusListing;
import org.segmentser.source.Inputs;
import org.segmentser.tables.Books;
import org.segmentser.tables.Check;
import org.segmentser.tables.Check.Verdict;
import org.segmentser.tables.Coverage;
import org.segmentser.tables.Destination;
import org.segmentser.tables.RunColumns.Kind;

/** The books of real runs, as they were written and with every fault made by hand. */
class BooksTest {
  private static final LocalDate DAY = LocalDate.of(2026, 11, 29);
  private static final Set<Kind> SCORE = Set.of(Kind.EMOTIONS);
  private static final Set<Kind> EMBED = Set.of(Kind.EMBEDDINGS);

  /** A score and an embed run over five clips, one of which is no audio. */
  @TempDir static Path shared;

  private static String model;

  @TempDir Path dir;
  private Path out;
  private final SparkSession spark = TestSpark.session();
  private Map<String, Check> checks = Map.of();

  @BeforeAll
  static void runTwice() throws IOException {
    model =
        TestModels.mini(shared.resolve("mini"), List.of("angry", "happy", "sad", "neutral"))
            .toString();
    for (int seconds : List.of(2, 3, 5, 8)) {
      clip(shared, seconds + " s.wav", seconds);
    }
    Files.writeString(shared.resolve("audio/text.wav"), "this is no audio");
    run(shared.resolve("the output"), "r1", SCORE, shared.resolve("audio"), Channels.MIX);
    run(shared.resolve("the output"), "r2", EMBED, shared.resolve("audio"), Channels.MIX);
  }

  private static Path clip(Path dir, String name, double seconds) throws IOException {
    Path audio = Files.createDirectories(dir.resolve("audio"));
    byte[] wav = Clips.wav(16_000, Clips.noise((int) (16_000 * seconds), name.hashCode()));
    return Files.write(audio.resolve(name), wav);
  }

  private static void run(Path out, String id, Set<Kind> kinds, Path input, Channels channels)
      throws IOException {
    RunRequest request =
        new RunRequest(
            (kinds.equals(EMBED) ? "embed" : "score") + " --input audio",
            Inputs.of(List.of(input.toString())),
            CorpusListing.DEFAULT_SPLIT_S,
            new RunRequest.Target(out.toString(), id, DAY, false),
            ClipSettings.of(Segmentation.DEFAULT).withChannels(channels),
            new ScoreSettings(1, kinds));
    try (PreparedRun run = PreparedRun.prepare(TestSpark.session(), request, model)) {
      run.run();
    }
  }

  @BeforeEach
  void copy() throws IOException {
    Path from = shared.resolve("the output");
    out = dir.resolve("the output");
    try (Stream<Path> files = Files.walk(from)) {
      for (Path file : files.toList()) {
        Files.copy(file, out.resolve(from.relativize(file).toString()));
      }
    }
  }

  @Test
  void theBooksOfCompleteRunsBalance() {
    assertThat(failing()).isEmpty();
    assertThat(checks).containsOnlyKeys("runs", "outcomes", "segments", "sums", "staging");
    assertThat(checks.values()).allMatch(check -> check.verdict() == Verdict.HOLDS);
    assertThat(text("runs")).startsWith("2;");
    assertThat(text("outcomes")).startsWith("10 of 5 clips");
    assertThat(text("segments")).startsWith("36: those of 8 scored clips");
    assertThat(out.resolve("_staging")).doesNotExist();
  }

  @Test
  void channelsApartHaveAnOutcomeEach() throws IOException {
    Path audio = Files.createDirectories(dir.resolve("stereo"));
    Files.write(audio.resolve("a.wav"), Clips.wav(16_000, 2, Clips.noise(96_000, 1)));
    run(out, "apart", SCORE, audio, Channels.EACH);
    assertThat(failing()).isEmpty();
    assertThat(text("outcomes")).startsWith("11 of 6 clips");
    assertThat(text("segments")).contains("of 10 scored clips or channels");
  }

  @Test
  void asTheSameSettingsAndModelAgainIsDoubled() throws IOException {
    run(out, "r3", SCORE, shared.resolve("audio"), Channels.MIX);
    assertThat(failing()).containsExactly("outcomes");
    // The file that is no audio may be tried again.
    assertThat(text("outcomes"))
        .startsWith(
            "outcomes that an earlier run with the same model and settings had already: 4 (")
        .contains("audio/2 s.wav");
    run(out, "r4", SCORE, shared.resolve("audio/3 s.wav"), Channels.MIX);
    assertThat(failing()).containsExactly("outcomes");
    assertThat(text("outcomes")).contains("already: 5 (");
  }

  @Test
  void aRejectMayBeTriedAgainAndChangedContentIsOther() throws IOException {
    run(out, "r3", SCORE, shared.resolve("audio/text.wav"), Channels.MIX);
    Path changed = clip(dir, "changed.wav", 2);
    run(out, "r4", SCORE, changed, Channels.MIX);
    clip(dir, "changed.wav", 3);
    run(out, "r5", SCORE, changed, Channels.MIX);
    assertThat(failing()).isEmpty();
  }

  @Test
  void runsThatDoNotTellTheirSettingsAreNotCompared() throws IOException {
    run(out, "r3", SCORE, shared.resolve("audio"), Channels.MIX);
    for (String run : List.of("r1", "r3")) {
      rewrite(
          "clips/run_date=" + DAY + "/run_id=" + run,
          rows -> rows.drop("settings_id", "start_s", "end_s", "channel"));
    }
    assertThat(failing()).isEmpty();
  }

  @Test
  void twoOutcomesInOneRunAreFound() throws IOException {
    copyPart("clips", "r1");
    assertThat(failing()).containsExactly("outcomes", "sums");
    assertThat(text("outcomes")).contains("in one run: ");
    assertThat(text("sums")).contains("r1 has ");
  }

  @Test
  void aMissingFileOfSegmentsIsFound() throws IOException {
    Files.delete(part("segments", "r1"));
    assertThat(failing()).containsExactly("segments", "sums");
    assertThat(text("segments"))
        .startsWith("scored clips whose segments are not those that they should have: ");
    assertThat(text("sums"))
        .matches("runs that do not sum up: 1 \\(r1 has \\d+ of segments and says 18\\)");
  }

  @Test
  void aMissingFileOfEmbeddingsIsFound() throws IOException {
    Files.delete(part("embeddings", "r2"));
    assertThat(failing()).containsExactly("segments", "sums");
  }

  @Test
  void aMissingPartitionIsFound() throws IOException {
    for (Path file : parts("clips", "r1")) {
      Files.delete(file);
    }
    assertThat(failing()).containsExactly("segments", "sums");
    assertThat(text("segments"))
        .startsWith("clips with segments that were not scored: 4 (the first: ");
    assertThat(text("sums")).contains("0 of scored and says 4, 0 of undecodable and says 1)");
  }

  @Test
  void doubledSegmentsAreFound() throws IOException {
    copyPart("segments", "r1");
    assertThat(failing()).containsExactly("segments", "sums");
  }

  @Test
  void aGapInTheSegmentsIsFoundThoughTheirNumberIsRight() throws IOException {
    rewrite(
        "segments/run_date=" + DAY + "/run_id=r1",
        rows ->
            rows.withColumn(
                "segment_index",
                when(col("segment_index").equalTo(1), lit(2)).otherwise(col("segment_index"))));
    assertThat(failing()).containsExactly("segments");
    // The clip of two segments has 0 and 2 now, the others have 2 twice.
    assertThat(text("segments")).contains("should have: 4 (");
  }

  @Test
  void aPartitionWithoutItsRunIsFoundAndItsRowsDoNotCount() throws IOException {
    Files.delete(out.resolve("runs/r2.parquet"));
    assertThat(failing()).containsExactly("runs");
    assertThat(text("runs"))
        .contains(": 2 (clips/run_date=" + DAY + "/run_id=r2, embeddings/run_date=");
    assertThat(text("outcomes")).startsWith("5 of 5 clips");
  }

  @Test
  void aPartitionOfAnotherDayIsFound() throws IOException {
    Path day = Files.createDirectories(out.resolve("segments/run_date=2026-11-28"));
    Files.move(out.resolve("segments/run_date=" + DAY + "/run_id=r1"), day.resolve("run_id=r1"));
    assertThat(failing()).containsExactly("runs", "segments", "sums");
  }

  @Test
  void aRunWhoseNumbersLieIsFound() throws IOException {
    Dataset<Row> lying =
        spark
            .read()
            .parquet(out.resolve("runs/r1.parquet").toString())
            .withColumn("segments", col("segments").plus(1))
            .withColumn("clips", col("clips").withField("too_long", lit(7L)));
    lying.coalesce(1).write().parquet(dir.resolve("lying").toString());
    Files.delete(out.resolve("runs/r1.parquet"));
    Files.deleteIfExists(out.resolve("runs/.r1.parquet.crc"));
    try (Stream<Path> files = Files.list(dir.resolve("lying"))) {
      Path row = files.filter(BooksTest::isPart).findFirst().orElseThrow();
      Files.move(row, out.resolve("runs/r1.parquet"));
    }
    assertThat(failing()).containsExactly("sums");
    assertThat(text("sums"))
        .isEqualTo(
            "runs that do not sum up: 1"
                + " (r1 has 0 of too_long and says 7, 18 of segments and says 19)");
  }

  @Test
  void aFileThatClaimsAHugeFooterIsNamed() throws IOException {
    Path torn = part("clips", "r1");
    byte[] whole = Files.readAllBytes(torn);
    Files.deleteIfExists(torn.resolveSibling("." + torn.getFileName() + ".crc"));
    Arrays.fill(whole, whole.length - 8, whole.length - 4, (byte) 0x80);
    Files.write(torn, whole);
    assertThatExceptionOfType(UserError.class)
        .isThrownBy(this::failing)
        .withMessageContaining(torn.getFileName().toString())
        .matches(e -> e.exitCode() == ExitCode.INPUT);
  }

  @Test
  void aTornFileIsNamed() throws IOException {
    Path torn = part("clips", "r1");
    byte[] whole = Files.readAllBytes(torn);
    Files.deleteIfExists(torn.resolveSibling("." + torn.getFileName() + ".crc"));
    Files.write(torn, Arrays.copyOf(whole, whole.length / 2));
    assertThatExceptionOfType(UserError.class)
        .isThrownBy(this::failing)
        .withMessageContaining(torn.getFileName().toString())
        .matches(e -> e.exitCode() == ExitCode.INPUT);
  }

  @Test
  void leftoversAreToldAndNoFault() throws IOException {
    Files.createDirectories(out.resolve("_staging/r9-x"));
    assertThat(failing()).isEmpty();
    Check staging = checks.get("staging");
    assertThat(staging.verdict()).isEqualTo(Verdict.TOLD);
    assertThat(staging.text()).contains("r9-x");
  }

  @Test
  void whatOfTheArchiveHasNoOutcomeIsFound() throws IOException {
    run(out, "r3", SCORE, clip(dir, "old.wav", 2), Channels.MIX);
    Path archive = dir.resolve("audio");
    Map<String, Check> same = compare(Inputs.of(List.of(shared + "/audio", archive.toString())));
    assertThat(same.values()).allMatch(check -> check.verdict() == Verdict.HOLDS);
    assertThat(same.get("archive").text()).startsWith("all 6 clips");

    clip(dir, "new.wav", 3);
    clip(dir, "old.wav", 4);
    Map<String, Check> other = compare(Inputs.of(List.of(archive.toString())));
    assertThat(other.get("archive").verdict()).isEqualTo(Verdict.FAILS);
    assertThat(other.get("archive").text())
        .matches(
            "clips without an outcome: 1 \\(.*/new.wav\\);"
                + " clips that changed after their outcome: 1 \\(.*/old.wav\\)");
    assertThat(other.get("vanished").verdict()).isEqualTo(Verdict.TOLD);
    assertThat(other.get("vanished").text()).startsWith("5 clips");
    assertThat(out.resolve("_staging")).doesNotExist();
  }

  @Test
  void aManifestsStretchesAreClipsOfTheirOwn() throws IOException {
    String uri = shared.resolve("audio/8 s.wav").toUri().toString().replace("%20", " ");
    Path manifest =
        Files.writeString(
            dir.resolve("m.csv"), "uri,id,start_s,end_s\n" + uri + ",a,0,2\n" + uri + ",b,2,4\n");
    Inputs clips = Inputs.ofManifest(manifest.toString(), Inputs.Columns.DEFAULT);
    assertThat(compare(clips).get("archive").text())
        .startsWith("clips without an outcome: 2 (a, b)");
    RunRequest request =
        new RunRequest(
            "score",
            clips,
            CorpusListing.DEFAULT_SPLIT_S,
            new RunRequest.Target(out.toString(), "r3", DAY, false),
            ClipSettings.of(Segmentation.DEFAULT),
            new ScoreSettings(1, SCORE));
    try (PreparedRun run = PreparedRun.prepare(spark, request, model)) {
      run.run();
    }
    assertThat(failing()).isEmpty();
    assertThat(compare(clips).get("archive").verdict()).isEqualTo(Verdict.HOLDS);
    Files.writeString(manifest, "uri,id,start_s,end_s\n" + uri + ",a,0,2\n" + uri + ",b,2,5\n");
    assertThat(compare(clips).get("archive").text())
        .isEqualTo("clips that changed after their outcome: 1 (b)");
  }

  @Test
  void anArchiveOfMoreClipsThanADriverHoldsIsCompared() throws IOException {
    // Each of them has the same content, which is none.
    Path many = Files.createDirectories(dir.resolve("many"));
    int files = CorpusListing.MOST_HELD + 1;
    for (int i = 0; i < files; i++) {
      Files.createFile(many.resolve(i + ".wav"));
    }
    assertThat(compare(Inputs.of(List.of(many.toString()))).get("archive").text())
        .startsWith(String.format("clips without an outcome: %,d (the first: ", files));
    assertThat(out.resolve("_staging")).doesNotExist();
  }

  @Test
  void whatIsNoOutputIsSaid() {
    for (String name : List.of("none", "the output/clips")) {
      assertThatExceptionOfType(UserError.class)
          .isThrownBy(
              () ->
                  Books.prove(spark, Destination.files(dir.resolve(name).toString()), check -> {}))
          .matches(e -> e.exitCode() == ExitCode.INPUT);
    }
  }

  /** Makes all checks; returns the names of those that fail. */
  private List<String> failing() {
    checks = Proof.of(spark, Destination.files(out.toString()));
    return Proof.failing(checks.values());
  }

  /** What the last checks found. */
  private String text(String check) {
    return checks.get(check).text();
  }

  private Map<String, Check> compare(Inputs archive) {
    Map<String, Check> compared = new LinkedHashMap<>();
    Coverage.prove(
        spark,
        Destination.files(out.toString()),
        archive,
        Channels.MIX,
        check -> compared.put(check.name(), check));
    return compared;
  }

  private Path part(String table, String run) throws IOException {
    // One that has rows.
    for (Path part : parts(table, run)) {
      if (spark.read().parquet(part.toString()).count() > 0) {
        return part;
      }
    }
    throw new AssertionError("no rows in " + table + " of " + run);
  }

  private List<Path> parts(String table, String run) throws IOException {
    Path partition = out.resolve(table + "/run_date=" + DAY + "/run_id=" + run);
    try (Stream<Path> files = Files.list(partition)) {
      return files.filter(BooksTest::isPart).sorted().toList();
    }
  }

  private static boolean isPart(Path file) {
    return file.getFileName().toString().startsWith("part-");
  }

  private void copyPart(String table, String run) throws IOException {
    Path part = part(table, run);
    Files.copy(part, part.resolveSibling("part-again.parquet"));
  }

  private void rewrite(String partition, UnaryOperator<Dataset<Row>> change) throws IOException {
    Path path = out.resolve(partition);
    Path other = dir.resolve("rewritten-" + path.getFileName());
    change.apply(spark.read().parquet(path.toString())).write().parquet(other.toString());
    try (Stream<Path> files = Files.list(path)) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
    }
    Files.delete(path);
    Files.move(other, path);
  }
}
