package org.segmentser.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.segmentser.TestSpark;

/** Compares the rows of the complete runs of two outputs on this machine's disk. */
final class SameTables {
  /** What does not tell when, and by which run, a clip was scored. */
  private static final String CLIP_COLUMNS =
      "clip_id, uri, bytes, modified, duration_s, status, reason, segments, emotion,"
          + " emotion_vote, clipping, bandwidth_hz";

  private SameTables() {}

  /**
   * Fails unless each clip stands there once with the same values, and so does each segment with
   * logits within 1e-5.
   */
  static void check(Path expected, Path actual, long clips) {
    SparkSession spark = TestSpark.session().newSession();
    for (String table : List.of("clips", "segments")) {
      read(spark, actual, table).createOrReplaceTempView("actual_" + table);
      read(spark, expected, table).createOrReplaceTempView("expected_" + table);
    }
    assertThat(spark.table("actual_clips").count()).isEqualTo(clips);
    assertThat(spark.sql("SELECT DISTINCT clip_id FROM actual_clips").count()).isEqualTo(clips);
    assertThat(
            spark
                .sql(
                    "SELECT %1$s FROM expected_clips EXCEPT ALL SELECT %1$s FROM actual_clips"
                        .formatted(CLIP_COLUMNS))
                .collectAsList())
        .isEmpty();
    assertThat(spark.table("actual_segments").count())
        .isEqualTo(spark.table("expected_segments").count());
    assertThat(
            spark
                .sql(
                    """
                    SELECT * FROM expected_segments e FULL JOIN actual_segments a
                      ON e.clip_id = a.clip_id AND e.segment_index = a.segment_index
                      WHERE e.clip_id IS NULL OR a.clip_id IS NULL OR e.start_s != a.start_s
                        OR e.end_s != a.end_s OR exists(
                          zip_with(e.logits, a.logits, (x, y) -> abs(x - y)), d -> d > 1e-5)
                    """)
                .count())
        .isZero();
  }

  private static Dataset<Row> read(SparkSession spark, Path output, String table) {
    Dataset<Row> runs = spark.read().parquet(output + "/runs").select("run_id");
    return spark.read().parquet(output + "/" + table).join(runs, "run_id");
  }
}
