package org.segmentser.it;

import java.io.File;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** The launcher {@code submit/segment-ser} as a child process, with the jar that was packaged. */
final class Launcher {
  /** The project's directory. */
  static final Path ROOT = Path.of(System.getProperty("segmentser.root"));

  static final Path AUDIO = ROOT.resolve("examples/audio");

  private static final String PROGRAM = ROOT.resolve("submit/segment-ser").toString();
  private static final Duration TIMEOUT = Duration.ofMinutes(3);

  private Launcher() {}

  /** Runs the bundled Spark to the end. */
  static Child.Result run(String... args) {
    return run(Map.of(), args);
  }

  /** Runs to the end with variables added to the environment. */
  static Child.Result run(Map<String, String> env, String... args) {
    return run(env, null, command(args));
  }

  /** Runs to the end with something to read from standard input. */
  static Child.Result pipe(String stdin, String... args) {
    return run(Map.of(), stdin, command(args));
  }

  private static Child.Result run(Map<String, String> env, String stdin, List<String> command) {
    try (Child child = Child.start("segment-ser", command, env, stdin)) {
      return child.await(TIMEOUT);
    }
  }

  /** Starts; the caller closes it. */
  static Child start(String... args) {
    return Child.start("segment-ser", command(args), Map.of(), null);
  }

  /** The words that start it. */
  static List<String> command(String... args) {
    List<String> command = new ArrayList<>();
    command.add(PROGRAM);
    command.addAll(Arrays.asList(args));
    return command;
  }

  /** Imports a checkpoint of untrained weights. */
  static void importModel(String output, String... spark) {
    List<String> args =
        new ArrayList<>(
            List.of(
                "model",
                "import",
                "--checkpoint",
                ROOT.resolve("job/src/test/resources/checkpoint/untrained.ckpt").toUri().toString(),
                "--labels",
                "angry,happy,sad,neutral",
                "--output",
                output));
    args.addAll(Arrays.asList(spark));
    Child.Result imported = run(args.toArray(String[]::new));
    if (imported.exitCode() != 0) {
      throw new AssertionError(imported.toString());
    }
  }

  /** Lines on standard error but for those of progress. */
  static String ownErrors(Child.Result result) {
    return result
        .stderr()
        .lines()
        .filter(
            line ->
                !line.matches(
                    "segment-ser: (reading (batch .*, )?[\\d,]+ clips?|\\d+ %, [\\d,]+ of [\\d,]+ clips).*"))
        .collect(Collectors.joining("\n"));
  }

  /** Where a run at work stages its rows; a path that does not exist before it has begun. */
  static Path stagedRows(Path output, String runId) {
    Path staging = output.resolve("_staging");
    File[] runs = staging.toFile().listFiles((dir, name) -> name.startsWith(runId + "-"));
    return runs == null || runs.length == 0
        ? staging.resolve("none")
        : runs[0].toPath().resolve("rows");
  }
}
