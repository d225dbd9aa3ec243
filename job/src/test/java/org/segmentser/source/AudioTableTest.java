package org.segmentser.source;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.tuple;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.segmentser.TestSpark;
import org.segmentser.UserError;
import org.segmentser.segment.ClipSettings;
import org.segmentser.segment.Segmentation;

class AudioTableTest {
  private static final String HUGGING_FACE =
      "SELECT named_struct('bytes', CAST(concat('bytes of ', n) AS BINARY), 'path', concat(n,"
          + " '.wav')) AS audio, concat('text ', n) AS text, n AS number, named_struct('age', n) AS"
          + " speaker FROM VALUES ('a'), ('b'), ('c') t(n)";

  private final SparkSession spark = TestSpark.session();

  @TempDir Path dir;

  @Test
  void rowsOfAHuggingFaceDatasetAreClips() {
    String table = write(HUGGING_FACE, "parquet");
    Corpus corpus = list(table, "parquet", columns(null, null, "text", "speaker"));
    assertThat(corpus.totals().clips()).isEqualTo(3);
    assertThat(corpus.totals().rows()).isEqualTo(3);
    assertThat(corpus.totals().bytes()).isPositive();
    List<WorkItem> items = corpus.dealt(2).collect();
    assertThat(items)
        .extracting(i -> new String(i.content(), UTF_8))
        .containsExactlyInAnyOrder("bytes of a", "bytes of b", "bytes of c");
    assertThat(items)
        .allMatch(i -> i.clip().id().matches("file:.*/part-[^/]*parquet!\\d+"))
        .allMatch(i -> i.clip().bytes() == 10 && i.clip().modifiedMs() > 0)
        .extracting(i -> i.clip().name(), i -> i.clip().kept())
        .contains(tuple("a.wav", List.of("text a", "{\"age\":\"a\"}")));
    assertThat(corpus.dealt(2).map(i -> i.clip().id()).collect())
        .isEqualTo(items.stream().map(i -> i.clip().id()).toList());
    assertThat(corpus.sample()).singleElement().matches(kind -> kind.sample().size() == 3);
  }

  @Test
  void idsAndAudioMayStandInAnyColumnOfAnyFormat() {
    String query =
        "SELECT CAST(n AS BINARY) AS sound, concat('id-', n) AS key FROM VALUES ('a'), ('b') t(n)";
    for (String format : List.of("orc", "parquet")) {
      Corpus corpus = list(write(query, format), format, columns("key", "sound"));
      assertThat(corpus.dealt(2).collect())
          .extracting(i -> i.clip().id())
          .containsExactlyInAnyOrder("id-a", "id-b");
    }
    Corpus nested = list(write(HUGGING_FACE, "parquet"), "parquet", columns("audio.path", null));
    assertThat(nested.dealt(2).collect())
        .extracting(i -> i.clip().id())
        .containsExactlyInAnyOrder("a.wav", "b.wav", "c.wav");
    spark.sql("DROP TABLE IF EXISTS recordings");
    spark.sql("CREATE TABLE recordings USING parquet AS " + query);
    try {
      assertThat(list("recordings", "parquet", columns("key", "sound")).totals().clips())
          .isEqualTo(2);
    } finally {
      spark.sql("DROP TABLE recordings");
    }
  }

  @Test
  void aRowWithoutAudioIsAnOutcomeOfItsOwn() {
    String table =
        write(
            "SELECT IF(n = 'b', NULL, CAST(n AS BINARY)) AS audio, n AS id FROM VALUES ('a'),"
                + " ('b') t(n)",
            "parquet");
    assertThat(list(table, "parquet", columns(null, null)).dealt(2).collect())
        .extracting(i -> i.clip().id(), i -> i.clip().unreadable())
        .containsExactlyInAnyOrder(tuple("a", null), tuple("b", "the row has no audio"));
  }

  @Test
  void whatIsWrongWithATableIsToldBeforeWork() {
    String table = write(HUGGING_FACE, "parquet");
    refused(table, columns(null, "sound"), "has no column 'sound'; it has audio, text, number");
    refused(table, columns("key", null), "has no column 'key'");
    refused(table, columns(null, null, "who"), "has no column 'who'");
    refused(table, columns(null, "text"), "is of type string; audio is BINARY, or a struct");
    refused(
        dir + "/none", columns(null, null), "cannot read the table " + dir + "/none as parquet");
    String twice =
        write(
            "SELECT CAST(n AS BINARY) AS audio, 'x' AS id FROM VALUES ('a'), ('b') t(n)",
            "parquet");
    refused(twice, columns(null, null), "2 rows of the table " + twice + " have the id 'x'");
    String nulls =
        write(
            "SELECT CAST(n AS BINARY) AS audio, nullif(n, 'a') AS id FROM VALUES ('a'), ('b') t(n)",
            "parquet");
    refused(nulls, columns(null, null), "1 row of the table " + nulls + " has no value");
    String empty = write("SELECT CAST('a' AS BINARY) AS audio WHERE false", "parquet");
    refused(empty, columns(null, null), "no rows in " + empty);
    String orc = write("SELECT CAST('a' AS BINARY) AS audio", "orc");
    assertThatExceptionOfType(UserError.class)
        .isThrownBy(() -> list(orc, "orc", columns(null, null)))
        .withMessageContaining("--id-column must say which column");
    assertThatExceptionOfType(UserError.class)
        .isThrownBy(() -> list(table, "nonsense", columns(null, null)))
        .withMessageContaining("cannot read the table " + table + " as nonsense");
  }

  @Test
  void tablesThatShareFilesAreRefused() throws Exception {
    String table = write(HUGGING_FACE, "parquet");
    String file;
    try (Stream<Path> files = Files.list(Path.of(table))) {
      file = files.filter(f -> f.toString().endsWith(".parquet")).findFirst().orElseThrow() + "";
    }
    Inputs both = new Inputs(List.of(table, file), "parquet", List.of(), columns(null, null));
    assertThatExceptionOfType(UserError.class)
        .isThrownBy(() -> list(both))
        .withMessageContaining("2 clips of the inputs have the id 'file:")
        .withMessageEndingWith("!0'; ids must be unique");
  }

  private void refused(String table, Inputs.Columns columns, String message) {
    assertThatExceptionOfType(UserError.class)
        .isThrownBy(() -> list(table, "parquet", columns))
        .withMessageContaining(message);
  }

  private static Inputs.Columns columns(String id, String audio, String... kept) {
    return new Inputs.Columns(null, id, audio, List.of(kept), List.of());
  }

  private Corpus list(String table, String format, Inputs.Columns columns) {
    return list(new Inputs(List.of(table), format, List.of(), columns));
  }

  private Corpus list(Inputs inputs) {
    return CorpusListing.list(
        spark,
        inputs,
        ClipSettings.of(Segmentation.DEFAULT),
        CorpusListing.DEFAULT_SPLIT_S,
        "file:" + dir.resolve("staging" + System.nanoTime()));
  }

  private String write(String query, String format) {
    String path = dir.resolve("table" + System.nanoTime()).toString();
    spark.sql(query).write().format(format).save(path);
    return path;
  }
}
