package org.segmentser.score;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.api.Assertions.withinPercentage;

import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.RawLocalFileSystem;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.segmentser.TestSpark;
import org.segmentser.UserError;
import org.segmentser.audio.Channels;
import org.segmentser.network.TestModels;
import org.segmentser.segment.ClipSettings;
import org.segmentser.segment.Clips;
import org.segmentser.segment.Segmentation;
import org.segmentser.segment.Speech;
import org.segmentser.segment.Status;
import org.segmentser.source.CorpusListing;
import org.segmentser.source.Inputs;
import org.segmentser.tables.Destination;
import org.segmentser.tables.RunColumns.Kind;
import org.segmentser.tables.Table;
import org.segmentser.tables.Views;

/** Whole runs with a real Spark session and a real, narrow network of formula weights. */
class ScoreRunTest {
  private static final List<String> LABELS = List.of("angry", "happy", "sad", "neutral");
  private static final ScoreSettings SCORE = new ScoreSettings(null, Set.of(Kind.EMOTIONS));
  private static final int RATE = 16_000;
  private static final LocalDate DAY = LocalDate.of(2026, 11, 22);

  @TempDir static Path models;
  private static String model;

  @TempDir Path dir;
  private boolean overwrite;
  private final SparkSession spark = TestSpark.session();

  @BeforeAll
  static void makeModel() {
    model = TestModels.mini(models.resolve("mini"), LABELS).toString();
  }

  @Test
  void everyListedClipHasOneOutcomeAndTheTablesAgree() throws IOException {
    clip("good.wav", 16_000, 5.3);
    clip("at 12:30:00.wav", 8_000, 2.0);
    clip("long.wav", 16_000, 70);
    byte[] whole = Files.readAllBytes(clip("cut.wav", 16_000, 6));
    Files.write(dir.resolve("audio/cut.wav"), Arrays.copyOf(whole, whole.length / 2));
    Files.write(dir.resolve("audio/empty.wav"), new byte[0]);
    Files.writeString(dir.resolve("audio/text.mp3"), "this is no audio ".repeat(500));
    clip("silent.wav", 16_000, 0);

    RunSummary summary = run("r1", SCORE, ClipSettings.of(Segmentation.DEFAULT));

    assertThat(summary.clips().total()).isEqualTo(7);
    assertThat(summary.clips().byStatus())
        .containsEntry(Status.SCORED, 4L)
        .containsEntry(Status.UNDECODABLE, 2L)
        .containsEntry(Status.TOO_SHORT, 1L);
    assertThat(summary.passes().opened()).isEqualTo(7);
    assertThat(summary.passes().decoded()).isEqualTo(7);
    assertThat(summary.passes().scored()).isEqualTo(7);
    assertThat(summary.clips().rejects()).hasSize(3).anyMatch(r -> r.contains("empty (0 bytes)"));
    assertThat(summary.clips().rejectRatio()).isCloseTo(3 / 7.0, within(1e-9));

    Views.register(spark, Destination.files(output()));
    assertThat(spark.sql("SELECT DISTINCT clip_id FROM clips").count()).isEqualTo(7);
    assertThat(
            spark
                .sql(
                    "SELECT * FROM clips c LEFT JOIN (SELECT clip_id, count(*) n, avg(scores.angry) a,"
                        + " min(segment_index) first, max(segment_index) last FROM segments GROUP BY"
                        + " clip_id) s ON c.clip_id = s.clip_id"
                        + " WHERE c.segments != coalesce(n, 0) OR abs(c.scores.angry - a) > 1e-5"
                        + " OR first != 0 OR last != n - 1")
                .count())
        .isZero();
    assertThat(
            spark
                .sql(
                    "SELECT * FROM clips WHERE (status = 'scored') !="
                        + " (emotion IS NOT NULL AND scores IS NOT NULL AND segments > 0)")
                .count())
        .isZero();
    Row cut = one("SELECT status, reason, segments FROM clips WHERE uri LIKE '%cut.wav'");
    assertThat(cut.getString(0)).isEqualTo("scored");
    assertThat(cut.getString(1)).contains("truncated");
    assertThat(cut.getInt(2)).isEqualTo(3);
    Row run = one("SELECT clips.scored, segments, audio_s, segmentation, hop_s, run_id FROM runs");
    assertThat(run.getLong(0)).isEqualTo(4);
    assertThat(run.getLong(1)).isEqualTo(spark.table("segments").count());
    assertThat(run.getDouble(2)).isCloseTo(5.3 + 2 + 70 + 3, within(0.01));
    assertThat(run.getString(3)).isEqualTo("padded");
    assertThat(run.getDouble(4)).isEqualTo(0.96);
    assertThat(run.getString(5)).isEqualTo("r1");
    assertThat(dir.resolve("out/_staging")).doesNotExist();
  }

  @Test
  void tablesHaveTheColumnsOfTheContract() throws IOException {
    clip("a.wav", 16_000, 3);
    run(
        "r1",
        new ScoreSettings(8, Set.of(Kind.EMOTIONS, Kind.EMBEDDINGS)),
        ClipSettings.of(Segmentation.DEFAULT));
    Views.register(spark, Destination.files(output()));
    String scores = "STRUCT<angry: FLOAT, happy: FLOAT, sad: FLOAT, neutral: FLOAT>";
    assertThat(columns("segments"))
        .containsExactly(
            "clip_id STRING",
            "uri STRING",
            "channel INT",
            "party STRING",
            "segment_index INT",
            "start_s DOUBLE",
            "end_s DOUBLE",
            "speech FLOAT",
            "emotion STRING",
            "scores " + scores,
            "logits ARRAY<FLOAT>",
            "rms_dbfs FLOAT",
            "embedding ARRAY<FLOAT>",
            "model_id STRING",
            "settings_id STRING",
            "run_date DATE",
            "run_id STRING");
    assertThat(columns("clips"))
        .containsExactly(
            "clip_id STRING",
            "uri STRING",
            "channel INT",
            "party STRING",
            "bytes BIGINT",
            "modified TIMESTAMP",
            "start_s DOUBLE",
            "end_s DOUBLE",
            "duration_s DOUBLE",
            "sample_rate INT",
            "channels INT",
            "codec STRING",
            "status STRING",
            "reason STRING",
            "segments INT",
            "speech_s DOUBLE",
            "turns ARRAY<STRUCT<start_s: DOUBLE, end_s: DOUBLE>>",
            "clipping DOUBLE",
            "bandwidth_hz INT",
            "alike BOOLEAN",
            "emotion STRING",
            "confidence FLOAT",
            "emotions ARRAY<STRING>",
            "emotion_vote STRING",
            "unanimous BOOLEAN",
            "scores " + scores,
            "seconds " + scores,
            "model_id STRING",
            "settings_id STRING",
            "run_date DATE",
            "run_id STRING");
    assertThat(columns("runs"))
        .contains(
            "clips STRUCT<scored: BIGINT, too_short: BIGINT, undecodable: BIGINT, unreadable:"
                + " BIGINT, timed_out: BIGINT, too_long: BIGINT, wrong_channels: BIGINT, no_speech:"
                + " BIGINT>",
            "coverage DOUBLE",
            "abstain_below DOUBLE",
            "abstained BIGINT",
            "drift STRUCT<median_distance: DOUBLE, usual_distance: DOUBLE, far_share: DOUBLE,"
                + " unlike: BOOLEAN, emotion: STRING, emotion_share: DOUBLE, one_sided: BOOLEAN>",
            "started TIMESTAMP",
            "commit STRING");
    Row clip =
        one(
            "SELECT modified, seconds.angry + seconds.happy + seconds.sad + seconds.neutral FROM clips");
    assertThat(clip.getTimestamp(0).getTime())
        .isEqualTo(Files.getLastModifiedTime(dir.resolve("audio/a.wav")).toMillis());
    assertThat(clip.getFloat(1)).isCloseTo(2.88f, within(1e-4f));
  }

  @Test
  void resultsDoNotDependOnChunksBatchesOrPartitions() throws IOException {
    for (int i = 0; i < 9; i++) {
      clip("clip" + i + ".wav", 16_000, 1.3 * (i + 1));
    }
    Segmentation overlap = Segmentation.of(Segmentation.Mode.UNPADDED, 0.25);
    run("whole", new ScoreSettings(64, Set.of(Kind.EMOTIONS)), ClipSettings.of(overlap));
    run(
        "chunked",
        new ScoreSettings(3, Set.of(Kind.EMOTIONS)),
        ClipSettings.of(overlap, 1, 3600, 60));
    Views.register(spark, Destination.files(output()));
    assertThat(spark.sql("SELECT * FROM segments_all WHERE run_id = 'whole'").count())
        .isGreaterThan(100);
    assertThat(
            spark
                .sql(
                    "SELECT * FROM (SELECT * FROM segments_all WHERE run_id = 'whole') a"
                        + " FULL JOIN (SELECT * FROM segments_all WHERE run_id = 'chunked') b"
                        + " ON a.clip_id = b.clip_id AND a.segment_index = b.segment_index"
                        + " WHERE a.clip_id IS NULL OR b.clip_id IS NULL OR a.start_s != b.start_s"
                        + " OR a.end_s != b.end_s OR a.rms_dbfs != b.rms_dbfs"
                        + " OR exists(zip_with(a.logits, b.logits, (x, y) -> abs(x - y)),"
                        + " d -> d > 1e-5 * array_max(transform(a.logits, x -> abs(x))))")
                .count())
        .isZero();
  }

  @Test
  void theFunctionStandsOnceInThePlan() throws IOException {
    clip("a.wav", 16_000, 3);
    try (PreparedRun run = prepare("plan", SCORE, ClipSettings.of(Segmentation.DEFAULT))) {
      Dataset<Row> segments = run.plan();
      String plan = segments.queryExecution().executedPlan().toString();
      assertThat(plan.split("segment_audio\\(", -1)).hasSize(2);
      assertThat(plan).doesNotContain("Exchange");
      // The chunk's array does not ride along with each of its segments.
      assertThat(plan)
          .containsPattern(
              "Generate explode\\(segments#\\d+\\), \\[clip#\\d+, voice#\\d+, outcome#\\d+, section#\\d+, section_outcome#\\d+\\], true");
    }
  }

  @Test
  void segmentsOfAClipThatTurnsOutTooLongAreDropped() throws IOException {
    clip("fine.wav", 16_000, 3);
    byte[] file = Files.readAllBytes(clip("open.wav", 16_000, 30));
    // The sizes that a streaming encoder leaves open: the length shows only at the end.
    Arrays.fill(file, 4, 8, (byte) -1);
    Arrays.fill(file, 40, 44, (byte) -1);
    Files.write(dir.resolve("audio/open.wav"), file);
    run("r1", SCORE, ClipSettings.of(Segmentation.DEFAULT, 2, 10, 60));
    Views.register(spark, Destination.files(output()));
    Row open =
        one("SELECT status, segments, emotion, duration_s FROM clips WHERE uri LIKE '%open.wav'");
    assertThat(open.getString(0)).isEqualTo("too_long");
    assertThat(open.getInt(1)).isZero();
    assertThat(open.isNullAt(2)).isTrue();
    assertThat(spark.sql("SELECT DISTINCT uri FROM segments").count()).isEqualTo(1);
  }

  @Test
  void aRunIsNotWrittenTwice() throws IOException {
    clip("a.wav", 16_000, 3);
    run("r1", SCORE, ClipSettings.of(Segmentation.DEFAULT));
    assertThatExceptionOfType(UserError.class)
        .isThrownBy(() -> run("r1", SCORE, ClipSettings.of(Segmentation.DEFAULT)))
        .withMessageContaining("holds the run 'r1' already")
        .matches(e -> e.exitCode() == 2);
    run("r2", SCORE, ClipSettings.of(Segmentation.DEFAULT));
    Views.register(spark, Destination.files(output()));
    assertThat(spark.sql("SELECT DISTINCT run_id FROM clips_all").count()).isEqualTo(2);
  }

  @Test
  void aRunIsReplacedOnDemand() throws IOException {
    clip("a.wav", 16_000, 3);
    run("r1", SCORE, ClipSettings.of(Segmentation.DEFAULT));
    clip("a.wav", 16_000, 6);
    overwrite = true;
    run("r1", SCORE, ClipSettings.of(Segmentation.DEFAULT));
    Views.register(spark, Destination.files(output()));
    assertThat(one("SELECT segments FROM clips_all").getInt(0)).isEqualTo(6);
    assertThat(spark.table("segments_all").count()).isEqualTo(6);
    assertThat(one("SELECT segments FROM runs").getLong(0)).isEqualTo(6);
  }

  @Test
  void namesOfJobsAreGivenBack() throws IOException {
    clip("a.wav", 16_000, 3);
    run("r1", SCORE, ClipSettings.of(Segmentation.DEFAULT));
    assertThat(spark.sparkContext().getLocalProperty("spark.job.description")).isNull();
    assertThat(spark.sparkContext().getLocalProperty("callSite.short")).isNull();
  }

  @Test
  void aRunThatFailsLeavesNothing() throws IOException {
    clip("a.wav", 16_000, 3);
    try (PreparedRun run = prepare("r1", SCORE, ClipSettings.of(Segmentation.DEFAULT))) {
      // Another process takes the place of the staged rows.
      try (Stream<Path> staged = Files.list(dir.resolve("out/_staging"))) {
        Files.createDirectories(staged.findFirst().orElseThrow().resolve("rows"));
      }
      assertThatExceptionOfType(Exception.class).isThrownBy(run::run);
    }
    assertThat(dir.resolve("out")).doesNotExist();
  }

  @Test
  void aRunIsCancelledWhileItLists() throws IOException {
    clip("a.wav", 16_000, 3);
    Path manifest = Files.writeString(dir.resolve("m.csv"), "uri\naudio/a.wav\n");
    RunRequest request =
        new RunRequest(
            "score",
            Inputs.ofManifest(manifest.toString(), Inputs.Columns.DEFAULT),
            CorpusListing.DEFAULT_SPLIT_S,
            new RunRequest.Target(output(), "cancelled-run", DAY, false),
            ClipSettings.of(Segmentation.DEFAULT),
            SCORE);
    PreparedRun.cancel(spark, request.runId());
    assertThatExceptionOfType(Exception.class)
        .isThrownBy(() -> PreparedRun.prepare(spark, request, model).close())
        .withStackTraceContaining("cancelled-run");
    assertThat(dir.resolve("out")).doesNotExist();
    assertThat(spark.sparkContext().getLocalProperty("spark.jobGroup.id")).isNull();
  }

  @Test
  void viewsShowCompleteRunsOnlyAndKeepRunIdsOfDigits() throws IOException {
    clip("a.wav", 16_000, 3);
    run("007", SCORE, ClipSettings.of(Segmentation.DEFAULT));
    run("torn", SCORE, ClipSettings.of(Segmentation.DEFAULT));
    Files.delete(dir.resolve("out/runs/torn.parquet"));
    Views.register(spark, Destination.files(output()));
    assertThat(spark.sql("SELECT DISTINCT run_id FROM segments").collectAsList())
        .extracting(row -> row.getString(0))
        .containsExactly("007");
    assertThatExceptionOfType(UserError.class)
        .isThrownBy(() -> run("torn", SCORE, ClipSettings.of(Segmentation.DEFAULT)))
        .withMessageContaining("in part, left by a run that broke off");
  }

  @Test
  void anOutputThatCannotBeWrittenIsRefusedBeforeWorkStarts() throws IOException {
    clip("a.wav", 16_000, 3);
    Files.writeString(dir.resolve("out"), "a file");
    assertThatExceptionOfType(UserError.class)
        .isThrownBy(() -> prepare("r1", SCORE, ClipSettings.of(Segmentation.DEFAULT)))
        .withMessageContaining("cannot be written");
  }

  @Test
  void embedWritesEmbeddingsAndOutcomes() throws IOException {
    String withPca = TestModels.miniWithPca(dir.resolve("pca"), List.of()).toString();
    clip("a.wav", 16_000, 3);
    Files.writeString(dir.resolve("audio/text.mp3"), "this is no audio ".repeat(500));
    ScoreSettings embed = new ScoreSettings(8, Set.of(Kind.EMBEDDINGS, Kind.POST_PROCESSED));
    try (PreparedRun run =
        PreparedRun.prepare(
            spark, request("e1", embed, ClipSettings.of(Segmentation.DEFAULT)), withPca)) {
      assertThat(run.run().tables()).containsExactly(Table.EMBEDDINGS, Table.CLIPS);
    }
    assertThat(Views.register(spark, Destination.files(output())))
        .containsExactly("clips", "clips_all", "embeddings", "embeddings_all", "runs");
    assertThat(columns("embeddings"))
        .containsExactly(
            "clip_id STRING",
            "uri STRING",
            "channel INT",
            "party STRING",
            "segment_index INT",
            "start_s DOUBLE",
            "end_s DOUBLE",
            "speech FLOAT",
            "rms_dbfs FLOAT",
            "embedding ARRAY<FLOAT>",
            "post_processed BINARY",
            "model_id STRING",
            "settings_id STRING",
            "run_date DATE",
            "run_id STRING");
    assertThat(
            spark
                .sql(
                    "SELECT * FROM embeddings WHERE size(embedding) = 128 AND length(post_processed) = 128")
                .count())
        .isEqualTo(3);
    assertThat(spark.sql("SELECT status FROM clips ORDER BY uri").collectAsList())
        .extracting(row -> row.getString(0))
        .containsExactly("scored", "undecodable");
  }

  @Test
  void theDefaultModelIsTakenWhereNoneIsNamed() throws IOException {
    clip("a.wav", 16_000, 3);
    RunRequest request = request("r1", SCORE, ClipSettings.of(Segmentation.DEFAULT));
    try (PreparedRun run = PreparedRun.prepare(spark, request, null)) {
      RunSummary summary = run.run();
      assertThat(summary.modelId()).startsWith("default-");
      assertThat(summary.scored().segments()).isEqualTo(3);
    }
  }

  @Test
  void aModelThatCannotDoWhatIsAskedIsRefused() {
    String headless = TestModels.mini(dir.resolve("headless"), List.of()).toString();
    assertThatExceptionOfType(UserError.class)
        .isThrownBy(
            () ->
                PreparedRun.prepare(
                    spark, request("r", SCORE, ClipSettings.of(Segmentation.DEFAULT)), headless))
        .withMessageContaining("has no head");
    assertThatExceptionOfType(UserError.class)
        .isThrownBy(
            () ->
                PreparedRun.prepare(
                    spark,
                    request(
                        "r",
                        new ScoreSettings(8, Set.of(Kind.EMBEDDINGS, Kind.POST_PROCESSED)),
                        ClipSettings.of(Segmentation.DEFAULT)),
                    model))
        .withMessageContaining("has no PCA");
  }

  @Test
  void manyBrokenClipsPassThroughOneTask() throws IOException {
    Path audio = Files.createDirectories(dir.resolve("audio"));
    for (int i = 0; i < 400; i++) {
      Files.write(
          audio.resolve("broken" + i + ".wav"), ("RIFF" + i).getBytes(StandardCharsets.US_ASCII));
    }
    RunSummary summary = run("r1", SCORE, ClipSettings.of(Segmentation.DEFAULT));
    assertThat(summary.clips().byStatus()).isEqualTo(all(Map.of(Status.UNDECODABLE, 400L)));
    assertThat(summary.clips().rejects()).hasSize(5);
    Views.register(spark, Destination.files(output()));
    assertThat(spark.table("segments").count()).isZero();
  }

  @Test
  void whatListingCouldNotReadHasItsRow() throws Exception {
    clip("good.wav", 16_000, 2);
    Process bash =
        new ProcessBuilder("bash", "-c", "cp good.wav $'caf\\xe9.wav'; mkfifo pipe.wav")
            .directory(dir.resolve("audio").toFile())
            .start();
    assertThat(bash.waitFor()).isZero();
    RunSummary summary = run("r1", SCORE, ClipSettings.of(Segmentation.DEFAULT));
    assertThat(summary.clips().byStatus())
        .isEqualTo(all(Map.of(Status.SCORED, 1L, Status.UNREADABLE, 1L)));
    assertThat(summary.clips().skipped()).isEqualTo(Map.of("not a regular file", 1L));
    String uri = dir.toUri() + "audio/caf%E9.wav";
    assertThat(summary.clips().rejects())
        .singleElement()
        .asString()
        .startsWith(uri + ": unreadable: its name is not valid in the encoding of file names");
    Views.register(spark, Destination.files(output()));
    assertThat(one("SELECT uri FROM clips WHERE status = 'unreadable'").getString(0))
        .isEqualTo(uri);
  }

  @Test
  void aFileThatCouldNotBeLookedUpIsReadAllTheSame() throws IOException {
    clip("good.wav", 16_000, 2);
    spark
        .sparkContext()
        .hadoopConfiguration()
        .setClass("fs.forgetful.impl", ForgetfulFileSystem.class, FileSystem.class);
    RunSummary summary =
        runManifest(
            "r1",
            "uri\nforgetful://" + dir + "/audio/good.wav\n" + "forgetful://" + dir + "/gone.wav\n",
            List.of());
    assertThat(summary.clips().byStatus())
        .isEqualTo(all(Map.of(Status.SCORED, 1L, Status.UNREADABLE, 1L)));
    Views.register(spark, Destination.files(output()));
    Row good = one("SELECT bytes, modified, reason FROM clips WHERE status = 'scored'");
    assertThat(good.isNullAt(0) && good.isNullAt(1) && good.isNullAt(2)).isTrue();
    assertThat(one("SELECT reason FROM clips WHERE status = 'unreadable'").getString(0))
        .contains("gone.wav")
        .contains("does not exist");
  }

  @Test
  void columnsOfAManifestAreKeptInEachTable() throws IOException {
    clip("a.wav", 16_000, 2);
    runManifest(
        "kept",
        "uri,id,customer,who's,call.at\naudio/a.wav,x,7,anna,1\naudio/gone.wav,y,8,,\n",
        List.of("customer", "who's", "call.at"));
    run("none", SCORE, ClipSettings.of(Segmentation.DEFAULT));
    Views.register(spark, Destination.files(output()));
    assertThat(columns("segments"))
        .contains("customer STRING", "`who's` STRING", "`call.at` STRING");
    assertThat(
            spark
                .sql("SELECT run_id, clip_id, customer, `who's` FROM clips WHERE run_id = 'kept'")
                .collectAsList())
        .extracting(Row::mkString)
        .containsExactlyInAnyOrder("keptx7anna", "kepty8null");
    Row segments =
        one(
            "SELECT count(*), count_if(customer = 7), count_if(`who's` = 'anna') FROM segments"
                + " WHERE run_id = 'kept'");
    assertThat(segments.getLong(0)).isPositive();
    assertThat(segments.getLong(1)).isEqualTo(segments.getLong(0));
    assertThat(segments.getLong(2)).isEqualTo(segments.getLong(0));
    assertThat(one("SELECT count(customer), count(*) FROM segments WHERE run_id = 'none'"))
        .matches(r -> r.getLong(0) == 0 && r.getLong(1) > 0);
  }

  @Test
  void partiesOfACallAreScoredEachByItself() throws IOException {
    float[] speech = speech();
    float[] silence = new float[speech.length];
    stereo("both.wav", speech, later(speech));
    stereo("agent only.wav", speech, silence);
    stereo("mono.wav", speech, speech);
    Files.write(dir.resolve("audio/single.wav"), Clips.wav(RATE, speech));
    ClipSettings gated =
        ClipSettings.of(Segmentation.DEFAULT)
            .withChannels(Channels.of(List.of("agent", "customer")))
            .withSpeech(Speech.GATE);

    RunSummary summary = run("r1", SCORE, gated);

    assertThat(summary.clips().total()).isEqualTo(4);
    assertThat(summary.clips().byStatus())
        .isEqualTo(all(Map.of(Status.SCORED, 5L, Status.NO_SPEECH, 1L, Status.WRONG_CHANNELS, 1L)));
    assertThat(summary.clips().alike()).isEqualTo(1);
    assertThat(summary.clips().rejected()).isEqualTo(1);
    assertThat(summary.passes().isEachOnce(4)).isTrue();
    Views.register(spark, Destination.files(output()));
    assertThat(
            spark
                .sql(
                    "SELECT concat_ws(' ', substring_index(uri, '/', -1), party, status,"
                        + " cast(alike AS STRING)) FROM clips ORDER BY 1")
                .collectAsList())
        .extracting(row -> row.getString(0))
        .containsExactly(
            "agent only.wav agent scored false",
            "agent only.wav customer no_speech false",
            "both.wav agent scored false",
            "both.wav customer scored false",
            "mono.wav agent scored true",
            "mono.wav customer scored true",
            "single.wav wrong_channels");
    // Only what has an outcome as scored has segments, and those without speech no emotion.
    assertThat(
            spark
                .sql(
                    "SELECT * FROM clips c LEFT JOIN (SELECT clip_id, channel, count(*) n,"
                        + " count_if((emotion IS NULL) != (speech < 0.25)) wrong,"
                        + " count_if(emotion IS NULL) unheard FROM segments GROUP BY 1, 2) s"
                        + " ON c.clip_id = s.clip_id AND c.channel = s.channel"
                        + " WHERE c.segments != coalesce(n, 0) OR wrong > 0"
                        + " OR (uri LIKE '%both.wav' AND unheard = 0)")
                .count())
        .isZero();
    Row totals =
        one("SELECT clips.scored, clips.no_speech, speech, min_speech, speech_s FROM runs");
    assertThat(totals.mkString(" ")).startsWith("5 1 gate 0.25 ");
    assertThat(totals.getDouble(4)).isCloseTo(summary.scored().speechS(), within(1e-9));
    assertThat(
            one("SELECT round(sum(speech_s), 6) FROM clips WHERE status = 'scored'").getDouble(0))
        .isCloseTo(totals.getDouble(4), within(1e-5));
  }

  @Test
  void nothingOfAPartyThatIsLeftOutIsWritten() throws IOException {
    float[] speech = speech();
    ClipSettings customer =
        ClipSettings.of(Segmentation.DEFAULT)
            .withChannels(Channels.of(List.of("agent", "customer")).only(List.of("customer")))
            .withSpeech(Speech.GATE);
    stereo("call.wav", later(speech), speech);
    run("r1", SCORE, customer);
    stereo("call.wav", Clips.noise(speech.length, 1), speech);
    run("r2", SCORE, customer);
    Views.register(spark, Destination.files(output()));
    for (String table : List.of("clips_all", "segments_all")) {
      String rows = "SELECT * EXCEPT (run_id, modified) FROM " + table;
      if (table.equals("segments_all")) {
        rows = rows.replace(", modified", "");
      }
      assertThat(
              spark
                  .sql(rows + " WHERE run_id = 'r1' EXCEPT ALL " + rows + " WHERE run_id = 'r2'")
                  .count())
          .isZero();
    }
    assertThat(one("SELECT DISTINCT party, channel FROM segments").mkString(" "))
        .isEqualTo("customer 1");
  }

  @Test
  void rowsOfAManifestMayBeChannels() throws IOException {
    float[] speech = Clips.noise(3 * RATE, 1);
    stereo("call.wav", speech, later(speech));
    clip("mono.wav", RATE, 2);
    RunSummary summary =
        runManifest(
            "r1",
            """
            uri,channel,party
            audio/call.wav,1,customer
            audio/mono.wav,,
            audio/call.wav,[0],agent
            """,
            List.of());
    assertThat(summary.clips().total()).isEqualTo(2);
    Views.register(spark, Destination.files(output()));
    assertThat(
            spark
                .sql(
                    "SELECT concat_ws(' ', substring_index(uri, '/', -1), channel, party) FROM clips"
                        + " ORDER BY 1")
                .collectAsList())
        .extracting(row -> row.getString(0))
        .containsExactly("call.wav 0 agent", "call.wav 1 customer", "mono.wav");
    for (String wrong : List.of("left", "-1", "\"[0, 1]\"", "64")) {
      assertThatExceptionOfType(UserError.class)
          .isThrownBy(() -> runManifest("r2", "uri,channel\na.wav," + wrong + "\n", List.of()))
          .withMessageContaining("row 1 of the manifest")
          .withMessageContaining("it must be a channel's number from 0");
    }
    assertThatExceptionOfType(UserError.class)
        .isThrownBy(() -> runManifest("r2", "uri,party\na.wav,agent\n", List.of()))
        .withMessageContaining("row 1 of the manifest")
        .withMessageContaining("has party 'agent' but no channel");
    assertThatExceptionOfType(UserError.class)
        .isThrownBy(() -> runManifest("r2", "uri,channel,x\na.wav,0,1\na.wav,1,2\n", List.of("x")))
        .withMessageContaining("row 2 of the manifest")
        .withMessageContaining("keeps other values");
    assertThatExceptionOfType(UserError.class)
        .isThrownBy(() -> runManifest("r2", "uri,channel\na.wav,0\na.wav,0\n", List.of()))
        .withMessageContaining("row 2 of the manifest")
        .withMessageContaining("ids must be unique");
  }

  @Test
  void onlyHoldsForChannelsOfAManifestToo() throws IOException {
    float[] noise = Clips.noise(3 * RATE, 1);
    stereo("call.wav", noise, later(noise));
    stereo("other.wav", noise, later(noise));
    Path manifest =
        Files.writeString(
            dir.resolve("m.csv"),
            "uri,channel,party\naudio/call.wav,0,\naudio/call.wav,1,\naudio/other.wav,0,anna\n");
    RunRequest request =
        new RunRequest(
            "score",
            Inputs.ofManifest(manifest.toString(), Inputs.Columns.DEFAULT),
            CorpusListing.DEFAULT_SPLIT_S,
            new RunRequest.Target(output(), "r1", DAY, false),
            ClipSettings.of(Segmentation.DEFAULT)
                .withChannels(Channels.of(List.of("agent", "customer")).only(List.of("customer"))),
            SCORE);
    try (PreparedRun run = PreparedRun.prepare(spark, request, model)) {
      assertThat(run.corpus().skipped()).containsEntry("of channels that --only leaves out", 1L);
      run.run();
    }
    Views.register(spark, Destination.files(output()));
    assertThat(one("SELECT uri, channel, party FROM clips").mkString(" "))
        .endsWith("call.wav 1 customer");
    assertThat(one("SELECT DISTINCT channel, party FROM segments").mkString(" "))
        .isEqualTo("1 customer");
  }

  /** Somebody who speaks, then as long a silence; at {@value #RATE} Hz. */
  private static float[] speech() throws IOException {
    List<Float> samples = new ArrayList<>();
    Path clip = Path.of("..").resolve("examples/audio/angry_08a01Wa.wav");
    ByteBuffer wav = ByteBuffer.wrap(Files.readAllBytes(clip)).order(ByteOrder.LITTLE_ENDIAN);
    for (int at = 44; at + 2 <= wav.limit(); at += 2) {
      samples.add(wav.getShort(at) / 32768f);
    }
    float[] speech = new float[2 * samples.size()];
    for (int i = 0; i < samples.size(); i++) {
      speech[i] = samples.get(i);
    }
    return speech;
  }

  /** The same, with its halves exchanged. */
  private static float[] later(float[] speech) {
    float[] later = new float[speech.length];
    System.arraycopy(speech, 0, later, speech.length / 2, speech.length / 2);
    System.arraycopy(speech, speech.length / 2, later, 0, speech.length / 2);
    return later;
  }

  private void stereo(String name, float[] left, float[] right) throws IOException {
    Files.write(
        Files.createDirectories(dir.resolve("audio")).resolve(name),
        Clips.wav(RATE, 2, Clips.interleaved(left, right)));
  }

  @Test
  void keptColumnsDoNotHideOnesOfTheTables() {
    for (String column : List.of("emotion", "Scores", "post_processed", "run_id", "start_s")) {
      assertThatExceptionOfType(UserError.class)
          .isThrownBy(() -> runManifest("r1", "uri," + column + "\na,b\n", List.of(column)))
          .withMessageContaining("--keep names '" + column + "'");
    }
    assertThat(dir.resolve("out")).doesNotExist();
  }

  @Test
  void anEstimateIsNearWhatTheRunTakes() throws IOException {
    for (int i = 0; i < 60; i++) {
      clip(i + ".wav", i % 2 == 0 ? 8_000 : 16_000, 3 + i % 30);
    }
    clip("long.wav", 16_000, 600);
    Files.writeString(dir.resolve("audio/text.wav"), "this is no audio");
    ClipSettings clips = ClipSettings.of(Segmentation.DEFAULT);
    Estimate estimate;
    try (PreparedRun run = prepare("dry", SCORE, clips)) {
      estimate = run.estimate();
      assertThat(run.plan().rdd().getNumPartitions()).isEqualTo(estimate.partitions());
    }
    assertThat(dir.resolve("out")).doesNotExist();

    RunSummary.ScoredAudio scored = run("r1", SCORE, clips).scored();

    assertThat(estimate.audio().seconds()).isCloseTo(scored.audioS(), withinPercentage(15));
    assertThat((double) estimate.audio().segments())
        .isCloseTo((double) scored.segments(), withinPercentage(15));
    assertThat(estimate.time().wallS()).isBetween(scored.wallS() / 2.5, scored.wallS() * 2.5);
  }

  private RunSummary runManifest(String id, String content, List<String> kept) throws IOException {
    Path manifest = Files.writeString(dir.resolve("m.csv"), content);
    RunRequest request =
        new RunRequest(
            "score",
            Inputs.ofManifest(
                manifest.toString(), Inputs.Columns.DEFAULT.withKept(kept, List.of())),
            CorpusListing.DEFAULT_SPLIT_S,
            new RunRequest.Target(output(), id, DAY, false),
            ClipSettings.of(Segmentation.DEFAULT),
            SCORE);
    try (PreparedRun run = PreparedRun.prepare(spark, request, model)) {
      return run.run();
    }
  }

  /** Fails at each file's first look-up. */
  public static final class ForgetfulFileSystem extends RawLocalFileSystem {
    private static final Set<org.apache.hadoop.fs.Path> ASKED = ConcurrentHashMap.newKeySet();

    @Override
    public URI getUri() {
      return URI.create("forgetful:///");
    }

    @Override
    public String getScheme() {
      return "forgetful";
    }

    @Override
    public FileStatus getFileStatus(org.apache.hadoop.fs.Path path) throws IOException {
      if (ASKED.add(path)) {
        throw new IOException("try again");
      }
      return super.getFileStatus(path);
    }
  }

  private static Map<Status, Long> all(Map<Status, Long> some) {
    return Stream.of(Status.values())
        .collect(Collectors.toMap(status -> status, status -> some.getOrDefault(status, 0L)));
  }

  private RunSummary run(String id, ScoreSettings settings, ClipSettings clips) throws IOException {
    try (PreparedRun run = prepare(id, settings, clips)) {
      return run.run();
    }
  }

  private PreparedRun prepare(String id, ScoreSettings settings, ClipSettings clips) {
    return PreparedRun.prepare(spark, request(id, settings, clips), model);
  }

  private RunRequest request(String id, ScoreSettings settings, ClipSettings clips) {
    return new RunRequest(
        (settings.kinds().contains(Kind.EMOTIONS) ? "score" : "embed") + " --input audio",
        Inputs.of(List.of(dir + "/audio")),
        CorpusListing.DEFAULT_SPLIT_S,
        new RunRequest.Target(output(), id, DAY, overwrite),
        clips,
        settings);
  }

  private String output() {
    return dir.resolve("out").toString();
  }

  private List<String> columns(String table) {
    return Arrays.stream(spark.table(table).schema().fields())
        .map(f -> f.toDDL().replace(" NOT NULL", ""))
        .toList();
  }

  private Row one(String query) {
    List<Row> rows = spark.sql(query).collectAsList();
    assertThat(rows).hasSize(1);
    return rows.get(0);
  }

  private Path clip(String name, int rate, double seconds) throws IOException {
    Path path = Files.createDirectories(dir.resolve("audio")).resolve(name);
    return Files.write(
        path, Clips.wav(rate, Clips.noise((int) Math.round(rate * seconds), name.hashCode())));
  }
}
