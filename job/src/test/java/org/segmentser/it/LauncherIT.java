package org.segmentser.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.segmentser.segment.Clips;

/** The launcher and the packaged jar on this machine alone, with the Spark that Maven brought. */
class LauncherIT {
  private static final String AUDIO = Launcher.AUDIO.toString();

  @TempDir static Path shared;
  private static String model;
  private static String tables;
  private static Child.Result scored;

  @TempDir Path dir;

  @BeforeAll
  static void scoreTheExample() {
    model = shared.resolve("model").toString();
    Launcher.importModel(model);
    tables = shared.resolve("tables").toString();
    scored =
        Launcher.run(
            "score", "--input", AUDIO, "--model", model, "--output", tables, "--run-id", "r1");
  }

  @Test
  void scoreTellsWhatItDid() {
    assertThat(scored.exitCode()).as(scored.toString()).isZero();
    assertThat(scored.stdout())
        .startsWith("run r1 with model vggish-")
        .contains("clips     9: 8 scored, 1 undecodable")
        .contains(
            "9 clips opened, 9 decoded to their end or fault, 9 scored or rejected: each once")
        .containsPattern("  emotions  \\d \\w+ \\([\\d.]+ s\\)")
        .containsPattern(
            "  audio     14 s of audio in [\\d.]+ s, [\\d.]+ times real time; 17 segments\n")
        .contains("not_audio.wav: undecodable: not audio");
    assertThat(scored.stderr())
        .containsPattern(
            "(?m)^segment-ser: reading 9 clips \\(413 kB\\) with model vggish-\\w+ into file:"
                + tables
                + "$");
    assertThat(Launcher.ownErrors(scored)).isEmpty();
    assertThat(Path.of(tables, "_staging")).doesNotExist();
  }

  @Test
  void theModelOfTheJarIsTakenWhereNoneIsNamed() {
    Child.Result result =
        Launcher.run("score", "--input", AUDIO, "--output", dir.resolve("out").toString());
    assertThat(result.exitCode()).as(result.toString()).isZero();
    assertThat(result.stdout())
        .contains(" with model default-")
        .contains("clips     9: 8 scored, 1 undecodable");
    assertThat(Launcher.ownErrors(result)).isEmpty();
  }

  @Test
  void versionAndHelpGoToStandardOutput() {
    Child.Result version = Launcher.run("--version");
    assertThat(version.exitCode()).isZero();
    assertThat(version.stdout()).matches("segment-ser \\S+ \\([0-9a-f]{7,}\\)\n");
    assertThat(version.stderr()).isEmpty();
    Child.Result help = Launcher.run("--help");
    assertThat(help.exitCode()).isZero();
    assertThat(help.stdout()).contains("Usage: segment-ser", "score", "embed", "sql", "model");
    assertThat(help.stderr()).isEmpty();
  }

  @Test
  void helpTellsOfACommand() {
    Child.Result help = Launcher.run("help", "score");
    assertThat(help.exitCode()).isZero();
    assertThat(help.stdout()).isEqualTo(Launcher.run("score", "--help").stdout());
    assertThat(help.stdout()).contains("Usage: segment-ser score", "--max-reject-ratio");
    assertThat(help.stderr()).isEmpty();
  }

  static Stream<Arguments> mistakes() {
    return Stream.of(
        mistake(2, "no command given"),
        mistake(2, "unknown command 'scoar'; did you mean score?", "scoar"),
        mistake(2, "unexpected 'b.wav'; if the shell", score("--input", "a.wav", "b.wav")),
        mistake(2, "Spark's options go behind --", score("--input", "a", "--master", "local")),
        mistake(2, "'22.11.2026' is not a date", score("--run-date", "22.11.2026")),
        mistake(2, "--loud", "score", "--input", "@audio", "--output", "@out", "--loud"),
        mistake(2, "--output", "score", "--input", "@audio", "--model", "@model"),
        mistake(3, "no such manifest: clips.csv", score("--manifest", "clips.csv")),
        mistake(2, "--uri-column goes with --manifest", score("--uri-column", "path")),
        mistake(2, "--audio-column goes with --format", score("--audio-column", "sound")),
        mistake(2, "--split-seconds is 5.0; it must be", score("--split-seconds", "5")),
        mistake(3, "has no column 'audio'", score("--format", "text")),
        mistake(2, "--overwrite replaces a run and", score("--incremental", "--overwrite")),
        mistake(2, "--retry-rejects goes with --incremental", score("--retry-rejects")),
        mistake(2, "the statuses are", score("--incremental", "--retry-rejects", "bad")),
        mistake(2, "a size such as", score("--incremental", "--max-bytes-per-batch", "much")),
        mistake(3, "no such file or directory: @out/none", scoreOf("@out/none")),
        mistake(3, "no model at @out/none", score("--model", "@out/none", "--input", "@audio")),
        mistake(2, "a hop of 0.0 s", score("--segmentation", "unpadded", "--hop", "0")),
        mistake(2, "hop", score("--hop", "0.5")),
        mistake(2, "one of padded, paper-overlap", score("--segmentation", "neat")),
        mistake(2, "--run-id", score("--run-id", "a/b")),
        mistake(2, "--run-date", score("--run-date", "yesterday")),
        mistake(2, "--batch-size", score("--batch-size", "0")),
        mistake(2, "--batch-size", score("--batch-size", "many")),
        mistake(2, "--packages org.apache.hadoop:hadoop-aws:3.4.2", scoreOf("s3a://bucket/audio")),
        mistake(2, "--packages com.google.cloud", "model", "show", "gs://bucket/model"),
        mistake(2, "https is not a file system", scoreOf("https://127.0.0.1:1/a.wav")),
        mistake(2, "--keep goes with --manifest, --format or tar", score("--keep", "customer")),
        mistake(2, "--only goes with --channels each or names", score("--only", "1")),
        mistake(2, "--only is 'c', which is none of", score("--channels", "a,b", "--only", "c")),
        mistake(2, "names must differ", score("--channels", "agent,agent")),
        mistake(2, "mix and each stand alone", score("--channels", "each,agent")),
        mistake(
            2, "--min-speech goes with --speech gate", score("--speech=off", "--min-speech=0.5")),
        mistake(2, "--min-speech is 25.0; it must be between 0 and 1", score("--min-speech", "25")),
        mistake(2, "credentials", scoreOf("s3a://KEY:hunter2@bucket/audio")),
        mistake(3, "@model", "sql", "--output", "@model", "-e", "SELECT 1"));
  }

  @ParameterizedTest
  @MethodSource("mistakes")
  void aMistakeIsOneLineOnStandardError(int exitCode, String told, List<String> words) {
    String[] args = words.stream().map(this::placed).toArray(String[]::new);
    Child.Result result = Launcher.run(args);
    assertThat(result.exitCode()).as(result.toString()).isEqualTo(exitCode);
    assertThat(result.stdout()).isEmpty();
    assertThat(result.stderr())
        .matches("segment-ser: error: [^\n]+\n")
        .contains(placed(told))
        .doesNotContain("hunter2");
    assertThat(dir.resolve("out")).doesNotExist();
  }

  private static Arguments mistake(int exitCode, String told, String... args) {
    return Arguments.of(exitCode, told, List.of(args));
  }

  private static String[] scoreOf(String input) {
    return new String[] {"score", "--input", input, "--model", "@model", "--output", "@out"};
  }

  private static String[] score(String... more) {
    List<String> args = new ArrayList<>(List.of("score", "--output", "@out"));
    args.addAll(List.of(more));
    if (!args.contains("--model")) {
      args.addAll(List.of("--input", "@audio", "--model", "@model"));
    }
    return args.toArray(String[]::new);
  }

  private String placed(String word) {
    return word.replace("@audio", AUDIO)
        .replace("@model", model)
        .replace("@out", dir.resolve("out").toString());
  }

  @Test
  void nativeLibrariesWhereOthersCanWriteAreRefused() throws IOException {
    Path unsafe = Files.createDirectory(dir.resolve("unsafe"));
    Files.setAttribute(unsafe, "unix:mode", 0777);
    Child.Result result =
        Launcher.run(
            "score",
            "--input",
            AUDIO,
            "--output",
            dir.resolve("none").toString(),
            "--",
            "--driver-java-options",
            "-Dorg.bytedeco.javacpp.cachedir=" + unsafe);
    assertThat(result.exitCode()).as(result.toString()).isEqualTo(2);
    assertThat(Launcher.ownErrors(result))
        .startsWith("segment-ser: error: no safe directory for native libraries: ")
        .contains(unsafe + " can be written by other users (mode 777); name one")
        .hasLineCount(1);
  }

  @Test
  void rejectsBeyondTheRatioAreTold() {
    Child.Result result =
        Launcher.run(
            "score",
            "--input",
            AUDIO,
            "--model",
            model,
            "--output",
            dir.resolve("out").toString(),
            "--max-reject-ratio",
            "0");
    assertThat(result.exitCode()).as(result.toString()).isEqualTo(4);
    assertThat(result.stdout()).contains("clips     9: 8 scored, 1 undecodable");
    assertThat(Launcher.ownErrors(result))
        .isEqualTo(
            "segment-ser: 1 of 9 clips could not be scored, more than --max-reject-ratio 0.0 allows");
    assertThat(dir.resolve("out/runs")).isDirectory();
  }

  @Test
  void aStatusMayHaveAShareOfItsOwn() {
    Child.Result result =
        Launcher.run(
            "score",
            "--input",
            AUDIO,
            "--model",
            model,
            "--output",
            dir.resolve("out").toString(),
            "--max-reject-ratio",
            "0.9,undecodable=0.1,unreadable=0");
    assertThat(result.exitCode()).as(result.toString()).isEqualTo(4);
    assertThat(Launcher.ownErrors(result))
        .isEqualTo(
            "segment-ser: 1 of 9 outcomes are undecodable, more than --max-reject-ratio"
                + " undecodable=0.1 allows");
  }

  @Test
  void aDryRunWritesNothing() {
    Child.Result result =
        Launcher.run(
            "score",
            "--input",
            AUDIO,
            "--model",
            model,
            "--output",
            dir.resolve("out").toString(),
            "--dry-run");
    assertThat(result.exitCode()).as(result.toString()).isZero();
    assertThat(result.stdout())
        .startsWith("dry run: 9 clips (413 kB)")
        .contains("nothing was written")
        .containsPattern("time +about [\\d.e-]+ core hours, \\d+ % of them .*; .* on \\d+ cores")
        .containsPattern("partitions +[1-9]");
    assertThat(result.stderr()).isEmpty();
    assertThat(dir.resolve("out")).doesNotExist();
  }

  @Test
  void whatIsDoneIsLoggedWhereItIsAskedFor() {
    Child.Result result =
        Launcher.run(
            Map.of("SEGMENT_SER_LOG", "info"),
            "sql",
            "--output",
            tables,
            "-e",
            "SET spark.hadoop.fs.s3a.secret.key=hush; SELECT run_id FROM runs");
    assertThat(result.exitCode()).as(result.toString()).isZero();
    assertThat(result.stderr())
        .contains("INFO JobNames: sql: look at the runs and columns of the tables\n")
        .contains("INFO Views: 1 runs below " + tables + " as the views [runs, ")
        .containsPattern("INFO SqlRunner: a statement took \\d+ ms\n")
        .doesNotContain("hush", "SparkContext");
  }

  @Test
  void sqlPrintsTablesAndTakesSparkOptions() {
    Child.Result result =
        Launcher.run(
            "sql",
            "--output",
            tables,
            "-e",
            "SELECT status, count(*) AS n FROM clips GROUP BY status ORDER BY n;"
                + " SET spark.master; SET spark.app.name",
            "--",
            "--conf",
            "spark.master=local[1]",
            "--conf",
            "spark.app.name=of the test");
    assertThat(result.exitCode()).as(result.toString()).isZero();
    assertThat(result.stdout())
        .contains("|undecodable|1  |\n|scored     |8  |\n")
        .contains("|spark.master|local[1]|")
        .contains("|spark.app.name|of the test|");
    assertThat(result.stderr()).isEmpty();
  }

  @Test
  void sqlPrintsCsvOfAFile() throws IOException {
    Path file =
        Files.writeString(
            dir.resolve("query.sql"),
            """
            -- a comment; with a semicolon
            SELECT run_id, 'a,"b"' AS text, segments > 0 AS some FROM clips
            WHERE status = 'scored' LIMIT 1;
            """);
    Child.Result result =
        Launcher.run("sql", "--output", tables, "-f", file.toString(), "--format", "csv");
    assertThat(result.exitCode()).as(result.toString()).isZero();
    assertThat(result.stdout()).isEqualTo("run_id,text,some\nr1,\"a,\"\"b\"\"\",true\n");
    assertThat(result.stderr()).isEmpty();
  }

  @Test
  void statementsFromAPipeRunUpToOneThatFails() {
    Child.Result result =
        Launcher.pipe(
            """
            SELECT count(*) AS clips
              FROM clips;
            SELECT 42 AS answer; SELECT 43 AS more;
            SELECT 'no semicolon'
              AS last;
            SELECT nonsense FROM clips""",
            "sql",
            "--output",
            tables,
            "--format",
            "json");
    assertThat(result.exitCode()).as(result.toString()).isEqualTo(2);
    assertThat(result.stdout())
        .isEqualTo(
            """
            {"clips":9}
            {"answer":42}
            {"more":43}
            {"last":"no semicolon"}
            """);
    assertThat(result.stderr()).containsPattern("^segment-ser: error: .*nonsense");
  }

  @Test
  void theTerminalsPromptEditsLinesAndKeepsHistory() throws IOException {
    assumeTrue(Files.isExecutable(Path.of("/usr/bin/script")), "no script(1) for a terminal");
    Path home = Files.createDirectory(dir.resolve("home"));
    String prompt =
        String.join(
            " ",
            Launcher.command(
                "sql",
                "--output",
                tables,
                "--",
                "--conf",
                "spark.driver.extraJavaOptions=-Duser.home=" + home));
    // Control-A goes to the line's beginning, where a plain terminal would take it as it is.
    String typed = "41 AS answer;\u0001SELECT \nexit\nSELECT 44 AS never;\n";
    try (Child child =
        Child.start(
            "terminal",
            List.of("script", "-qec", prompt, "/dev/null"),
            Map.of("TERM", "xterm"),
            typed)) {
      Child.Result result = child.await(Duration.ofMinutes(1));
      assertThat(result.exitCode()).as(result.toString()).isZero();
      assertThat(result.stdout()).contains("|answer|", "|41    |").doesNotContain("|44");
    }
    assertThat(home.resolve(".segment-ser_history"))
        .content()
        .containsPattern("SELECT 41 AS answer;");
  }

  @Test
  void aSparkOfTheMachineIsUsed() throws IOException {
    Path spark = spark("printf '%s\\n' \"$@\"; printf '%s\\n' \"opts ${SPARK_SUBMIT_OPTS:-}\" >&2");
    Child.Result result =
        Launcher.run(
            Map.of("SPARK_HOME", spark.toString()),
            "score",
            "--input",
            "a b",
            "--",
            "--master",
            "yarn",
            "--deploy-mode",
            "cluster");
    assertThat(result.exitCode()).isZero();
    assertThat(result.stderr()).startsWith("opts ").doesNotContain("segmentser.terminal");
    assertThat(result.stdout().lines())
        .containsExactly(
            "--class",
            "org.segmentser.cli.Main",
            "--properties-file",
            Launcher.ROOT.resolve("conf/spark-defaults.conf").toString(),
            "--load-spark-defaults",
            "--master",
            "yarn",
            "--deploy-mode",
            "cluster",
            Launcher.ROOT.resolve("job/target/segment-ser.jar").toString(),
            "score",
            "--input",
            "a b");
    Child.Result onPath =
        Launcher.run(
            Map.of("PATH", spark.resolve("bin") + ":" + System.getenv("PATH")), "--version");
    assertThat(onPath.stdout()).startsWith("--class\n").endsWith("--version\n");
  }

  @Test
  void whatAFileOfSettingsLacksIsThereAllTheSame() throws IOException {
    Path spark = spark("printf '%s\\n' \"$@\"");
    Path file = Files.writeString(dir.resolve("my.conf"), "spark.executor.memoryOverhead = 3g\n");
    Child.Result result =
        Launcher.run(
            Map.of("SPARK_HOME", spark.toString()),
            "sql",
            "--output",
            "out",
            "--",
            "--properties-file",
            file.toString());
    assertThat(result.exitCode()).as(result.toString()).isZero();
    assertThat(result.stdout())
        .startsWith("--class\norg.segmentser.cli.Main\n--conf\nspark.executorEnv.LC_ALL=C.UTF-8\n")
        .contains("\n--conf\nspark.redaction.regex=(?i)secret|password|")
        .contains("\n--properties-file\n" + file + "\n")
        .doesNotContain("memoryOverhead", "--load-spark-defaults");
  }

  @Test
  void theProgramIsToldOfATerminal() throws IOException {
    assumeTrue(Files.isExecutable(Path.of("/usr/bin/script")), "no script(1) for a terminal");
    Path spark = spark("printf '%s\\n' \"$SPARK_SUBMIT_OPTS\"");
    String version = String.join(" ", Launcher.command("--version"));
    try (Child child =
        Child.start(
            "terminal",
            List.of("script", "-qec", version, "/dev/null"),
            Map.of("SPARK_HOME", spark.toString(), "SPARK_SUBMIT_OPTS", "-Dmine=1"),
            null)) {
      assertThat(child.await(Duration.ofMinutes(1)).stdout().strip())
          .matches("-Dmine=1 -Dsegmentser.terminal=true -Dsegmentser.columns=[1-9]\\d*");
    }
  }

  /** A Spark whose spark-submit is a shell script of one line. */
  private Path spark(String line) throws IOException {
    script("spark/bin/spark-submit", line);
    return dir.resolve("spark");
  }

  private Path script(String name, String line) throws IOException {
    Path script = dir.resolve(name);
    Files.createDirectories(script.getParent());
    Files.writeString(script, "#!/bin/sh\n" + line + "\n");
    return Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  static Stream<Arguments> setUps() {
    return Stream.of(
        setUp("SPARK_HOME is @none, which has no bin/spark-submit", "SPARK_HOME", "@none"),
        setUp(
            "@old is another version of Spark or Scala (spark-core_2.12-3.5.7.jar); set SPARK_HOME"
                + " to a Spark 4.1 with Scala 2.13",
            "SPARK_HOME",
            "@old"),
        setUp(
            "JAVA_HOME is @none, which has no bin/java; set it to a JDK 17 or 21",
            "JAVA_HOME",
            "@none"),
        setUp(
            "@jdk25/bin/java is Java 25.0.3; Spark 4.1 runs on 17 and 21: set JAVA_HOME to such a"
                + " JDK",
            "JAVA_HOME",
            "@jdk25"),
        setUp(
            "@jdk8/bin/java is Java 1.8.0_392; Spark 4.1 runs on 17 and 21: set JAVA_HOME to such"
                + " a JDK",
            "JAVA_HOME",
            "@jdk8"));
  }

  private static Arguments setUp(String told, String variable, String value) {
    return Arguments.of(told, variable, value);
  }

  @ParameterizedTest
  @MethodSource("setUps")
  void aMistakeOfTheSetUpIsOneLine(String told, String variable, String value) throws IOException {
    script("old/bin/spark-submit", "exit 0");
    Files.createDirectory(dir.resolve("old/jars"));
    Files.createFile(dir.resolve("old/jars/spark-core_2.12-3.5.7.jar"));
    script("jdk25/bin/java", "exit 1");
    Files.writeString(dir.resolve("jdk25/release"), "JAVA_VERSION=\"25.0.3\"\n");
    script("jdk8/bin/java", "echo 'openjdk version \"1.8.0_392\"' >&2");
    Map<String, String> env = new HashMap<>(Map.of("JAVA_HOME", ""));
    env.put(variable, value.replace("@", dir + "/"));
    Child.Result result = Launcher.run(env, "--version");
    assertThat(result.exitCode()).as(result.toString()).isEqualTo(2);
    assertThat(result.stdout()).isEmpty();
    assertThat(result.stderr())
        .isEqualTo("segment-ser: error: " + told.replace("@", dir + "/") + "\n");
  }

  @Test
  void tooLittleMemoryIsOneLine() {
    Child.Result result =
        Launcher.run("sql", "--output", tables, "-e", "SELECT 1", "--", "--driver-memory", "100m");
    assertThat(result.exitCode()).as(result.toString()).isEqualTo(2);
    assertThat(result.stderr())
        .matches(
            "segment-ser: error: Spark's driver has \\d+ MiB of memory and needs 450; give it more"
                + " behind --, as in '-- --driver-memory 2g'\n");
  }

  @Test
  void theBuildTellsWhatItDoes() throws IOException {
    Path launcher = dir.resolve("submit/segment-ser");
    Files.createDirectory(launcher.getParent());
    Files.copy(
        Launcher.ROOT.resolve("submit/segment-ser"), launcher, StandardCopyOption.COPY_ATTRIBUTES);
    Map<String, String> env = Map.of("SPARK_HOME", spark("echo ran").toString());
    script(
        "mvnw",
        "echo '[INFO] --- compiler:3.14.1:compile (default-compile) @ segment-ser-udfs ---';"
            + " echo '[ERROR] no room to build in'; exit 1");
    try (Child child = Child.start("build", List.of(launcher.toString()), env, null)) {
      Child.Result failed = child.await(Duration.ofMinutes(1));
      assertThat(failed.exitCode()).isEqualTo(1);
      assertThat(failed.stdout()).isEmpty();
      assertThat(failed.stderr())
          .startsWith("segment-ser: building first; some minutes the first time")
          .contains("\nsegment-ser:   segment-ser-udfs: compiler\n[ERROR] no room to build in\n")
          .containsPattern("segment-ser: error: the build failed; all that it said is in \\S+\n$");
    }
    script("mvnw", "mkdir -p job/target; touch job/target/segment-ser.jar");
    try (Child child = Child.start("build", List.of(launcher.toString()), env, null)) {
      Child.Result built = child.await(Duration.ofMinutes(1));
      assertThat(built.exitCode()).as(built.toString()).isZero();
      assertThat(built.stdout()).isEqualTo("ran\n");
      assertThat(built.stderr()).endsWith("segment-ser: built\n");
    }
  }

  /** Names are given as bytes: the tests themselves may run without a locale. */
  @Test
  void fileNamesAreReadWhateverTheLocale() {
    String run =
        """
        unset LANG LC_ALL LC_CTYPE
        german=$'gr\\xc3\\xbc\\xc3\\x9fe.wav'
        mkdir in && cp "$1/sad_03a02Ta.wav" "in/$german"
        cp "$1/sad_16a02Tc.wav" $'in/\\xe8\\x81\\xb2.wav'
        cp "$1/happy_09a01Fa.wav" "named $german"
        "$2" score --input in --input "named $german" --model "$3" --output out &&
        exec "$2" sql --output out --format csv \
          -e "SELECT hex(substring_index(uri, '/', -1)), status FROM clips ORDER BY 1"
        """;
    List<String> command =
        List.of(
            "bash",
            "-c",
            "cd " + dir + " && " + run,
            "bash",
            AUDIO,
            Launcher.ROOT.resolve("submit/segment-ser").toString(),
            model);
    try (Child child = Child.start("locale", command, Map.of(), null)) {
      Child.Result result = child.await(Duration.ofMinutes(3));
      assertThat(result.exitCode()).as(result.toString()).isZero();
      assertThat(Launcher.ownErrors(result)).isEmpty();
      assertThat(result.stdout())
          .endsWith(
              """
              6772C3BCC39F652E776176,scored
              6E616D6564206772C3BCC39F652E776176,scored
              E881B22E776176,scored
              """);
    }
  }

  @Test
  void aRunIsReplacedOnDemandAndWhatTheDeadLeftIsNamed() throws IOException {
    List<String> words =
        new ArrayList<>(
            List.of("score", "--input", AUDIO, "--output", dir.resolve("out").toString()));
    words.addAll(List.of("--model", model, "--run-id", "r1"));
    Files.createDirectories(dir.resolve("out/_staging/r0-dead/rows"));
    Child.Result first = Launcher.run(words.toArray(String[]::new));
    assertThat(first.exitCode()).as(first.toString()).isZero();
    assertThat(first.stderr())
        .containsPattern(
            "segment-ser: \\S+/out/_staging holds what other executions staged: r0-dead \\(last"
                + " written \\d+ seconds ago\\); 'maintain' removes what dead ones left\n");
    Files.delete(dir.resolve("out/_staging/r0-dead/rows"));
    Files.delete(dir.resolve("out/_staging/r0-dead"));
    Child.Result second = Launcher.run(words.toArray(String[]::new));
    assertThat(second.exitCode()).as(second.toString()).isEqualTo(2);
    assertThat(Launcher.ownErrors(second))
        .contains("the output holds the run 'r1' already")
        .contains("--overwrite replaces it, or choose another --run-id");
    words.add("--overwrite");
    Child.Result third = Launcher.run(words.toArray(String[]::new));
    assertThat(third.exitCode()).as(third.toString()).isZero();
    assertThat(Launcher.ownErrors(third)).isEmpty();
  }

  @Test
  void sparksEventLogHoldsNoSecrets() throws IOException {
    List<String> keys =
        List.of(
            "fs.s3a.access.key",
            "fs.s3a.secret.key",
            "fs.s3a.session.token",
            "fs.s3a.encryption.key",
            "fs.s3a.server-side-encryption.key",
            "fs.s3a.bucket.archive.secret.key",
            "fs.s3a.bucket.archive.encryption.key",
            "fs.azure.account.key.archive.dfs.core.windows.net",
            "fs.azure.account.oauth2.client.secret",
            "fs.azure.account.oauth2.user.password",
            "fs.azure.account.oauth2.refresh.token",
            "fs.azure.sas.container.archive.blob.core.windows.net",
            "fs.azure.sas.fixed.token",
            "fs.azure.encryption.encoded.client-provided-key",
            "fs.gs.auth.service.account.private.key",
            "fs.gs.auth.service.account.private.key.id",
            "fs.gs.auth.client.secret",
            "fs.gs.auth.refresh.token",
            "fs.gs.encryption.key",
            "google.cloud.auth.service.account.private.key",
            "fs.oci.client.auth.passphrase",
            "fs.oci.client.auth.fingerprint",
            "fs.oci.client.auth.pemfilepath");
    Path logs = Files.createDirectory(dir.resolve("logs"));
    StringBuilder settings =
        new StringBuilder("spark.eventLog.enabled true\nspark.eventLog.compress false\n")
            .append("spark.eventLog.dir ")
            .append(logs.toUri())
            .append('\n');
    for (String key : keys) {
      settings.append("spark.hadoop.").append(key).append(" hunter2-").append(key).append('\n');
    }
    Path conf = Files.createDirectory(dir.resolve("conf"));
    Files.writeString(conf.resolve("spark-defaults.conf"), settings.toString());
    Child.Result result =
        Launcher.run(
            Map.of("SPARK_CONF_DIR", conf.toString()),
            "sql",
            "--output",
            tables,
            "-e",
            "SELECT count(*) FROM clips",
            "--",
            "--conf",
            // Alone on the command line, which the log holds too.
            "spark.hadoop.fs.azure.account.key.other=hunter2-other");
    assertThat(result.exitCode()).as(result.toString()).isZero();
    StringBuilder log = new StringBuilder();
    try (Stream<Path> files = Files.walk(logs).filter(Files::isRegularFile)) {
      for (Path file : files.toList()) {
        log.append(Files.readString(file));
      }
    }
    assertThat(keys).allMatch(key -> log.indexOf("spark.hadoop." + key) >= 0);
    assertThat(log.toString()).contains("SparkListenerEnvironmentUpdate");
    assertThat(log.toString().lines().filter(line -> line.contains("hunter2")))
        .as("lines with secrets")
        .map(line -> line.replaceAll("(?s).*(.{60}hunter2-[\\w.-]+).*", "$1"))
        .isEmpty();
  }

  @ParameterizedTest
  @CsvSource({"INT,130", "TERM,143"})
  void aSignalWhileScoringLeavesNothing(String signal, int exitCode) throws IOException {
    try (Child run = startScoring(noise(16, 120))) {
      awaitRows(run);
      assertEnds(run, signal, exitCode);
    }
  }

  @ParameterizedTest
  @CsvSource({"INT,130", "TERM,143"})
  void aSignalWhileTablesAreWrittenLeavesNothing(String signal, int exitCode) {
    try (Child run = startScoring(Launcher.AUDIO)) {
      run.awaitUntil(
          "a table was begun",
          Duration.ofMinutes(2),
          () ->
              Files.exists(
                  Launcher.stagedRows(dir.resolve("out"), "r1")
                      .resolveSibling("segments/_temporary")));
      assertEnds(run, signal, exitCode);
    }
  }

  @Test
  void aSignalBetweenBatchesLeavesASummaryOfThoseThatAreThere() throws IOException {
    Path summary = dir.resolve("summary.json");
    try (Child run =
        startScoring(
            noise(8, 120),
            "--incremental",
            "--max-clips-per-batch",
            "1",
            "--summary",
            summary.toString())) {
      run.awaitUntil(
          "two batches were published",
          Duration.ofMinutes(2),
          () -> run.stdout().contains("run r1-2 with model"));
      run.signal("TERM");
      Child.Result result = run.await(Duration.ofSeconds(30));
      assertThat(result.exitCode()).as(result.toString()).isEqualTo(143);
      JsonNode told = new ObjectMapper().readTree(summary.toFile());
      List<String> runs = new ArrayList<>();
      told.get("runs").forEach(id -> runs.add(id.asText()));
      assertThat(runs).hasSizeBetween(2, 7).startsWith("r1", "r1-2");
      assertThat(told.get("status").asText()).isEqualTo("stopped");
      assertThat(told.get("exit_code").asInt()).isEqualTo(143);
      assertThat(told.at("/clips/scored").asInt()).isEqualTo(runs.size());
      assertThat(Launcher.ownErrors(result))
          .isEqualTo(
              "segment-ser: stopping; a second signal ends it at once\n"
                  + "segment-ser: ended by SIGTERM: "
                  + runs.size()
                  + " finished runs, from r1 to "
                  + runs.get(runs.size() - 1)
                  + ", were kept, and nothing else; the same command goes on");
      assertThat(dir.resolve("out/runs").toFile().list((d, n) -> n.matches("r1.*parquet")))
          .hasSameSizeAs(runs);
      assertThat(dir.resolve("out/_staging")).doesNotExist();
    }
  }

  @Test
  void aFailureIsInTheSummaryToo() throws IOException {
    Child.Result result =
        Launcher.run(
            "score",
            "--input",
            dir.resolve("nowhere").toString(),
            "--output",
            dir.resolve("out").toString(),
            "--summary",
            "-");
    assertThat(result.exitCode()).as(result.toString()).isEqualTo(3);
    JsonNode told = new ObjectMapper().readTree(result.stdout());
    assertThat(told.get("status").asText()).isEqualTo("failed");
    assertThat(told.get("exit_code").asInt()).isEqualTo(3);
    assertThat(told.get("runs")).isEmpty();
    assertThat(Launcher.ownErrors(result)).hasLineCount(1).contains("nowhere");
  }

  private void assertEnds(Child run, String signal, int exitCode) {
    run.signal(signal);
    Child.Result result = run.await(Duration.ofSeconds(30));
    assertThat(result.exitCode()).as(result.toString()).isEqualTo(exitCode);
    assertThat(result.stdout()).isEmpty();
    assertThat(Launcher.ownErrors(result))
        .isEqualTo(
            "segment-ser: stopping; a second signal ends it at once\n"
                + "segment-ser: ended by SIG"
                + signal
                + ": nothing of the run r1 was kept, what it had staged was removed");
    assertThat(dir.resolve("out")).doesNotExist();
  }

  @Test
  void aSecondControlCEndsAtOnce() throws IOException {
    // One chunk, which a task does not leave before its end.
    try (Child run = startScoring(noise(1, 1200), "--chunk-seconds", "3600")) {
      awaitRows(run);
      run.signal("INT");
      run.awaitUntil(
          "it was stopping", Duration.ofSeconds(20), () -> run.stderr().contains("stopping"));
      run.signal("INT");
      Child.Result result = run.await(Duration.ofSeconds(5));
      assertThat(result.exitCode()).as(result.toString()).isEqualTo(130);
      assertThat(result.stderr()).doesNotContain("ended by");
    }
  }

  private static void awaitRows(Child run) {
    run.awaitUntil(
        "rows were staged",
        Duration.ofMinutes(2),
        () -> run.stderr().contains("segment-ser: reading "));
  }

  /** With SIGINT as at a terminal even where the tests themselves ignore it. */
  private Child startScoring(Path audio, String... more) {
    List<String> command = new ArrayList<>(List.of("env", "--default-signal=INT"));
    command.addAll(
        Launcher.command(
            "score",
            "--speech",
            "off",
            "--input",
            audio.toString(),
            "--model",
            model,
            "--output",
            dir.resolve("out").toString(),
            "--run-id",
            "r1"));
    command.addAll(List.of(more));
    return Child.start("segment-ser", command, Map.of(), null);
  }

  @Test
  void aTerminalShowsHowFarItIs() throws IOException {
    assumeTrue(Files.isExecutable(Path.of("/usr/bin/script")), "no script(1) for a terminal");
    String score =
        String.join(
            " ",
            Launcher.command(
                "score",
                "--speech",
                "off",
                "--input",
                noise(8, 240).toString(),
                "--model",
                model,
                "--output",
                dir.resolve("out").toString(),
                "--run-id",
                "r1"));
    try (Child child =
        Child.start(
            "terminal",
            List.of("script", "-qec", score, "/dev/null"),
            Map.of(
                "TERM",
                "xterm",
                "SPARK_SUBMIT_OPTS",
                Child.SHORT_DRIVER + " -Dsegmentser.terminal=true"),
            "")) {
      Child.Result result = child.await(Duration.ofMinutes(2));
      assertThat(result.exitCode()).as(result.toString()).isZero();
      assertThat(result.stdout())
          .containsPattern(
              "\u001b\\[K\\d+ %, \\d of 8 clips, ([\\d.]+ s left, )?[1-9][\\d.]* times real time,"
                  + " [1-9][\\d.]* (s|min) of audio")
          .containsPattern("of audio[^\n]*\r\u001b\\[K")
          // Before that, while it lists, Spark may tell how far that is.
          .satisfies(
              told ->
                  assertThat(told.substring(told.indexOf("segment-ser: reading")))
                      .doesNotContain("[Stage "))
          .containsPattern("\r?\nrun r1 with model|\u001b\\[Krun r1 with model");
    }
  }

  private Path noise(int clips, int seconds) throws IOException {
    Path audio = Files.createDirectory(dir.resolve("audio"));
    byte[] minutes = Clips.wav(16_000, Clips.noise(16_000 * seconds, 1));
    for (int i = 0; i < clips; i++) {
      Files.write(audio.resolve(i + ".wav"), minutes);
    }
    return audio;
  }
}
