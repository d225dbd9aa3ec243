package org.segmentser;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.segmentser.audio.Channels;
import org.segmentser.network.TestModels;
import org.segmentser.score.PreparedRun;
import org.segmentser.score.RunRequest;
import org.segmentser.score.ScoreSettings;
import org.segmentser.segment.ClipSettings;
import org.segmentser.segment.Clips;
import org.segmentser.segment.Segmentation;
import org.segmentser.segment.Speech;
import org.segmentser.source.CorpusListing;
import org.segmentser.source.Inputs;
import org.segmentser.sql.Statements;
import org.segmentser.tables.Destination;
import org.segmentser.tables.RunColumns.Kind;
import org.segmentser.tables.Views;
import org.segmentser.udf.SegmentAudio;

/**
 * The queries of the documents, as they stand there, on an output whose clips several runs have in
 * common: the text between quotes or of an indented block is taken out of the document.
 */
class DocumentedQueriesTest {
  private static final Path ROOT = Path.of(System.getProperty("segmentser.root"));
  private static final Pattern COMMAND = Pattern.compile("sql --output \\S+ -e \"([^\"]+)\"");

  @TempDir static Path dir;
  private static String model;
  private static final SparkSession SPARK = TestSpark.session();

  @BeforeAll
  static void makeRuns() throws IOException {
    model =
        TestModels.mini(dir.resolve("model"), List.of("angry", "happy", "sad", "neutral"))
            .toString();
    clip("a.wav", 70);
    clip("b.wav", 150);
    notAudio("c.wav");
    clip("d.wav", 5);
    run("007", 21, true, "a.wav", "b.wav", "c.wav");
    // Since then a has got longer, c has been mended, and e is new and broken.
    clip("a.wav", 130);
    clip("c.wav", 5);
    notAudio("e.wav");
    run("006", 22, true, "a.wav", "c.wav", "e.wav");
    run("008", 22, false, "a.wav", "b.wav", "d.wav");
    run("009", 23, false, "a.wav");
  }

  @BeforeEach
  void register() {
    Views.register(SPARK, Destination.files(dir.resolve("out").toString()));
  }

  @Test
  void viewsShowEachClipsNewestOutcome() {
    assertThat(runs("clips", "clip_id"))
        .isEqualTo(
            Map.of("a.wav", "006", "b.wav", "007", "c.wav", "006", "d.wav", "008", "e.wav", "006"));
    assertThat(SPARK.table("clips_all").count()).isEqualTo(3 + 3 + 3 + 1);
    assertThat(runs("segments", "clip_id"))
        .isEqualTo(Map.of("a.wav", "006", "b.wav", "007", "c.wav", "006"));
    assertThat(SPARK.table("segments").count()).isEqualTo(segments("run_id < '008'", "clips"));
    assertThat(SPARK.table("segments_all").count())
        .isEqualTo(segments("run_id < '008'", "clips_all"))
        .isGreaterThan(SPARK.table("segments").count());
    assertThat(runs("embeddings", "clip_id"))
        .isEqualTo(Map.of("a.wav", "009", "b.wav", "008", "d.wav", "008"));
    assertThat(SPARK.table("embeddings_all").count())
        .isEqualTo(segments("run_id >= '008'", "clips_all"))
        .isGreaterThan(SPARK.table("embeddings").count());
    assertThat(SPARK.table("runs").count()).isEqualTo(4);
  }

  @Test
  void registeringChangesNoSettingOfTheSession() {
    Map<String, String> before = settings();
    Views.register(SPARK, Destination.files(dir.resolve("out").toString()));
    assertThat(settings()).isEqualTo(before);
    assertThat(SPARK.sparkContext().getLocalProperty("spark.job.description")).isNull();
  }

  @Test
  void anOutputOfOneRunNeedsNoComparing(@TempDir Path other) throws IOException {
    clip("d.wav", 5);
    run(other, "r1", 22, true, "d.wav");
    Views.register(SPARK, Destination.files(other.toString()));
    for (String view : List.of("clips", "segments")) {
      assertThat(SPARK.table(view).queryExecution().executedPlan().toString())
          .doesNotContain("Join", "Window", "Aggregate", "Exchange");
    }
    run(other, "r2", 22, false, "d.wav");
    Views.register(SPARK, Destination.files(other.toString()));
    for (String view : List.of("segments", "embeddings")) {
      assertThat(SPARK.table(view).queryExecution().executedPlan().toString())
          .doesNotContain("Join", "Window", "Aggregate", "Exchange");
    }
  }

  @Test
  void readmeCountsEachClipOnce() throws IOException {
    Matcher command = COMMAND.matcher(section("README.md", "Tables"));
    assertThat(command.find()).isTrue();
    Map<String, Long> clips = new TreeMap<>();
    for (Row row : SPARK.sql(command.group(1)).collectAsList()) {
      clips.put(String.valueOf(row.get(0)), row.getLong(1));
    }
    assertThat(clips.values().stream().mapToLong(Long::longValue).sum()).isEqualTo(4);
    // What was only embedded has no emotion.
    assertThat(clips).containsEntry("null", 1L);
  }

  @Test
  void readmeFindsTheAngriestMinuteOfEachCall() throws IOException {
    List<Row> rows = SPARK.sql(query("README.md", "Tables", "angriest minute")).collectAsList();
    assertThat(rows).hasSize(3);
    Map<String, Map<Long, List<Float>>> angry = new TreeMap<>();
    for (Row row :
        SPARK
            .sql(
                "SELECT uri, start_s, scores.angry FROM segments_all WHERE (clip_id LIKE '%/b.wav')"
                    + " = (run_id = '007')")
            .collectAsList()) {
      angry
          .computeIfAbsent(row.getString(0), uri -> new TreeMap<>())
          .computeIfAbsent((long) (row.getDouble(1) / 60), minute -> new ArrayList<>())
          .add(row.getFloat(2));
    }
    for (Row row : rows) {
      var best =
          angry.get(row.getString(0)).entrySet().stream()
              .max((x, y) -> Double.compare(mean(x.getValue()), mean(y.getValue())))
              .orElseThrow();
      assertThat(row.getLong(2)).as(row.toString()).isEqualTo(best.getKey());
      assertThat(row.getDouble(3)).isCloseTo(mean(best.getValue()), within(1e-9));
    }
  }

  @Test
  void readmeFindsWhoBecameAngry(@TempDir Path other) throws IOException {
    RunRequest request =
        new RunRequest(
            "score --input examples/calls --channels agent,customer",
            Inputs.of(List.of(ROOT.resolve("examples/calls").toString())),
            CorpusListing.DEFAULT_SPLIT_S,
            new RunRequest.Target(other.toString(), "calls", LocalDate.of(2026, 11, 1), false),
            ClipSettings.of(Segmentation.DEFAULT)
                .withChannels(Channels.of(List.of("agent", "customer")))
                .withSpeech(Speech.GATE),
            new ScoreSettings(32, Set.of(Kind.EMOTIONS)));
    // The model in the jar, which has heard these speakers.
    try (PreparedRun run = PreparedRun.prepare(SPARK, request, null)) {
      run.run();
    }
    Views.register(SPARK, Destination.files(other.toString()));
    List<Row> rows = SPARK.sql(query("README.md", "Tables", "became angry")).collectAsList();
    assertThat(rows).hasSize(1);
    assertThat(rows.get(0).getString(0)).endsWith("/agent_13_customer_08.flac");
    assertThat(rows.get(0).<Number>getAs("change").doubleValue()).isGreaterThan(0.3);
    Row agent =
        SPARK
            .sql("SELECT talk_share, overlap_s, size(quarters) FROM calls WHERE party = 'agent'")
            .collectAsList()
            .get(0);
    assertThat(agent.getDouble(0)).isCloseTo(0.5, within(0.1));
    assertThat(agent.getDouble(1)).isZero();
    assertThat(agent.getInt(2)).isEqualTo(4);
  }

  @Test
  void readmeTellsWhatIsStillRejected() throws IOException {
    String query = query("README.md", "Tables", "rejected last night");
    List<Row> rows = SPARK.sql(query).collectAsList();
    assertThat(rows).hasSize(1);
    assertThat(rows.get(0).getString(0)).isEqualTo("undecodable");
    assertThat(rows.get(0).getLong(2)).isEqualTo(1);
    assertThat(SPARK.sql(query.replace("-22'", "-21'")).count()).isZero();
  }

  @Test
  void readmeExplodesTheSegmentsOfFiles() throws IOException {
    Path calls = Files.createDirectories(dir.resolve("calls"));
    Files.write(calls.resolve("x.wav"), Clips.wav(16_000, Clips.noise(3 * 16_000, 1)));
    SegmentAudio.register(SPARK);
    SPARK.catalog().dropTempView("files");
    List<Row> rows = List.of();
    String block = block("README.md", "Tables", "segment_audio(content)");
    for (String statement : Statements.split(block.replace("/data/calls", calls.toString()))) {
      rows = SPARK.sql(statement).collectAsList();
    }
    assertThat(rows).hasSize(3);
  }

  @Test
  void duckDbSeesWhatTheViewsShow() throws IOException, SQLException {
    String block = block("docs/tables.md", "Other readers", "CREATE VIEW");
    List<String> statements =
        Statements.split(block.replace("/data/emotions", dir.resolve("out").toString()));
    assertThat(statements).hasSize(3);
    try (Connection duck = DriverManager.getConnection("jdbc:duckdb:");
        Statement statement = duck.createStatement()) {
      statement.execute(statements.get(0));
      statement.execute(statements.get(1));
      Map<String, Long> emotions = new TreeMap<>();
      try (ResultSet rows = statement.executeQuery(statements.get(2))) {
        while (rows.next()) {
          emotions.put(String.valueOf(rows.getString(1)), rows.getLong(2));
        }
      }
      assertThat(emotions)
          .isEqualTo(
              SPARK
                  .sql(
                      "SELECT emotion, count(*) FROM clips WHERE status = 'scored' GROUP BY emotion")
                  .collectAsList()
                  .stream()
                  .collect(Collectors.toMap(r -> String.valueOf(r.get(0)), r -> r.getLong(1))));
      for (String view : List.of("clips", "segments")) {
        String query =
            "SELECT clip_id, run_id, count(*) FROM " + view + " GROUP BY ALL ORDER BY ALL";
        List<String> found = new ArrayList<>();
        try (ResultSet rows = statement.executeQuery(query)) {
          while (rows.next()) {
            found.add(rows.getString(1) + "," + rows.getString(2) + "," + rows.getLong(3));
          }
        }
        assertThat(found)
            .isEqualTo(
                SPARK.sql(query).collectAsList().stream().map(row -> row.mkString(",")).toList());
      }
      for (String about : List.of("angriest minute", "rejected last night")) {
        int rows = 0;
        String query = query("README.md", "Tables", about);
        try (ResultSet result = statement.executeQuery(query)) {
          while (result.next()) {
            rows++;
          }
        }
        assertThat(rows).as(about).isEqualTo((int) SPARK.sql(query).count());
      }
    }
  }

  private static long segments(String which, String view) {
    return SPARK.sql("SELECT sum(segments) FROM " + view + " WHERE " + which).first().getLong(0);
  }

  private static double mean(List<Float> values) {
    return values.stream().mapToDouble(Float::doubleValue).average().orElseThrow();
  }

  private static Map<String, String> runs(String view, String column) {
    return SPARK
        .sql("SELECT DISTINCT substring_index(" + column + ", '/', -1), run_id FROM " + view)
        .collectAsList()
        .stream()
        .collect(Collectors.toMap(row -> row.getString(0), row -> row.getString(1)));
  }

  private static Map<String, String> settings() {
    return SPARK.sql("SET").collectAsList().stream()
        .collect(Collectors.toMap(row -> row.getString(0), row -> row.getString(1)));
  }

  /** The query of an indented block that has the words. */
  private static String query(String document, String section, String words) throws IOException {
    return Statements.split(block(document, section, words)).stream()
        .filter(statement -> statement.contains(words))
        .findFirst()
        .orElseThrow();
  }

  /** The indented lines, without the shell's, of the paragraphs around the one with the words. */
  private static String block(String document, String section, String words) throws IOException {
    String text = COMMAND.matcher(section(document, section)).replaceAll("");
    Matcher block = Pattern.compile("(?m)(^( {4}.*)?\n)+").matcher(text);
    while (block.find()) {
      if (block.group().contains(words)) {
        return block.group().replaceAll("(?m)^ *submit/.*$", "");
      }
    }
    throw new AssertionError(document + " has no block with " + words);
  }

  private static String section(String document, String section) throws IOException {
    String text = Files.readString(ROOT.resolve(document));
    Matcher found = Pattern.compile("(?ms)^## " + section + "\n(.*?)(?=^## |\\z)").matcher(text);
    assertThat(found.find()).as(document + " has " + section).isTrue();
    return found.group(1);
  }

  private static void clip(String name, int seconds) throws IOException {
    Files.write(
        Files.createDirectories(dir.resolve("audio")).resolve(name),
        Clips.wav(16_000, Clips.noise(seconds * 16_000, name.hashCode() + seconds)));
  }

  private static void notAudio(String name) throws IOException {
    Files.writeString(
        Files.createDirectories(dir.resolve("audio")).resolve(name),
        "this is no audio ".repeat(500));
  }

  private static void run(String id, int day, boolean emotions, String... clips)
      throws IOException {
    run(dir.resolve("out"), id, day, emotions, clips);
  }

  private static void run(Path output, String id, int day, boolean emotions, String... clips)
      throws IOException {
    RunRequest request =
        new RunRequest(
            (emotions ? "score" : "embed") + " --input audio",
            Inputs.of(
                List.of(clips).stream()
                    .map(clip -> dir.resolve("audio").resolve(clip).toString())
                    .toList()),
            CorpusListing.DEFAULT_SPLIT_S,
            new RunRequest.Target(output.toString(), id, LocalDate.of(2026, 11, day), false),
            ClipSettings.of(Segmentation.DEFAULT),
            new ScoreSettings(32, Set.of(emotions ? Kind.EMOTIONS : Kind.EMBEDDINGS)));
    try (PreparedRun run = PreparedRun.prepare(SPARK, request, model)) {
      run.run();
    }
  }
}
