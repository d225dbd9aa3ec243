package org.segmentser.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
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
        .contains("clips     8: 7 scored, 1 undecodable");
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
    assertThat(result.stdout()).contains("clips     8: 7 scored, 1 undecodable");
    assertThat(Launcher.ownErrors(result))
        .isEqualTo(
            "segment-ser: 1 of 8 clips were not scored, more than --max-reject-ratio 0.0 allows");
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
    Path bin = Files.createDirectories(dir.resolve("spark/bin"));
    Path submit =
        Files.writeString(bin.resolve("spark-submit"), "#!/bin/sh\nprintf '%s\\n' \"$@\"");
    Files.setPosixFilePermissions(submit, PosixFilePermissions.fromString("rwxr-xr-x"));
    Child.Result result =
        Launcher.run(
            Map.of("SPARK_HOME", dir.resolve("spark").toString()),
            "score",
            "--input",
            "a b",
            "--",
            "--master",
            "yarn",
            "--deploy-mode",
            "cluster");
    assertThat(result.exitCode()).isZero();
    assertThat(result.stderr()).isEmpty();
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
        Launcher.run(Map.of("PATH", bin + ":" + System.getenv("PATH")), "--version");
    assertThat(onPath.stdout()).startsWith("--class\n").endsWith("--version\n");
  }

  @Test
  void aSparkHomeWithoutSparkIsTold() {
    Child.Result result = Launcher.run(Map.of("SPARK_HOME", dir.toString()), "--version");
    assertThat(result.exitCode()).isEqualTo(2);
    assertThat(result.stderr())
        .isEqualTo(
            "segment-ser: error: SPARK_HOME is " + dir + ", which has no bin/spark-submit\n");
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
