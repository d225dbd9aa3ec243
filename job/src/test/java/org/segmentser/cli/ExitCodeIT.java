package org.segmentser.cli;

import static java.util.Map.entry;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.segmentser.segment.Clips;

/** All commands, each in this process with a Spark session of its own. */
@Execution(ExecutionMode.SAME_THREAD)
class ExitCodeIT {
  private static final Path ROOT = Path.of(System.getProperty("segmentser.root"));

  private static final Map<String, String> SETTINGS =
      Map.of(
          "spark.master", "local[2]",
          "spark.ui.enabled", "false",
          "spark.sql.shuffle.partitions", "2",
          "spark.hadoop.fs.full.impl", FullDisk.class.getName());

  /** What works, by the command's name; words that begin with {@code @} are below the directory. */
  private static final Map<String, List<String>> COMMANDS =
      Map.ofEntries(
          entry("score", words("score --input @audio --model @model --output @out")),
          entry("embed", words("embed --input @audio --model @model --output @out")),
          entry(
              "train",
              words(
                  "train --speech off --corpus folders --input @labelled --mode head --model @model"
                      + " --split none --epochs 1 --output @out")),
          entry(
              "evaluate",
              words(
                  "evaluate --speech off --corpus folders --input @labelled --model @model"
                      + " --resamples 10 --output @out")),
          entry("sql", words("sql --output @tables -e SELECT_1")),
          entry(
              "import",
              words(
                  "model import --checkpoint @checkpoint --labels angry,happy,sad,neutral"
                      + " --output @out")),
          entry("fetch", words("model fetch --base-url http://127.0.0.1:1 --output @out")),
          entry("model", words("model verify @model")),
          entry("verify", words("verify --output @tables")),
          entry("forget", words("forget --output @tables --clip nobody")),
          entry("maintain", words("maintain --output @tables")),
          entry("show", words("model show @model")));

  private static final List<String> WRITERS =
      List.of("score", "embed", "train", "evaluate", "import", "fetch");
  private static final List<String> LISTENERS = List.of("score", "embed", "train", "evaluate");

  @TempDir static Path dir;

  private record Ended(int exitCode, String out, String err) {}

  @BeforeAll
  static void prepare() throws IOException {
    SETTINGS.forEach(System::setProperty);
    Files.createDirectory(dir.resolve("audio"));
    for (String emotion : List.of("angry", "happy", "sad", "neutral")) {
      Path clips = Files.createDirectories(dir.resolve("labelled").resolve(emotion));
      byte[] clip = Clips.wav(16_000, Clips.noise(20_000, emotion.hashCode()));
      Files.write(clips.resolve("1.wav"), clip);
      Files.write(dir.resolve("audio").resolve(emotion + ".wav"), clip);
    }
    Files.writeString(Files.createDirectory(dir.resolve("text")).resolve("a.wav"), "no audio");
    Files.writeString(dir.resolve("file"), "a file");
    Files.createDirectories(dir.resolve("used/by"));
    Path checkpoints = ROOT.resolve("job/src/test/resources/checkpoint");
    try (Stream<Path> files = Files.list(checkpoints)) {
      for (Path file : files.toList()) {
        String name = file.getFileName().toString().replace("untrained.ckpt", "checkpoint");
        Files.copy(file, dir.resolve(name));
      }
    }
    assertEnds(0, placed("import", "--output", "@model"));
    copy("model", "torn");
    Path weights = dir.resolve("torn").resolve("weights.data-00000-of-00001");
    byte[] content = Files.readAllBytes(weights);
    content[content.length / 2] ^= 1;
    Files.write(weights, content);
    copy("model", "garbled");
    Files.writeString(dir.resolve("garbled/model.json"), "{");
    assertEnds(0, placed("score", "--output", "@tables", "--run-id", "r1"));
  }

  private static void copy(String from, String to) throws IOException {
    Path target = Files.createDirectory(dir.resolve(to));
    try (Stream<Path> files = Files.list(dir.resolve(from))) {
      for (Path file : files.toList()) {
        Files.copy(file, target.resolve(file.getFileName()));
      }
    }
  }

  @AfterAll
  static void tidyUp() {
    SETTINGS.keySet().forEach(System::clearProperty);
  }

  static Stream<Arguments> faults() {
    List<Arguments> faults = new ArrayList<>();
    // 2: the output.
    for (String command : WRITERS) {
      faults.add(fault(2, command, "--output", "@file/out"));
      faults.add(fault(2, command, "--output", "nofs://host/out"));
      if (command.equals("score") || command.equals("embed")) {
        faults.add(fault(2, command, "--output", "@tables", "--run-id", "r1"));
      } else {
        faults.add(fault(2, command, "--output", "@used"));
      }
    }
    faults.add(fault(2, "train", "--cache", "@file/cache"));
    faults.add(fault(2, "evaluate", "--cache", "@file/cache"));
    faults.add(fault(2, "train", "--checkpoints", "@file/checkpoints"));
    // 2: the command line.
    COMMANDS.keySet().forEach(command -> faults.add(fault(2, command, "--loud")));
    faults.add(fault(2, "score", "--batch-size", "0"));
    faults.add(fault(2, "embed", "--segmentation", "neat"));
    faults.add(fault(2, "train", "--epochs", "0"));
    faults.add(fault(2, "evaluate", "--resamples", "0"));
    faults.add(fault(2, "sql", "--format", "xml"));
    faults.add(fault(2, "sql", "-e", "SELECT nonsense"));
    faults.add(fault(2, "import", "--fc2", "sigmoid"));
    faults.add(fault(2, "import", "--labels", "angry"));
    faults.add(fault(2, "fetch", "--fc2", "sigmoid"));
    // 3: the input.
    for (String command : LISTENERS) {
      faults.add(fault(3, command, "--input", "@none"));
    }
    faults.add(fault(3, "sql", "--output", "@none"));
    faults.add(fault(3, "verify", "--output", "@none"));
    faults.add(fault(3, "verify", "--input", "@none"));
    faults.add(fault(2, "verify", "--id-column", "id"));
    faults.add(fault(3, "forget", "--output", "@none"));
    faults.add(fault(3, "forget"));
    faults.add(Arguments.of(3, words("forget --output @tables --manifest @none")));
    faults.add(Arguments.of(2, words("forget --output @tables")));
    faults.add(fault(3, "maintain", "--output", "@none"));
    faults.add(fault(3, "maintain", "--output", "@used"));
    faults.add(fault(2, "maintain", "--leftovers-older-than", "0"));
    faults.add(fault(2, "maintain", "--expire-older-than", "0"));
    faults.add(fault(2, "maintain", "--expire-older-than", "soon"));
    faults.add(fault(2, "maintain", "--merge-smaller-than", "-1"));
    faults.add(fault(2, "maintain", "--merge-smaller-than", "small"));
    faults.add(fault(3, "import", "--checkpoint", "@none"));
    faults.add(fault(3, "import", "--checkpoint", "@file"));
    faults.add(fault(3, "fetch"));
    // 3: the model.
    for (String model : List.of("@none", "@torn", "@garbled")) {
      for (String command : LISTENERS) {
        faults.add(fault(3, command, "--model", model));
      }
      faults.add(Arguments.of(3, words("model verify " + model)));
    }
    faults.add(Arguments.of(3, words("model show @none")));
    faults.add(Arguments.of(3, words("model show @garbled")));
    // 1: the disk.
    for (String command : WRITERS) {
      if (!command.equals("fetch")) {
        faults.add(fault(1, command, "--output", "full:@full"));
      }
    }
    faults.add(fault(1, "train", "--cache", "full:@used"));
    return faults.stream();
  }

  /** A command with options given another value or added. */
  private static Arguments fault(int exitCode, String command, String... options) {
    return Arguments.of(exitCode, changed(command, options));
  }

  private static List<String> changed(String command, String... options) {
    List<String> words = new ArrayList<>(COMMANDS.get(command));
    for (int i = 0; i < options.length; i += 2) {
      int at = words.indexOf(options[i]);
      if (at >= 0) {
        words.set(at + 1, options[i + 1]);
      } else {
        words.addAll(Arrays.asList(options).subList(i, Math.min(i + 2, options.length)));
      }
    }
    return words;
  }

  @ParameterizedTest
  @MethodSource("faults")
  void aFaultHasOneLineAndTheSameCodeInEveryCommand(int exitCode, List<String> words)
      throws IOException {
    List<String> before = files();
    Ended ended = assertEnds(exitCode, placed(words));
    assertThat(ended.err().lines().filter(line -> line.startsWith("segment-ser: error: ")))
        .as(ended.err())
        .hasSize(1);
    assertThat(ended.err()).doesNotContain("\tat ");
    assertThat(files()).isEqualTo(before);
  }

  @Test
  void rejectsBeyondTheRatioAreCode4() {
    assertEnds(4, placed("score", "--input", "@text"));
  }

  @Test
  void whatVerifyCannotProveIsCode6() {
    assertThat(assertEnds(0, placed("verify", "--input", "@audio")).out())
        .contains("holds  archive    all 4 clips");
    Ended ended = assertEnds(6, placed("verify", "--input", "@text"));
    assertThat(ended.out()).contains("FAILS  archive    clips without an outcome: 1 (");
    assertThat(ended.err()).contains("1 of 7 checks failed");
  }

  @Test
  void whoFindsAnotherAtTheSameWorkEndsWithCode5() throws IOException {
    Path lease = dir.resolve("tables/_staging/files.lease");
    Files.createDirectory(lease.getParent());
    Files.writeString(lease, "process 7@elsewhere, execution 1");
    for (String command : List.of("maintain", "forget")) {
      assertThat(assertEnds(5, placed(command)).err())
          .contains("another process is at work on the files of this output: ")
          .contains("process 7@elsewhere");
    }
    Files.delete(lease);
    Files.delete(lease.getParent());
  }

  @Test
  void maintainTellsWhatItDoes() throws IOException {
    assertEnds(0, placed("score", "--output", "@kept", "--run-id", "r1", "--speech", "off"));
    Path left = dir.resolve("kept/_staging/r2.publishing");
    Files.createDirectory(left.getParent());
    Files.writeString(left, "process 7@elsewhere, execution 1");
    Files.setLastModifiedTime(left, FileTime.from(Instant.now().minus(Duration.ofHours(2))));
    List<String> before = files();
    assertThat(assertEnds(0, placed("maintain", "--output", "@kept", "--dry-run=true")).out())
        .startsWith("dry run, nothing is changed: maintain " + dir.resolve("kept"))
        .contains("  keep     _staging/r2.publishing: last written 2 hours ago, by process 7@else")
        .contains("  merge    run r1: clips from 2 files to 1, segments from 2 files to 1\n")
        .containsPattern("would be done: 4 files to remove, 2 to write in their place; .* less");
    assertThat(files()).isEqualTo(before);
    assertThat(
            assertEnds(0, placed("maintain", "--output", "@kept", "--leftovers-older-than", "1"))
                .out())
        .contains("  removed  _staging/r2.publishing: last written 2 hours ago, by process 7@elsew")
        .contains("  merged   run r1: clips from 2 files to 1, segments from 2 files to 1\n")
        .containsPattern("done: 5 files removed, 2 written in their place; .* less");
    assertThat(assertEnds(0, placed("maintain", "--output", "@kept")).out())
        .endsWith("nothing to do\n");
    assertThat(assertEnds(0, placed("verify", "--output", "@kept")).out())
        .contains("nothing was left");
  }

  @Test
  void whatTheUserSetsInSparkWins() {
    Map<String, String> set =
        Map.of(
            "spark.sql.session.timeZone",
            "America/New_York",
            "spark.sql.parquet.outputTimestampType",
            "INT96");
    set.forEach(System::setProperty);
    try {
      assertEnds(0, placed("score", "--output", "@elsewhere", "--run-date", "2026-11-22"));
      assertThat(ask("@elsewhere", "SET spark.sql.session.timeZone")).contains("America/New_York");
      assertThat(ask("@elsewhere", "SET spark.sql.parquet.outputTimestampType")).contains("INT96");
    } finally {
      set.keySet().forEach(System::clearProperty);
    }
    assertThat(ask("@elsewhere", "SET spark.sql.session.timeZone")).contains("UTC");
    String sameInstants = "SELECT uri, unix_millis(modified) FROM clips ORDER BY uri";
    assertThat(ask("@elsewhere", sameInstants)).isEqualTo(ask("@tables", sameInstants));
    assertThat(ask("@elsewhere", "SELECT DISTINCT run_date FROM clips")).contains("2026-11-22");
    assertThat(
            ask(
                "@elsewhere",
                "SELECT finished BETWEEN now() - INTERVAL 1 HOUR AND now() FROM runs"))
        .contains("true");
  }

  private static String ask(String output, String query) {
    return assertEnds(0, placed("sql", "--output", output, "-e", query, "--format", "csv")).out();
  }

  private static Ended assertEnds(int exitCode, String... args) {
    Ended ended = run(args);
    assertThat(ended.exitCode()).as(String.join(" ", args) + "\n" + ended).isEqualTo(exitCode);
    return ended;
  }

  private static Ended run(String... args) {
    PrintStream out = System.out;
    PrintStream err = System.err;
    ByteArrayOutputStream told = new ByteArrayOutputStream();
    ByteArrayOutputStream complained = new ByteArrayOutputStream();
    System.setOut(new PrintStream(told, true, StandardCharsets.UTF_8));
    System.setErr(new PrintStream(complained, true, StandardCharsets.UTF_8));
    try {
      int exitCode = Main.run(args);
      return new Ended(
          exitCode,
          told.toString(StandardCharsets.UTF_8),
          complained.toString(StandardCharsets.UTF_8));
    } finally {
      System.setOut(out);
      System.setErr(err);
    }
  }

  /** Everything below the directory, which a fault must leave as it is. */
  private static List<String> files() throws IOException {
    try (Stream<Path> files = Files.walk(dir)) {
      return files.map(Path::toString).sorted().toList();
    }
  }

  private static String[] placed(String command, String... options) {
    return placed(changed(command, options));
  }

  private static String[] placed(List<String> words) {
    return words.stream()
        .map(word -> word.replace("@", dir + "/").replace("SELECT_1", "SELECT 1"))
        .toArray(String[]::new);
  }

  private static List<String> words(String line) {
    return List.of(line.split(" ", -1));
  }
}
