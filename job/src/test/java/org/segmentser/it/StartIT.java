package org.segmentser.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How commands start with the Spark that Maven brought: what is loaded, and from where. */
class StartIT {
  private static final String ARCHIVED = "shared objects file (top)";

  @TempDir Path dir;

  /** A copy of the project that has the build's jars, but no archive of classes. */
  private Path copy;

  @BeforeEach
  void makeCopy() throws IOException {
    copy = Files.createDirectories(dir.resolve("a copy"));
    Files.createDirectories(copy.resolve("job/target/spark"));
    Files.createDirectories(copy.resolve("submit"));
    for (String script : List.of("segment-ser", "bundled-spark.sh", "class-archive")) {
      Files.copy(
          Launcher.ROOT.resolve("submit").resolve(script),
          copy.resolve("submit").resolve(script),
          StandardCopyOption.COPY_ATTRIBUTES);
    }
    for (String name :
        List.of("conf", "examples", "job/target/segment-ser.jar", "job/target/spark/jars")) {
      Files.createSymbolicLink(copy.resolve(name), Launcher.ROOT.resolve(name));
    }
  }

  @Test
  void aWrongOptionStartsNeitherSparkNorTensorFlow() throws IOException {
    String loaded = classesLoaded(Launcher.ROOT, 2, "score", "--inptu", "x");
    assertThat(loaded)
        .contains("org.segmentser.cli.ScoreCommand ")
        .doesNotContain("org.apache.spark.deploy.SparkSubmit ")
        .doesNotContain("org.apache.spark.SparkContext ")
        .doesNotContain("org.tensorflow.");
  }

  @Test
  void theBuildHasPreparedTheClasses() throws IOException {
    assertThat(classesLoaded(Launcher.ROOT, 0, "--version")).contains(ARCHIVED);
  }

  @Test
  void withoutAnArchiveNothingElseChanges() throws IOException {
    assertThat(classesLoaded(copy, 0, "--version")).doesNotContain(ARCHIVED);
  }

  @Test
  void anArchiveIsMadeWherePathsHaveSpacesAndUsed() throws IOException {
    Child.Result made = run(copy, "submit/class-archive", Map.of());
    assertThat(made.exitCode()).as(made.toString()).isZero();
    assertThat(made.stderr()).isEmpty();
    assertThat(archives()).hasSize(1);
    assertThat(classesLoaded(copy, 0, "--version")).contains(ARCHIVED);
    // That of another class path does not fit, and nobody is told.
    Path moved = Files.move(copy, dir.resolve("moved"));
    assertThat(classesLoaded(moved, 0, "--version")).doesNotContain(ARCHIVED);
  }

  @Test
  void anArchiveThatIsNoneDoesNotMatter() throws IOException {
    String version = System.getProperty("java.version");
    Path archive = copy.resolve("job/target/spark/classes-" + version + ".jsa");
    Files.writeString(archive, "no archive");
    assertThat(classesLoaded(copy, 0, "--version")).doesNotContain(ARCHIVED);
    Files.writeString(archive, "");
    assertThat(classesLoaded(copy, 0, "--version")).doesNotContain(ARCHIVED);
  }

  @Test
  void whatFailsToMakeAnArchiveLeavesNothing() throws IOException {
    // No audio to rehearse with.
    Files.delete(copy.resolve("examples"));
    Child.Result failed = run(copy, "submit/class-archive", Map.of());
    assertThat(failed.exitCode()).as(failed.toString()).isZero();
    assertThat(failed.stderr()).startsWith("class-archive: no archive of classes: ");
    assertThat(archives()).isEmpty();
  }

  private List<String> archives() throws IOException {
    try (Stream<Path> files = Files.list(copy.resolve("job/target/spark"))) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.startsWith("classes"))
          .toList();
    }
  }

  /** Runs a command that says one thing, on one stream; returns what the JVM loaded from where. */
  private String classesLoaded(Path root, int exitCode, String... words) throws IOException {
    Path log = dir.resolve("loaded.log");
    Child.Result result =
        run(
            root,
            "submit/segment-ser",
            Map.of("SPARK_SUBMIT_OPTS", "-Xlog:class+load:file=" + log),
            words);
    assertThat(result.exitCode()).as(result.toString()).isEqualTo(exitCode);
    assertThat((result.stdout() + result.stderr()).lines()).as(result.toString()).hasSize(1);
    return Files.readString(log);
  }

  private static Child.Result run(
      Path root, String script, Map<String, String> env, String... words) {
    List<String> command = new ArrayList<>(List.of(root.resolve(script).toString()));
    command.addAll(List.of(words));
    try (Child child = Child.start("start", command, env, null)) {
      return child.await(Duration.ofMinutes(3));
    }
  }
}
