package org.segmentser.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.stream.Stream;

/** A whole run with input, model and output on another file system than the local one. */
final class RemoteRun {
  private RemoteRun() {}

  /**
   * Imports a model, scores the example audio and reads the tables, all there.
   *
   * @param root URI below which {@code audio} holds the example audio
   * @param spark options of {@code spark-submit} that the file system needs
   */
  static void check(String root, String... spark) {
    String[] options = Stream.concat(Stream.of("--"), Arrays.stream(spark)).toArray(String[]::new);
    Launcher.importModel(root + "/model", options);

    Child.Result scored =
        Launcher.run(
            with(
                options,
                "score",
                "--input",
                root + "/audio",
                "--model",
                root + "/model",
                "--output",
                root + "/tables",
                "--run-id",
                "r1"));
    assertThat(scored.exitCode()).as(scored.toString()).isZero();
    assertThat(scored.stdout())
        .contains("clips     9: 8 scored, 1 undecodable")
        .contains(
            "9 clips opened, 9 decoded to their end or fault, 9 scored or rejected: each once")
        .contains("runs below " + root + "/tables\n");

    Child.Result read =
        Launcher.run(
            with(
                options,
                "sql",
                "--output",
                root + "/tables",
                "--format",
                "csv",
                "-e",
                """
                SELECT run_id, count(*) AS clips, sum(segments) AS segments,
                  (SELECT count(*) FROM segments) AS rows, first(uri) LIKE '%s/audio/%%' AS there
                FROM clips GROUP BY run_id
                """
                    .formatted(root)));
    assertThat(read.exitCode()).as(read.toString()).isZero();
    assertThat(read.stdout()).isEqualTo("run_id,clips,segments,rows,there\nr1,9,17,17,true\n");
  }

  private static String[] with(String[] options, String... args) {
    return Stream.concat(Arrays.stream(args), Arrays.stream(options)).toArray(String[]::new);
  }
}
