package org.segmentser.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.segmentser.TestSpark;
import org.segmentser.UserError;

class ManifestTableTest {
  @TempDir Path dir;

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "uri,audio_filepath|OWN",
        "path|OWN",
        "audio_filepath,duration|NEMO",
        "audio_filepath,shard_id|NEMO_TARRED",
        "id,recording|OWN"
      })
  void dialectsAreToldByTheirColumns(String header, Dialect dialect) throws IOException {
    Path manifest = Manifests.write(dir.resolve("m.csv"), header + "\n");
    assertThat(Manifests.read(manifest).dialect()).isEqualTo(dialect);
  }

  @Test
  void aColumnThatIsNamedMakesItATableOfFiles() throws IOException {
    Path manifest =
        Manifests.write(
            dir.resolve("m.json"),
            "{\"audio_filepath\": \"a.wav\", \"offset\": 1, \"duration\": 1}\n");
    ManifestTable table =
        ManifestTable.read(
            TestSpark.session(),
            new org.apache.hadoop.fs.Path("file:" + manifest),
            "audio_filepath");
    assertThat(table.dialect()).isEqualTo(Dialect.OWN);
    assertThat(Manifests.rows(table, "audio_filepath"))
        .containsExactly(Map.of("audio_filepath", "a.wav", "__row", 1L));
  }

  @Test
  void ownTablesAreAsTheyAre() throws IOException {
    Path manifest =
        Manifests.write(
            dir.resolve("m.jsonl"),
            """
            {"uri": "a.wav", "id": 7, "start_s": 0.5, "end_s": 2, "channel": [1], "call": {"queue": "x"}}
            {"uri": null, "end_s": null, "party": "agent"}
            """);
    ManifestTable table = Manifests.read(manifest);
    assertThat(table.columns())
        .containsExactlyInAnyOrder("uri", "id", "start_s", "end_s", "channel", "call", "party");
    assertThat(table.has("call")).isTrue();
    assertThat(table.has("gone")).isFalse();
    assertThat(Manifests.rows(table, "call", "party", "gone"))
        .containsExactly(
            Map.of(
                "uri",
                "a.wav",
                "id",
                "7",
                "start_s",
                "0.5",
                "end_s",
                "2",
                "channel",
                "[1]",
                "call",
                "{\"queue\":\"x\"}",
                "__row",
                1L),
            Map.of("party", "agent", "__row", 2L));
    assertThat(table.rows(List.of("party")).columns())
        .containsExactly("party", "__row", "__problem", "__member", "__bytes", "__modified_ms");
    assertThat(table.skipped()).isEmpty();
  }

  @Test
  void rowsAreNumberedOverAllTasks() throws IOException {
    Path manifest =
        Manifests.write(
            dir.resolve("m.jsonl"),
            IntStream.rangeClosed(1, 1000)
                .mapToObj("{\"audio_filepath\": \"%1$d.wav\", \"text\": \"%1$d\"}\n"::formatted)
                .collect(Collectors.joining()));
    SparkSession spark = TestSpark.session();
    spark.conf().set("spark.sql.files.maxPartitionBytes", "4096");
    try {
      Dataset<Row> rows = Manifests.read(manifest).rows(List.of("uri"));
      assertThat(rows.javaRDD().getNumPartitions()).isGreaterThan(5);
      List<Row> collected = rows.collectAsList();
      assertThat(collected).hasSize(1000);
      assertThat(collected)
          .allSatisfy(
              row -> assertThat(row.getString(0)).isEqualTo(row.getAs(ManifestTable.ROW) + ".wav"));
    } finally {
      spark.conf().unset("spark.sql.files.maxPartitionBytes");
    }
  }

  @Test
  void namesMayHoldAnyCharacter() throws IOException {
    Path manifest =
        Manifests.write(
            dir.resolve("m [1]{a}*.jsonl"), "{\"uri\": \"x.wav\", \"a.b\": 1, \"c`d\": 2}\n");
    assertThat(Manifests.rows(Manifests.read(manifest), "a.b", "c`d"))
        .containsExactly(Map.of("uri", "x.wav", "a.b", "1", "c`d", "2", "__row", 1L));
  }

  @Test
  void adviceDependsOnWhatThereIs() throws IOException {
    Path files = Manifests.write(dir.resolve("m.csv"), "path\na.wav\n");
    assertThat(Manifests.read(files).advice())
        .isEqualTo(". --uri-column names the column of files");
    Path audio =
        Manifests.write(
            dir.resolve("m.jsonl"), "{\"audio\": {\"bytes\": \"\", \"path\": \"a.wav\"}}\n");
    assertThat(Manifests.read(audio).advice()).contains("such as --format parquet");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "m.txt|a.wav|is not a .csv, .jsonl or .parquet file",
        "m.json|[1|cannot read the manifest",
        "m.parquet|a.wav|cannot read the manifest"
      })
  void whatIsNoTableIsAnError(String name, String text, String message) throws IOException {
    Path manifest = Manifests.write(dir.resolve(name), text);
    assertThatExceptionOfType(UserError.class)
        .isThrownBy(() -> Manifests.read(manifest))
        .withMessageContaining(message)
        .withMessageContaining(name)
        .satisfies(e -> assertThat(e.getMessage().lines()).hasSize(1));
  }

  @Test
  void aBrokenLineIsAnErrorInDialectsToo() throws IOException {
    Path manifest =
        Manifests.write(
            dir.resolve("m.jsonl"), "{\"audio_filepath\": \"a.wav\", \"offset\": 1}\n{\"audio\n");
    assertThatExceptionOfType(UserError.class)
        .isThrownBy(() -> Manifests.read(manifest))
        .withMessageContaining("cannot read the manifest file:" + manifest);
  }
}
