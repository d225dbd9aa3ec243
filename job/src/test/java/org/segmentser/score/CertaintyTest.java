package org.segmentser.score;

import static org.apache.spark.sql.functions.col;
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
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.segmentser.ExitCode;
import org.segmentser.Golden;
import org.segmentser.Sha256;
import org.segmentser.TestSpark;
import org.segmentser.UserError;
import org.segmentser.metrics.ConformalSets;
import org.segmentser.metrics.Logits;
import org.segmentser.model.CalibratedModels;
import org.segmentser.model.Calibration;
import org.segmentser.model.Calibration.Conformal;
import org.segmentser.model.ModelDirectory;
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
import org.segmentser.tables.Drift;
import org.segmentser.tables.Maintenance;
import org.segmentser.tables.Removal;
import org.segmentser.tables.RunColumns.Kind;
import org.segmentser.tables.Views;

/** Whole runs of a model that knows how sure it is: the shipped network, calibrated by examples. */
class CertaintyTest {
  private static final int RATE = 16_000;
  private static final double TEMPERATURE = 1.5;
  private static final LocalDate DAY = LocalDate.of(2026, 11, 29);
  private static final Path EXAMPLES =
      Path.of(System.getProperty("segmentser.root")).resolve("examples");
  private static final ClipSettings GATED =
      ClipSettings.of(Segmentation.DEFAULT).withSpeech(Speech.GATE);
  private static final Set<Kind> SCORE = Set.of(Kind.EMOTIONS);
  private static final List<Double> THRESHOLDS =
      IntStream.range(0, 50).mapToObj(step -> 0.5 + step / 100.0).toList();

  @TempDir static Path shared;

  /** The shipped network, not calibrated, and calibrated. */
  private static String plain;

  private static String calibrated;

  @TempDir Path dir;
  private final SparkSession spark = TestSpark.session();

  /**
   * Speech is cut into stretches of three segments, which overlap, so that few examples give many;
   * every other one is known and the rest held out.
   */
  @BeforeAll
  static void calibrate() throws IOException {
    ModelDirectory network =
        CalibratedModels.uncalibrated(
            ModelDirectory.ofDefault(new Configuration()), shared.resolve("plain"));
    plain = network.toString();
    Path out = shared.resolve("embedded");
    ScoreSettings embed = new ScoreSettings(null, Set.of(Kind.EMBEDDINGS));
    run(out, "e", EXAMPLES.resolve("{audio,calls}").toString(), GATED, embed, plain);
    List<Row> segments =
        TestSpark.session()
            .read()
            .parquet(out.resolve("embeddings").toString())
            .where("embedding IS NOT NULL")
            .orderBy("clip_id", "segment_index")
            .select("embedding", "clip_id")
            .collectAsList();
    Calibration calibration = new Calibration(TEMPERATURE, new Conformal(100, THRESHOLDS), null);
    calibrated =
        CalibratedModels.of(
                network,
                shared.resolve("calibrated"),
                calibration,
                CalibratedModels.novelty(0.1, stretches(segments, 0), stretches(segments, 1)))
            .toString();
  }

  private static float[][] stretches(List<Row> segments, int rest) {
    return IntStream.range(2, segments.size())
        .filter(i -> i % 2 == rest)
        .filter(i -> segments.get(i).getString(1).equals(segments.get(i - 2).getString(1)))
        .mapToObj(i -> mean(segments.subList(i - 2, i + 1)))
        .toArray(float[][]::new);
  }

  private static float[] mean(List<Row> segments) {
    float[] mean = new float[segments.get(0).getList(0).size()];
    for (Row segment : segments) {
      List<Float> embedding = segment.getList(0);
      for (int i = 0; i < mean.length; i++) {
        mean[i] += embedding.get(i) / segments.size();
      }
    }
    return mean;
  }

  @Test
  void confidenceAndSetsFollowFromMeanLogits() throws IOException {
    RunSummary summary = score("r", Caution.NONE, calibrated);
    List<Row> clips = clips("status = 'scored'");
    assertThat(clips).hasSize(8);
    int several = 0;
    for (Row clip : clips) {
      double[] probabilities = probabilities(clip.getAs("clip_id"), TEMPERATURE);
      int best = Logits.argmax(probabilities);
      List<String> labels = labels();
      assertThat(clip.<String>getAs("emotion")).isEqualTo(labels.get(best));
      assertThat((double) clip.<Float>getAs("confidence"))
          .isCloseTo(probabilities[best], within(1e-6));
      List<String> expected =
          ConformalSets.set(probabilities, 0.9).stream().map(labels::get).toList();
      List<String> set = clip.getList(clip.fieldIndex("emotions"));
      assertThat(set).isEqualTo(expected).startsWith(labels.get(best));
      several += set.size() > 1 ? 1 : 0;
    }
    assertThat(several).isPositive();
    assertThat(clips("status != 'scored'"))
        .isNotEmpty()
        .allMatch(clip -> clip.getAs("confidence") == null && clip.getAs("emotions") == null);
    assertThat(summary.scored().abstained()).isZero();
    Row run = run();
    assertThat(run.<Double>getAs("coverage")).isEqualTo(0.9);
    assertThat(run.<Double>getAs("abstain_below")).isNull();
    assertThat(run.<Long>getAs("abstained")).isZero();
  }

  private double[] probabilities(String clipId, double temperature) {
    double[][] logits =
        spark
            .table("segments")
            .where(col("clip_id").equalTo(clipId).and(col("logits").isNotNull()))
            .select("logits")
            .collectAsList()
            .stream()
            .map(row -> row.<Float>getList(0).stream().mapToDouble(z -> z).toArray())
            .toArray(double[][]::new);
    double[] mean = Logits.mean(logits);
    return Logits.softmax(Arrays.stream(mean).map(z -> z / temperature).toArray());
  }

  private static List<String> labels() {
    return ModelDirectory.ofDefault(new Configuration()).spec().head().labels();
  }

  @Test
  void aLowerCoverageGivesSmallerSetsUnderSettingsOfItsOwn() throws IOException {
    score("r", Caution.NONE, calibrated);
    String settings = run().getAs("settings_id");
    long inSets = inSets();
    score("asked", new Caution(0.9, 0), calibrated);
    assertThat(run().<String>getAs("settings_id")).isEqualTo(settings);
    score("low", new Caution(0.6, 0), calibrated);
    assertThat(run().<String>getAs("settings_id")).isNotEqualTo(settings);
    assertThat(run().<Double>getAs("coverage")).isEqualTo(0.6);
    assertThat(inSets()).isLessThan(inSets);
  }

  private long inSets() {
    return spark.sql("SELECT sum(size(emotions)) FROM clips").first().getLong(0);
  }

  @Test
  void clipsBelowALimitHaveNoEmotionAndKeepTheirSegments() throws IOException {
    score("r", Caution.NONE, plain);
    assertThat(clips("status = 'scored'")).allMatch(clip -> clip.getAs("emotions") == null);
    Row clip = clips("status = 'scored'").get(0);
    double[] probabilities = probabilities(clip.getAs("clip_id"), 1);
    assertThat((double) clip.<Float>getAs("confidence"))
        .isCloseTo(probabilities[Logits.argmax(probabilities)], within(1e-6));
    assertThat(run().<Double>getAs("coverage")).isNull();
    double limit =
        spark
            .sql("SELECT percentile(confidence, 0.5) FROM clips WHERE status = 'scored'")
            .first()
            .getDouble(0);
    long segments = spark.table("segments").count();

    RunSummary summary = score("careful", new Caution(null, limit), plain);
    assertThat(summary.scored().abstained()).isEqualTo(4);
    assertThat(run().<Long>getAs("abstained")).isEqualTo(4);
    assertThat(run().<Double>getAs("abstain_below")).isEqualTo(limit);
    assertThat(summary.scored().emotions().stream().mapToLong(RunSummary.EmotionTotal::clips).sum())
        .isEqualTo(4);
    assertThat(clips("status = 'scored' AND emotion IS NULL"))
        .hasSize(4)
        .allMatch(c -> c.<Float>getAs("confidence") < limit && c.getAs("emotion_vote") != null);
    assertThat(clips("emotion IS NOT NULL")).allMatch(c -> c.<Float>getAs("confidence") >= limit);
    assertThat(spark.table("segments").count()).isEqualTo(segments);
    assertBooksBalance(dir.resolve("careful"));
  }

  /** Whoever asks for nothing new is not made to score an archive again. */
  @Test
  void settingsAreAsBeforeWhereNothingIsAskedFor() {
    RunRequest request = request(dir, "r", "audio", GATED, new ScoreSettings(null, SCORE));
    assertThat(request.settingsId())
        .isEqualTo(
            Sha256.of(String.join("\n", "1", GATED.decisive(), "EMOTIONS", "")).substring(0, 16));
    assertThat(new Caution(0.9, 0).decisive()).isEmpty();
    ScoreSettings careful = new ScoreSettings(null, SCORE, new Caution(null, 0.5));
    RunRequest other = request(dir, "r", "audio", GATED, careful);
    assertThat(other.settingsId()).isNotEqualTo(request.settingsId());
    assertThat(other.workId("m")).isNotEqualTo(request.workId("m"));
  }

  @Test
  void coverageNeedsACalibratedModel() {
    assertThatExceptionOfType(UserError.class)
        .isThrownBy(() -> score("r", new Caution(0.9, 0), plain))
        .withMessageStartingWith("--coverage needs a model that is calibrated, which plain-")
        .matches(e -> e.exitCode() == ExitCode.USAGE);
    assertThat(dir.resolve("r")).doesNotExist();
  }

  @Test
  void driftIsToldInTheTables() throws IOException {
    Drift drift = score("r", Caution.NONE, calibrated).scored().drift();
    assertThat(drift.distance().median()).isPositive();
    assertThat(drift.oneSided()).isFalse();
    Row told = run().getStruct(run().fieldIndex("drift"));
    assertThat(told.<Double>getAs("median_distance")).isEqualTo(drift.distance().median());
    assertThat(told.<Double>getAs("usual_distance")).isEqualTo(drift.distance().usual());
    assertThat(told.<Double>getAs("far_share")).isEqualTo(drift.distance().farShare());
    assertThat(told.<Boolean>getAs("unlike")).isEqualTo(drift.distance().unlike());
    assertThat(told.<String>getAs("emotion")).isEqualTo(drift.emotion());
    assertThat(told.<Double>getAs("emotion_share")).isBetween(0.25, 1.0);
    Drift unknown = score("plain", Caution.NONE, plain).scored().drift();
    assertThat(unknown.distance()).isNull();
    assertThat(unknown.emotion()).isEqualTo(drift.emotion());
  }

  /** By the shipped model's own calibration, which has no clip of noise alone in it. */
  @Test
  void noiseIsFartherFromWhatTheShippedModelKnowsThanSpeech() throws IOException {
    Path emodb = Golden.shared("data/emodb").toAbsolutePath().normalize();
    Path audio = Files.createDirectories(dir.resolve("audio"));
    for (int i = 0; i < 12; i++) {
      write(audio, "noise" + i, noise(i));
    }
    Drift.Distance speech = distance(emodb.resolve("*/1[456]*.wav"));
    Drift.Distance noise = distance(audio.resolve("noise*"));
    String told = String.format("speech %s, noise %s", speech, noise);
    assertThat(speech.unlike()).as(told).isFalse();
    assertThat(speech.farShare()).as(told).isLessThan(0.1);
    assertThat(noise.unlike()).as(told).isTrue();
    assertThat(noise.median()).as(told).isGreaterThan(speech.median());
  }

  private Drift.Distance distance(Path files) throws IOException {
    ClipSettings all = GATED.withSpeech(Speech.OFF);
    ScoreSettings score = new ScoreSettings(null, SCORE);
    String name = files.getFileName().toString().replaceAll("\\W", "");
    return run(dir.resolve("of-" + name), "r", files.toString(), all, score, null)
        .scored()
        .drift()
        .distance();
  }

  private static void write(Path directory, String name, float[] samples) throws IOException {
    Files.write(directory.resolve(name + ".wav"), Clips.wav(RATE, samples));
  }

  private static float[] noise(int seed) {
    Random random = new Random(seed);
    float[] samples = new float[4 * RATE];
    for (int i = 0; i < samples.length; i++) {
      samples[i] = (float) (0.1 * random.nextGaussian());
    }
    return samples;
  }

  @Test
  void manyAnswersOfOneKindAreTold() {
    assertThat(Drift.of(null, "sad", 31, 50).oneSided()).isTrue();
    assertThat(Drift.of(null, "sad", 30, 50).oneSided()).isFalse();
    assertThat(Drift.of(null, "sad", 49, 49).oneSided()).isFalse();
    assertThat(Drift.of(null, null, 0, 0).emotionShare()).isNull();
  }

  @Test
  void someFarClipsOrMostOfThemOffAreTold() {
    assertThat(Drift.Distance.of(1, 50, 90, 5, 49).unlike()).isTrue();
    assertThat(Drift.Distance.of(1, 50, 90, 5, 50).unlike()).isFalse();
    assertThat(Drift.Distance.of(1, 50, 90, 4, 4).unlike()).isFalse();
    assertThat(Drift.Distance.of(91, 50, 90, 0, 10).unlike()).isTrue();
    assertThat(Drift.Distance.of(90, 50, 90, 0, 10).unlike()).isFalse();
    assertThat(Drift.Distance.of(91, 50, 90, 0, 9).unlike()).isFalse();
    assertThat(Drift.Distance.of(91, 50, 90, 0, 10).usual()).isEqualTo(50);
  }

  /** Beside a run that an older version wrote, without the columns that are new. */
  @Test
  void olderRunsAreReadMergedAndForgotten() throws IOException {
    Path out = dir.resolve("out");
    ScoreSettings score = new ScoreSettings(null, SCORE);
    String audio = EXAMPLES.resolve("audio").toString();
    run(out, "old", audio, GATED, score, plain);
    rewrite(out, "clips/run_date=" + DAY + "/run_id=old", 2, "confidence", "emotions");
    Path row = out.resolve("runs/old.parquet");
    Path made = rewritten(row, 1, "coverage", "abstain_below", "abstained", "drift");
    Files.deleteIfExists(out.resolve("runs/.old.parquet.crc"));
    try (Stream<Path> files = Files.list(made)) {
      Files.delete(row);
      Files.move(
          files.filter(f -> f.toString().endsWith(".parquet")).findFirst().orElseThrow(), row);
    }
    assertViews(out, "[old,null,null,8]");
    Maintenance.of(
        spark,
        Destination.files(out.toString()),
        new Maintenance.Settings(Duration.ofHours(24), null, 1L << 30, false),
        step -> {});
    assertThat(parquetFiles(out.resolve("clips/run_date=" + DAY + "/run_id=old"))).isEqualTo(1);

    run(out, "new", EXAMPLES.resolve("audio/a*").toString(), GATED, score, calibrated);
    assertViews(out, "[new,false,2,2]", "[old,null,null,6]");
    List<String> ids =
        spark
            .sql("SELECT clip_id FROM clips WHERE uri LIKE '%angry_08%' OR uri LIKE '%sad_03%'")
            .collectAsList()
            .stream()
            .map(clip -> clip.getString(0))
            .toList();
    Removal.Result removed =
        Removal.of(
            spark,
            Destination.files(out.toString()),
            spark.createDataset(ids, Encoders.STRING()).toDF("clip_id"));
    assertThat(removed.clips()).isEqualTo(2);
    assertViews(out, "[new,false,1,1]", "[old,null,null,5]");
  }

  /** Runs, whether they are one-sided, and how many clips have a confidence and an emotion. */
  private void assertViews(Path out, String... expected) {
    Views.register(spark, Destination.files(out.toString()));
    boolean isNew = Arrays.asList(spark.table("clips").columns()).contains("confidence");
    Dataset<Row> runs =
        isNew
            ? spark.sql(
                "SELECT run_id, first(drift.one_sided), nullif(count(confidence), 0),"
                    + " count(emotion) FROM clips JOIN runs USING (run_id) GROUP BY 1 ORDER BY 1")
            : spark.sql(
                "SELECT run_id, NULL, NULL, count(emotion) FROM clips GROUP BY 1 ORDER BY 1");
    assertThat(runs.collectAsList()).extracting(Row::toString).containsExactly(expected);
    assertBooksBalance(out);
  }

  private void rewrite(Path out, String partition, int files, String... dropped)
      throws IOException {
    Path directory = out.resolve(partition);
    Path made = rewritten(directory, files, dropped);
    try (Stream<Path> old = Files.list(directory)) {
      for (Path file : old.toList()) {
        Files.delete(file);
      }
    }
    Files.delete(directory);
    Files.move(made, directory);
  }

  private Path rewritten(Path from, int files, String... dropped) {
    Path made = dir.resolve("rewritten-" + System.nanoTime());
    spark
        .read()
        .parquet(from.toString())
        .drop(dropped)
        .repartition(files, functions.rand(1))
        .write()
        .parquet(made.toString());
    return made;
  }

  private static long parquetFiles(Path directory) throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.filter(file -> file.toString().endsWith(".parquet")).count();
    }
  }

  private void assertBooksBalance(Path out) {
    List<Check> checks = new ArrayList<>();
    Books.prove(spark, Destination.files(out.toString()), checks::add);
    assertThat(checks).hasSizeGreaterThan(4).noneMatch(check -> check.verdict() == Verdict.FAILS);
  }

  /** A run over the examples, in an output of its own, whose views are there afterwards. */
  private RunSummary score(String id, Caution caution, String model) throws IOException {
    Path out = dir.resolve(id);
    ScoreSettings settings = new ScoreSettings(null, SCORE, caution);
    RunSummary summary = run(out, id, EXAMPLES.resolve("audio").toString(), GATED, settings, model);
    Views.register(spark, Destination.files(out.toString()));
    return summary;
  }

  private static RunSummary run(
      Path out, String id, String input, ClipSettings clips, ScoreSettings score, String model)
      throws IOException {
    try (PreparedRun run =
        PreparedRun.prepare(TestSpark.session(), request(out, id, input, clips, score), model)) {
      return run.run();
    }
  }

  private static RunRequest request(
      Path out, String id, String input, ClipSettings clips, ScoreSettings score) {
    return new RunRequest(
        score.kinds().equals(SCORE) ? "score --input audio" : "embed --input audio",
        Inputs.of(List.of(input)),
        CorpusListing.DEFAULT_SPLIT_S,
        new RunRequest.Target(out.toString(), id, DAY, false),
        clips,
        score);
  }

  private List<Row> clips(String condition) {
    return spark.table("clips").where(condition).orderBy("clip_id").collectAsList();
  }

  private Row run() {
    return spark.table("runs").first();
  }
}
