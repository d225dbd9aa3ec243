package org.segmentser.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Commands whose tables are those of a catalog, here of Iceberg; {@code CatalogTest} has more of
 * it.
 */
class CatalogIT {
  private static final String TABLES = "lake.speech";

  @TempDir Path dir;

  @Test
  void nightsAreKeptInTablesOfACatalog() throws IOException {
    Path archive = Files.createDirectory(dir.resolve("archive"));
    copy(archive, "angry_08a01Wa.wav", "happy_09a01Fa.wav", "neutral_10a01Nb.mp3", "not_audio.wav");

    Child.Result first = score(archive, "night-1", "--max-clips-per-batch", "3");
    assertThat(first.exitCode()).as(first.toString()).isZero();
    assertThat(first.stdout()).contains("below " + TABLES).contains("run night-1-2 ");
    assertThat(dir.resolve("work/clips")).doesNotExist();

    copy(archive, "sad_03a02Ta.wav");
    Child.Result second = score(archive, "night-2");
    assertThat(second.stdout())
        .as(second.toString())
        .contains("4 clips have an outcome already; 1 are read");
    Child.Result whole = verify(archive);
    assertThat(whole.exitCode()).as(whole.toString()).isZero();

    Child.Result rehearsed = run(List.of("maintain", "--expire-older-than", "7", "--dry-run"));
    assertThat(rehearsed.stdout())
        .as(rehearsed.toString())
        .endsWith("\nwould be done: 3 to expire, 3 to merge\n");
    // Iceberg merges files only where there are five.
    Child.Result maintained = run(List.of("maintain", "--expire-older-than", "7"));
    assertThat(maintained.exitCode()).as(maintained.toString()).isZero();
    assertThat(maintained.stdout())
        .contains("\n  expired  " + TABLES + ".runs: old snapshots, by CALL ")
        .containsPattern("\ndone: 3 expired(, \\d merged)?\n$");

    String clip = archive.resolve("happy_09a01Fa.wav").toUri().toString().replace("///", "/");
    Child.Result forgot = run(List.of("forget", "--clip", clip));
    assertThat(forgot.exitCode()).as(forgot.toString()).isZero();
    assertThat(forgot.stdout()).matches("forgot 1 clip: \\d+ rows\n");
    assertThat(
            query(
                "SELECT run_id, count(*) FROM clips_all GROUP BY 1 ORDER BY 1;"
                    + " SELECT count(*) FROM segments_all WHERE clip_id = '"
                    + clip
                    + "'; SELECT count(*) FROM forgotten"))
        .containsExactly("night-1,2", "night-1-2,1", "night-2,1", "0", "1");
  }

  @Test
  void catalogsThatDoNotDoAreRefusedBeforeWork() {
    Child.Result none = score(List.of(), "lake.speech");
    assertThat(none.exitCode()).as(none.toString()).isEqualTo(2);
    assertThat(none.stderr())
        .startsWith("segment-ser: error: cannot use the tables of lake.speech: ")
        .contains("`lake` not found")
        .hasLineCount(1);
    Child.Result unnamed = score(List.of(), "speech");
    assertThat(unnamed.exitCode()).as(unnamed.toString()).isEqualTo(2);
    assertThat(unnamed.stderr())
        .isEqualToNormalizingNewlines(
            "segment-ser: error: cannot use the tables of speech: it must be CATALOG.SCHEMA\n");
    List<String> warehouse =
        List.of("--conf", "spark.sql.warehouse.dir=" + dir.resolve("warehouse").toUri());
    Child.Result plain = score(warehouse, "spark_catalog.default");
    assertThat(plain.exitCode()).as(plain.toString()).isEqualTo(3);
    assertThat(plain.stderr())
        .contains("the tables of spark_catalog.default have a format that cannot commit");
    assertThat(plain.stderr()).hasLineCount(1);
    assertThat(dir.resolve("warehouse/runs")).doesNotExist();
  }

  private Child.Result score(List<String> conf, String namespace) {
    List<String> args =
        new ArrayList<>(
            List.of(
                "score",
                "--input",
                Launcher.AUDIO.toString(),
                "--output",
                dir.resolve("work").toString(),
                "--output-tables",
                namespace,
                "--"));
    args.addAll(conf);
    return Launcher.run(args.toArray(String[]::new));
  }

  private static void copy(Path to, String... names) throws IOException {
    for (String name : names) {
      Files.copy(Launcher.AUDIO.resolve(name), to.resolve(name));
    }
  }

  private Child.Result score(Path archive, String runId, String... more) {
    List<String> args =
        new ArrayList<>(
            List.of("score", "--incremental", "--input", archive.toString(), "--run-id", runId));
    args.addAll(List.of("--max-reject-ratio", "1"));
    args.addAll(List.of(more));
    return run(args);
  }

  private Child.Result verify(Path archive) {
    return run(List.of("verify", "--input", archive.toString()));
  }

  private List<String> query(String query) {
    Child.Result result = run(List.of("sql", "--format", "csv", "-e", query));
    assertThat(result.exitCode()).as(result.toString()).isZero();
    return result.stdout().lines().filter(line -> !line.contains("count(")).toList();
  }

  private Child.Result run(List<String> command) {
    List<String> args = new ArrayList<>(command);
    args.addAll(List.of("--output", dir.resolve("work").toString()));
    args.addAll(List.of("--output-tables", TABLES, "--"));
    args.addAll(
        List.of(
            "--jars",
            jar(),
            "--conf",
            "spark.sql.extensions="
                + "org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions",
            "--conf",
            "spark.sql.catalog.lake=org.apache.iceberg.spark.SparkCatalog",
            "--conf",
            "spark.sql.catalog.lake.type=hadoop",
            "--conf",
            "spark.sql.catalog.lake.warehouse=" + dir.resolve("lake").toUri()));
    return Launcher.run(args.toArray(String[]::new));
  }

  private static String jar() {
    return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator, -1))
        .filter(jar -> jar.matches(".*/iceberg-spark-runtime-[^/]*\\.jar"))
        .findFirst()
        .orElseThrow();
  }
}
