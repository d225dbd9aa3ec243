package org.segmentser.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

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
        .contains("clips     8: 7 scored, 1 undecodable")
        .contains("8 clips opened, 8 decoded to their end or fault, 8 scored or told: each once")
        .contains("not_audio.wav: undecodable: not audio");
    assertThat(scored.stderr()).isEmpty();
    assertThat(Path.of(tables, "_staging")).doesNotExist();
  }

  @Test
  void theModelOfTheJarIsTakenWhereNoneIsNamed() {
    Child.Result result =
        Launcher.run("score", "--input", AUDIO, "--output", dir.resolve("out").toString());
    assertThat(result.exitCode()).as(result.toString()).isZero();
    assertThat(result.stdout())
        .contains(" with model default-")
        .contains("clips     8: 7 scored, 1 undecodable");
    assertThat(result.stderr()).isEmpty();
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

  static Stream<Arguments> mistakes() {
    return Stream.of(
        mistake(2, "no command given"),
        mistake(2, "scoar", "scoar"),
        mistake(2, "--loud", "score", "--input", "@audio", "--output", "@out", "--loud"),
        mistake(2, "--output", "score", "--input", "@audio", "--model", "@model"),
        mistake(2, "--manifest", score("--manifest", "clips.csv")),
        mistake(3, "no such file or directory: @out/none", scoreOf("@out/none")),
        mistake(3, "no model at @out/none", score("--model", "@out/none", "--input", "@audio")),
        mistake(2, "a hop of 0.0 s", score("--segmentation", "unpadded", "--hop", "0")),
        mistake(2, "hop", score("--hop", "0.5")),
        mistake(2, "segmentation", score("--segmentation", "neat")),
        mistake(2, "--run-id", score("--run-id", "a/b")),
        mistake(2, "--run-date", score("--run-date", "yesterday")),
        mistake(2, "--batch-size", score("--batch-size", "0")),
        mistake(2, "--batch-size", score("--batch-size", "many")),
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
    assertThat(result.stdout()).contains("clips     8: 7 scored, 1 undecodable");
    assertThat(result.stderr())
        .isEqualTo(
            "segment-ser: 1 of 8 clips were not scored, more than --max-reject-ratio 0.0 allows\n");
    assertThat(dir.resolve("out/runs")).isDirectory();
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
    assertThat(result.stdout()).startsWith("dry run: 8 clips (").contains("nothing was written");
    assertThat(result.stderr()).isEmpty();
    assertThat(dir.resolve("out")).doesNotExist();
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
            "--master",
            "local[1]",
            "--conf",
            "spark.app.name=of the test");
    assertThat(result.exitCode()).as(result.toString()).isZero();
    assertThat(result.stdout())
        .contains("|undecodable|1  |\n|scored     |7  |\n")
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
            {"clips":8}
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
          .isEqualTo("-Dmine=1 -Dsegmentser.terminal=true");
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
            "@jdk8"),
        setUp(
            "no java was found; install a JDK 17 or 21, or set JAVA_HOME to one", "PATH", "@bin"));
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
    Files.createDirectory(dir.resolve("bin"));
    for (String tool : List.of("bash", "dirname", "readlink", "locale", "grep", "sort", "head")) {
      Path from = Path.of("/usr/bin", tool);
      if (Files.exists(from)) {
        Files.createSymbolicLink(dir.resolve("bin").resolve(tool), from);
      }
    }
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
  void aNightNeedsItsInputAndOutputAndNoModel() throws IOException {
    String nightly = Launcher.ROOT.resolve("submit/nightly.sh").toString();
    Path spark = spark("printf '%s ' \"$@\"");
    Map<String, String> env = new HashMap<>(Map.of("SPARK_HOME", spark.toString()));
    env.put("SEGMENT_SER_INPUT", "/archive");
    try (Child child = Child.start("nightly", List.of(nightly), env, null)) {
      Child.Result result = child.await(Duration.ofMinutes(1));
      assertThat(result.exitCode()).isEqualTo(2);
      assertThat(result.stderr())
          .isEqualTo(
              "nightly.sh: error: SEGMENT_SER_OUTPUT is not set; it is where the tables are\n");
    }
    env.put("SEGMENT_SER_OUTPUT", "/tables");
    try (Child child = Child.start("nightly", List.of(nightly, "2026-11-22"), env, null)) {
      assertThat(child.await(Duration.ofMinutes(1)).stdout())
          .endsWith(
              "score --input /archive/2026-11-22 --output /tables --run-date 2026-11-22"
                  + " --run-id nightly-2026-11-22 ");
    }
    env.put("SEGMENT_SER_MODEL", "/my model");
    try (Child child = Child.start("nightly", List.of(nightly, "2026-11-22"), env, null)) {
      assertThat(child.await(Duration.ofMinutes(1)).stdout())
          .contains("--output /tables --model /my model --run-date");
    }
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
        mkdir in && cp "$1/sad_01.wav" "in/$german" && cp "$1/sad_02.wav" $'in/\\xe8\\x81\\xb2.wav'
        cp "$1/happy_01.wav" "named $german"
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
      assertThat(result.stderr()).isEmpty();
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
  void aRunThatIsEndedLeavesNothingForReaders() throws IOException {
    Path audio = Files.createDirectory(dir.resolve("audio"));
    byte[] minutes = Clips.wav(16_000, Clips.noise(16_000 * 120, 1));
    for (int i = 0; i < 16; i++) {
      Files.write(audio.resolve(i + ".wav"), minutes);
    }
    Path out = dir.resolve("out");
    try (Child run =
        Launcher.start(
            "score",
            "--input",
            audio.toString(),
            "--model",
            model,
            "--output",
            out.toString(),
            "--run-id",
            "r1")) {
      run.awaitUntil(
          "rows were staged",
          Duration.ofMinutes(2),
          () -> Files.exists(Launcher.stagedRows(out, "r1").resolve("_temporary")));
      run.terminate();
      Child.Result result = run.await(Duration.ofSeconds(30));
      assertThat(result.exitCode()).as(result.toString()).isNotZero();
      assertThat(result.stdout()).isEmpty();
    }
    assertThat(out.resolve("runs")).doesNotExist();
    assertThat(out.resolve("clips")).doesNotExist();
    assertThat(out.resolve("segments")).doesNotExist();
  }
}
