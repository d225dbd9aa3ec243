package org.segmentser.udf;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.segmentser.segment.Clips;

/** The SQL function, as a query uses it. */
class SegmentAudioTest {
  private static final int PATCH_BYTES = 96 * 64 * Float.BYTES;
  private static SparkSession spark;

  @BeforeAll
  static void start() {
    spark =
        SparkSession.builder()
            .master("local[1]")
            .config("spark.ui.enabled", "false")
            .config("spark.sql.warehouse.dir", "target/spark-warehouse")
            .getOrCreate();
    spark.sparkContext().setLogLevel("ERROR");
    SegmentAudio.register(spark);
  }

  @AfterAll
  static void stop() {
    spark.stop();
  }

  @Test
  void aFileGivesItsSegmentsAndItsOutcome() {
    file(Clips.wav(8_000, Clips.noise(8_000 * 5 / 2, 1)));
    Row outcome = one("SELECT clip.outcome.* FROM (SELECT segment_audio(content) clip FROM file)");
    assertThat(outcome.schema().fieldNames())
        .containsExactly(
            "status",
            "reason",
            "duration_s",
            "sample_rate",
            "channels",
            "codec",
            "speech_s",
            "turns",
            "clipping",
            "bandwidth_hz",
            "alike");
    assertThat(outcome.toSeq().take(6).mkString(" ")).isEqualTo("scored null 2.5 8000 1 pcm_s16le");
    // Noise is no speech.
    assertThat(outcome.getDouble(6)).isZero();
    assertThat(outcome.getList(7)).isEmpty();
    assertThat(outcome.getDouble(8)).isZero();
    List<Row> segments =
        spark
            .sql(
                "SELECT s.segment_index, s.start_s, s.end_s, s.rms_dbfs, length(s.patch),"
                    + " s.speech FROM file"
                    + " LATERAL VIEW explode(segment_audio(content).segments) AS s")
            .collectAsList();
    assertThat(segments).hasSize(3);
    for (int i = 0; i < segments.size(); i++) {
      Row segment = segments.get(i);
      assertThat(segment.getInt(0)).isEqualTo(i);
      assertThat(segment.getDouble(1)).isEqualTo(0.96 * i);
      assertThat(segment.getDouble(2)).isEqualTo(Math.min(2.5, 0.96 * (i + 1)));
      assertThat(segment.getFloat(3)).isBetween(-40f, 0f);
      assertThat(segment.getInt(4)).isEqualTo(PATCH_BYTES);
      assertThat(segment.getFloat(5)).isZero();
    }
  }

  @Test
  void nullGivesNull() {
    file(null);
    assertThat(one("SELECT segment_audio(content) IS NULL FROM file").getBoolean(0)).isTrue();
  }

  @Test
  void whatIsNoAudioGivesNoSegmentsAndAReason() {
    file(new byte[0]);
    assertRejected("undecodable", "the file is empty (0 bytes)");
    file("no audio, just text".repeat(100).getBytes(StandardCharsets.UTF_8));
    assertRejected("undecodable", "not audio: no audio format recognised");
    file(Clips.wav(16_000, new float[0]));
    Row row = outcome();
    assertThat(row.getString(0)).isEqualTo("too_short");
    assertThat(row.getInt(2)).isZero();
  }

  @Test
  void aBrokenFileIsCutUpToWhereItBreaks() {
    byte[] whole = Clips.wav(16_000, Clips.noise(16_000 * 3, 2));
    file(Arrays.copyOf(whole, whole.length / 2));
    Row row = outcome();
    assertThat(row.getString(0)).isEqualTo("scored");
    assertThat(row.getString(1)).startsWith("truncated: ");
    assertThat(row.getInt(2)).isEqualTo(2);
  }

  @Test
  void aRowHoldsAnHourAtMost() {
    file(Clips.wav(1_000, new float[1_000 * 3_601]));
    Row row = outcome();
    assertThat(row.getString(0)).isEqualTo("too_long");
    assertThat(row.getString(1)).contains("3600");
    assertThat(row.getInt(2)).isZero();
  }

  @Test
  void aFileIsDecodedOnceForAllFields() {
    file(Clips.wav(16_000, Clips.noise(16_000, 3)));
    String plan =
        spark
            .sql(
                "SELECT s.start_s, s.rms_dbfs FROM file"
                    + " LATERAL VIEW explode(segment_audio(content).segments) AS s")
            .queryExecution()
            .executedPlan()
            .toString();
    assertThat(plan).containsOnlyOnce("segment_audio(");
  }

  private static void assertRejected(String status, String reason) {
    Row row = outcome();
    assertThat(row.getString(0)).isEqualTo(status);
    assertThat(row.getString(1)).isEqualTo(reason);
    assertThat(row.getInt(2)).isZero();
  }

  /** Status, reason and number of segments. */
  private static Row outcome() {
    return one(
        "SELECT clip.outcome.status, clip.outcome.reason, size(clip.segments)"
            + " FROM (SELECT segment_audio(content) AS clip FROM file)");
  }

  private static Row one(String query) {
    return spark.sql(query).collectAsList().get(0);
  }

  /** The view {@code file} with one row. */
  private static void file(byte[] content) {
    spark
        .createDataFrame(
            Arrays.asList(RowFactory.create((Object) content)),
            new StructType().add("content", DataTypes.BinaryType))
        .createOrReplaceTempView("file");
  }
}
