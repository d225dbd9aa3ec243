package org.segmentser.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.segmentser.TestSpark;
import org.segmentser.UserError;
import org.segmentser.segment.Clips;
import org.segmentser.udf.SegmentAudio;

class SqlRunnerTest {
  private static final String QUERY =
      "SELECT 1 AS id, 'a \"b\", c' AS `a,name`, array(1.5F, 2F) AS list,"
          + " named_struct('x', 1, 'y', CAST(NULL AS INT)) AS nested, CAST(NULL AS STRING) AS none";

  private final SparkSession spark = TestSpark.session();

  @Test
  void csvHasAHeaderAndNestedValuesAsJson() {
    assertThat(run(ResultFormat.CSV, QUERY))
        .isEqualTo(
            "id,\"a,name\",list,nested,none\n"
                + "1,\"a \\\"b\\\", c\",\"[1.5,2.0]\",\"{\\\"x\\\":1,\\\"y\\\":null}\",\n"
                    .replace("\\\"", "\"\""));
  }

  @Test
  void csvKeepsBlanksAtTheEndsOfValues() {
    assertThat(run(ResultFormat.CSV, "SELECT ' call .wav ' AS uri, '\\tb' AS text"))
        .isEqualTo("uri,text\n call .wav ,\tb\n");
  }

  @Test
  void jsonHasOneObjectALineWithItsNulls() {
    assertThat(run(ResultFormat.JSON, QUERY))
        .isEqualTo(
            "{\"id\":1,\"a,name\":\"a \\\"b\\\", c\",\"list\":[1.5,2.0],"
                + "\"nested\":{\"x\":1,\"y\":null},\"none\":null}\n");
  }

  @Test
  void tablesGoToTheStreamAndNameTheFieldsOfStructs() {
    assertThat(
            run(
                ResultFormat.TABLE,
                "SELECT named_struct('angry', 0.25F, 'sad', CAST(NULL AS FLOAT)) AS scores,"
                    + " array(named_struct('x', 1), NULL) AS list, array(1.5F, 2F) AS plain,"
                    + " map('k', named_struct('y', 'z')) AS byKey,"
                    + " CAST(NULL AS STRUCT<a: INT>) AS none"))
        .isEqualTo(
            """
            +-------------------------+--------------+----------+---------------+----+
            |scores                   |list          |plain     |byKey          |none|
            +-------------------------+--------------+----------+---------------+----+
            |{"angry":0.25,"sad":null}|[{"x":1},null]|[1.5, 2.0]|{"k":{"y":"z"}}|NULL|
            +-------------------------+--------------+----------+---------------+----+

            """);
  }

  @Test
  void columnsMayHaveOneName() {
    assertThat(run(ResultFormat.TABLE, "SELECT 1 AS a, 2 AS a")).contains("|a  |a  |", "|1  |2  |");
    assertThat(run(ResultFormat.CSV, "SELECT 1 AS a, 2 AS a")).isEqualTo("a,a\n1,2\n");
    assertThat(run(ResultFormat.JSON, "SELECT 1 AS a, 2 AS a")).isEqualTo("{\"a\":1,\"a\":2}\n");
  }

  @Test
  void commandsPrintTheirTables() {
    assertThat(run(ResultFormat.TABLE, "SET spark.sql.shuffle.partitions"))
        .contains("|spark.sql.shuffle.partitions|2    |");
  }

  @Test
  void whatSparkRefusesIsOneLine() {
    assertThatExceptionOfType(UserError.class)
        .isThrownBy(() -> run(ResultFormat.TABLE, "SELECT nothing FROM nowhere"))
        .matches(e -> !e.getMessage().contains("\n"))
        .withMessageContaining("nowhere");
    assertThatExceptionOfType(UserError.class)
        .isThrownBy(() -> run(ResultFormat.TABLE, "SELEC 1"))
        .withMessageContaining("SELEC");
  }

  @Test
  void segmentAudioWorksOnAnyTableWithABinaryColumn(@TempDir Path dir) throws IOException {
    Files.write(dir.resolve("a.wav"), Clips.wav(16_000, Clips.noise(40_000, 1)));
    Files.writeString(dir.resolve("b.wav"), "no audio at all ".repeat(99));
    SegmentAudio.register(spark);
    spark.read().format("binaryFile").load(dir.toString()).createOrReplaceTempView("files");
    var rows =
        spark
            .sql(
                "SELECT path, r.outcome.status AS status, s.start_s, s.end_s, length(s.patch) AS bytes"
                    + " FROM (SELECT path, segment_audio(content) AS r FROM files)"
                    + " LATERAL VIEW OUTER explode(r.segments) AS s ORDER BY path, s.start_s")
            .collectAsList();
    assertThat(rows)
        .extracting(row -> row.<String>getAs("status"))
        .containsExactly("scored", "scored", "scored", "undecodable");
    Row last = rows.get(2);
    assertThat(last.<Double>getAs("end_s")).isEqualTo(2.5);
    assertThat(last.<Integer>getAs("bytes")).isEqualTo(96 * 64 * 4);
    assertThat(spark.sql("SELECT segment_audio(NULL) IS NULL").first().getBoolean(0)).isTrue();
  }

  private String run(ResultFormat format, String statement) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    new SqlRunner(spark, format, new PrintStream(out, true, StandardCharsets.UTF_8)).run(statement);
    return out.toString(StandardCharsets.UTF_8);
  }
}
