package org.segmentser.tables;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.Metadata;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.segmentser.udf.OutcomeCodec;

/**
 * The columns that a run stages: those of the tables except {@code model_id} and the partition's,
 * which are the same in all rows of a run.
 */
public final class Schemas {
  /** Fields of the outcome's struct that {@code clips} has behind the number of segments. */
  static final List<String> FACTS =
      List.of("speech_s", "turns", "clipping", "bandwidth_hz", "alike");

  private static final StructField RMS_DBFS =
      new StructField("rms_dbfs", DataTypes.FloatType, false, Metadata.empty());

  /** Columns of a {@code segments} row. */
  public static StructType segments(List<String> labels, boolean embeddings) {
    StructType schema =
        located()
            .add("emotion", DataTypes.StringType)
            .add("scores", perEmotion(labels))
            .add("logits", floats())
            .add(RMS_DBFS);
    return embeddings ? schema.add("embedding", floats()) : schema;
  }

  /** Columns of an {@code embeddings} row. */
  public static StructType embeddings(boolean postProcessed) {
    StructType schema = located().add(RMS_DBFS).add("embedding", floats());
    return postProcessed ? schema.add("post_processed", DataTypes.BinaryType) : schema;
  }

  /**
   * Columns of a {@code clips} row; {@code modified} is in milliseconds and {@code segments} counts
   * what was staged, whatever became of the clip.
   *
   * @param labels the emotions; none for a run that computes none, whose rows lack what is per
   *     emotion
   */
  public static StructType clips(List<String> labels) {
    StructType schema =
        new StructType()
            .add("clip_id", DataTypes.StringType, false)
            .add("uri", DataTypes.StringType, false)
            .add("channel", DataTypes.IntegerType)
            .add("party", DataTypes.StringType)
            .add("bytes", DataTypes.LongType)
            .add("modified", DataTypes.LongType)
            .add("start_s", DataTypes.DoubleType)
            .add("end_s", DataTypes.DoubleType)
            .add("duration_s", DataTypes.DoubleType)
            .add("sample_rate", DataTypes.IntegerType)
            .add("channels", DataTypes.IntegerType)
            .add("codec", DataTypes.StringType)
            .add("status", DataTypes.StringType, false)
            .add("reason", DataTypes.StringType)
            .add("segments", DataTypes.IntegerType, false);
    for (String fact : FACTS) {
      schema = schema.add(OutcomeCodec.SCHEMA.apply(fact));
    }
    return labels.isEmpty()
        ? schema
        : schema
            .add("emotion", DataTypes.StringType)
            .add("confidence", DataTypes.FloatType)
            .add("emotions", DataTypes.createArrayType(DataTypes.StringType, false))
            .add("emotion_vote", DataTypes.StringType)
            .add("unanimous", DataTypes.BooleanType)
            .add("scores", perEmotion(labels))
            .add("seconds", perEmotion(labels));
  }

  /**
   * Whether a name is that of a column that some run's {@code segments}, {@code embeddings} or
   * {@code clips} has, in letters of any case.
   */
  public static boolean isOwn(String name) {
    List<String> any = List.of("any");
    return Stream.of(
            clips(any).fieldNames(),
            segments(any, true).fieldNames(),
            embeddings(true).fieldNames(),
            new String[] {"model_id", "settings_id", "run_date", "run_id"})
        .flatMap(Arrays::stream)
        .anyMatch(name::equalsIgnoreCase);
  }

  private Schemas() {}

  private static StructType located() {
    return new StructType()
        .add("clip_id", DataTypes.StringType, false)
        .add("uri", DataTypes.StringType, false)
        .add("channel", DataTypes.IntegerType)
        .add("party", DataTypes.StringType)
        .add("segment_index", DataTypes.IntegerType, false)
        .add("start_s", DataTypes.DoubleType, false)
        .add("end_s", DataTypes.DoubleType, false)
        .add("speech", DataTypes.FloatType);
  }

  private static StructType perEmotion(List<String> labels) {
    StructType schema = new StructType();
    for (String label : labels) {
      schema = schema.add(label, DataTypes.FloatType, false);
    }
    return schema;
  }

  private static ArrayType floats() {
    return DataTypes.createArrayType(DataTypes.FloatType, false);
  }
}
