package org.segmentser.it;

import static org.apache.spark.sql.functions.concat_ws;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.segmentser.TestSpark;

/**
 * Where keys go: into no log, no message, no table, no report and no record of Spark's events.
 * {@code -Dsegmentser.credentials.all=true} makes it long.
 */
class CredentialsIT {
  private static final String KEY = "AKIAMARKEDKEY";
  private static final String SECRET = "markedSecret+1/x";
  private static final String WRONG_SECRET = "markedButWrongSecret";
  private static final String PASSWORD = "markedPassword";

  /** Otherwise some commands whose messages are like others' are left out. */
  private static final boolean ALL = Boolean.getBoolean("segmentser.credentials.all");

  /** What no text may hold. */
  private static final List<String> MARKS =
      List.of("markedSecret", "markedButWrong", PASSWORD, "markedSignature", "markedKey");

  private static final Duration LONG = Duration.ofMinutes(5);

  private static final List<String> KEYS =
      List.of(
          "--conf", "spark.hadoop.fs.s3a.access.key=" + KEY,
          "--conf", "spark.hadoop.fs.s3a.secret.key=" + SECRET);

  private static S3Server server;

  @TempDir Path dir;
  private Path logs;

  @BeforeAll
  static void startServer(@TempDir Path apart) throws IOException {
    server = S3Server.start(apart, KEY, SECRET);
    server.upload(Launcher.AUDIO, "archive/");
    Path labelled = Speech.write(Files.createDirectory(apart.resolve("labelled")), "03", "08");
    try (Stream<Path> emotions = Files.list(labelled)) {
      for (Path emotion : emotions.toList()) {
        server.upload(emotion, "labelled/" + emotion.getFileName() + "/");
      }
    }
  }

  @BeforeEach
  void logEverything() throws IOException {
    Files.createDirectory(dir.resolve("events"));
    logs =
        Files.writeString(
            dir.resolve("log4j2.properties"),
            """
            rootLogger.level = info
            rootLogger.appenderRef.stderr.ref = stderr
            appender.stderr.type = Console
            appender.stderr.name = stderr
            appender.stderr.target = SYSTEM_ERR
            appender.stderr.layout.type = PatternLayout
            appender.stderr.layout.pattern = %p %c: %m%n%ex
            """);
  }

  @AfterAll
  static void stopServer() {
    server.close();
  }

  @Test
  void keysInSparksConfigurationStayThere() {
    ends(0, KEYS, "score", "--input", "s3a://bucket/archive", "--output", "s3a://bucket/conf");
    if (ALL) {
      ends(0, KEYS, "score", "--input", "s3a://bucket/archive", "--output", "@dry", "--dry-run");
      ends(3, KEYS, "score", "--input", "s3a://no-such-bucket/archive", "--output", "@none");
      ends(
          2,
          KEYS,
          "score",
          "--input",
          "s3a://bucket/archive",
          "--output",
          "s3a://no-such-bucket/x");
    }
    List<String> wrong = new ArrayList<>(KEYS);
    wrong.set(3, "spark.hadoop.fs.s3a.secret.key=" + WRONG_SECRET);
    ends(3, wrong, "score", "--input", "s3a://bucket/archive", "--output", "@none");
    ends(
        0,
        KEYS,
        "evaluate",
        "--speech",
        "off",
        "--corpus",
        "folders",
        "--input",
        "s3a://bucket/labelled",
        "--resamples",
        "10",
        "--output",
        "@report");
    assertThat(dir.resolve("report/metrics.json")).exists();
    assertNothingWritten("conf");
  }

  @Test
  void keysInTheEnvironmentStayThere() {
    List<String> none = List.of();
    ends(
        0,
        none,
        "score",
        "--incremental",
        "--input",
        "s3a://bucket/archive",
        "--output",
        "s3a://bucket/environment",
        "--summary",
        "@summary.json");
    assertThat(dir.resolve("summary.json")).exists();
    String output = "s3a://bucket/environment";
    ends(0, none, "sql", "--output", output, "-e", "SELECT * FROM runs; SET -v");
    if (ALL) {
      ends(2, none, "sql", "--output", output, "-e", "SELECT nonsense FROM runs");
      ends(3, none, "verify", "--output", "s3a://no-such-bucket/x");
    }
    ends(0, none, "verify", "--output", output, "--input", "s3a://bucket/archive");
    ends(0, none, "forget", "--output", output, "--clip", "s3a://bucket/archive/angry_08a01Wa.wav");
    assertNothingWritten("environment");
  }

  @Test
  void uriWithKeysAreRefusedWhereverTheyStand() throws IOException {
    String withKeys = "s3a://markedKey:" + SECRET + "@bucket/archive";
    String withPassword = "hdfs://user:" + PASSWORD + "@127.0.0.1:1/archive";
    String signed = "https://bucket/a.wav?X-Amz-Signature=markedSignature";
    Path manifest =
        Files.writeString(
            Files.createDirectory(dir.resolve("manifest")).resolve("m.csv"),
            "uri\n" + String.join("\n", withKeys, withPassword, signed, "none.wav") + "\n");
    List<String> none = List.of();
    ends(2, none, "score", "--input", withKeys, "--output", "@none");
    ends(2, none, "score", "--input", withPassword, "--output", "@none", "--dry-run");
    ends(2, none, "sql", "--output", withKeys, "-e", "SELECT 1");
    ends(
        2,
        List.of("--conf", "spark.hadoop.fs.defaultFS=" + withPassword),
        "score",
        "--input",
        "/archive",
        "--output",
        "/none");
    // A row of a manifest costs its own clip at most.
    Child.Result result =
        command(none, "score", "--manifest", manifest.toString(), "--output", "@rows");
    assertThat(result.exitCode()).as(result.toString()).isIn(2, 3, 4);
    assertNoMarks(result.toString());
    ends(
        2,
        none,
        "sql",
        "--output",
        "s3a://bucket/conf",
        "-e",
        "SELECT * FROM parquet.`" + withKeys + "`");
    assertNothingWritten("none");
    Files.delete(manifest);
  }

  private void ends(int exitCode, List<String> spark, String... words) {
    Child.Result result = command(spark, words);
    assertThat(result.exitCode()).as(result.toString()).isEqualTo(exitCode);
    assertNoMarks(result.stdout() + result.stderr());
  }

  /** Runs one that logs all that it can; words that begin with {@code @} are in the directory. */
  private Child.Result command(List<String> spark, String... words) {
    List<String> args =
        new ArrayList<>(
            Arrays.stream(words)
                .map(word -> word.startsWith("@") ? dir.resolve(word.substring(1)) + "" : word)
                .toList());
    args.add("--");
    args.addAll(Arrays.asList(S3Server.optionsWithoutKeys(server.port())));
    args.addAll(
        List.of(
            "--conf",
            "spark.eventLog.enabled=true",
            "--conf",
            "spark.eventLog.compress=false",
            "--conf",
            "spark.eventLog.dir=" + dir.resolve("events").toUri(),
            "--conf",
            "spark.logConf=true"));
    args.addAll(spark);
    Map<String, String> env = new HashMap<>();
    env.put("SPARK_SUBMIT_OPTS", Child.SHORT_DRIVER + " -Dlog4j2.configurationFile=" + logs);
    if (spark.isEmpty()) {
      env.put("AWS_ACCESS_KEY_ID", KEY);
      env.put("AWS_SECRET_ACCESS_KEY", SECRET);
    }
    try (Child child =
        Child.start("keys", Launcher.command(args.toArray(String[]::new)), env, null)) {
      return child.await(LONG);
    }
  }

  /** Nothing in any file of the test, nor in any row of an output in the bucket. */
  private void assertNothingWritten(String output) {
    SparkSession spark = TestSpark.session();
    Path tables = server.bucket().resolve(output);
    if (Files.exists(tables)) {
      for (String table : List.of("clips", "segments", "runs")) {
        Dataset<Row> all = spark.read().parquet(tables.resolve(table).toString());
        // Not as objects: this JVM hides what Spark makes days of.
        Column[] words =
            Arrays.stream(all.columns()).map(c -> all.col(c).cast("string")).toArray(Column[]::new);
        Dataset<String> rows = all.select(concat_ws("\n", words)).as(Encoders.STRING());
        assertThat(rows.collectAsList()).isNotEmpty().allSatisfy(CredentialsIT::assertNoMarks);
      }
    }
    try (Stream<Path> files = Files.walk(dir)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        if (!file.startsWith(dir.resolve("manifest"))) {
          assertNoMarks(Files.readString(file, StandardCharsets.ISO_8859_1));
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    assertThat(dir.resolve("events")).isNotEmptyDirectory();
  }

  private static void assertNoMarks(String text) {
    for (String mark : MARKS) {
      assertThat(text.contains(mark))
          .as(() -> mark + " is in: " + around(text, text.indexOf(mark)))
          .isFalse();
    }
  }

  private static String around(String text, int at) {
    return at < 0 ? "" : text.substring(Math.max(0, at - 200), Math.min(text.length(), at + 200));
  }
}
