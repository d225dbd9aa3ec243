package org.segmentser.tables;

import static org.apache.spark.sql.functions.array;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.struct;
import static org.apache.spark.sql.functions.unix_millis;

import java.util.Arrays;
import java.util.List;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.segmentser.SqlNames;
import org.segmentser.source.ClipCodec;
import org.segmentser.udf.OutcomeCodec;
import org.segmentser.udf.SegmentCodec;

/** What runs that keep embeddings have written, as rows of Spark. */
public final class EmbeddedCodec {
  /** Columns of both kinds of rows. */
  public static final String CLIP = "clip";

  public static final String VOICE = "voice";
  public static final String RUN_ID = "run_id";

  /** Columns of a clip's rows: its outcome, and how many segments it has. */
  public static final String OUTCOME = "outcome";

  public static final String SEGMENTS = "segments";

  private static final String SEGMENT = "segment";
  private static final String EMBEDDING = "embedding";

  private EmbeddedCodec() {}

  /** What is read of {@code clips}. */
  static StructType clipColumns(List<String> kept) {
    StructType schema = new StructType();
    for (var field : Schemas.clips(List.of()).fields()) {
      DataType type = field.name().equals("modified") ? DataTypes.TimestampType : field.dataType();
      schema = schema.add(field.name(), type);
    }
    return withKept(schema, kept);
  }

  /** What is read of {@code embeddings}, or of {@code segments} with embeddings. */
  static StructType segmentColumns(List<String> kept) {
    return withKept(Schemas.embeddings(false), kept);
  }

  private static StructType withKept(StructType schema, List<String> kept) {
    for (String name : kept) {
      schema = schema.add(name, DataTypes.StringType);
    }
    return OutputTables.ofRuns(schema);
  }

  /** Rows for {@link #clip} of those of {@code clips}. */
  static Dataset<Row> clips(Dataset<Row> rows, List<String> kept) {
    return rows.select(
        clip(
            col("bytes"),
            unix_millis(col("modified")).as("modified"),
            col("start_s"),
            col("end_s"),
            kept),
        struct(col("channel"), col("party")).as(VOICE),
        struct(columns(OutcomeCodec.SCHEMA.fieldNames())).as(OUTCOME),
        col(SEGMENTS),
        col(RUN_ID));
  }

  /** Rows for {@link #segment} of those of {@code embeddings}. */
  static Dataset<Row> segments(Dataset<Row> rows, List<String> kept) {
    return rows.select(
        clip(
            nothing(DataTypes.LongType),
            nothing(DataTypes.LongType).as("modified"),
            nothing(DataTypes.DoubleType).as("start_s"),
            nothing(DataTypes.DoubleType).as("end_s"),
            kept),
        struct(col("channel"), col("party")).as(VOICE),
        struct(
                Arrays.stream(SegmentCodec.SCHEMA.fieldNames())
                    .map(name -> name.equals("patch") ? nothing(DataTypes.BinaryType) : col(name))
                    .toArray(Column[]::new))
            .as(SEGMENT),
        col(EMBEDDING),
        col(RUN_ID));
  }

  /** As {@link ClipCodec} has it; a member of a shard, or a row, is told by the id alone. */
  private static Column clip(
      Column bytes, Column modified, Column startS, Column endS, List<String> kept) {
    return struct(
            col("clip_id"),
            struct(
                    col("uri"),
                    lit(0L).as("offset"),
                    bytes.as("length"),
                    nothing(DataTypes.StringType).as("member"),
                    nothing(DataTypes.LongType).as("row"))
                .as("location"),
            modified,
            startS,
            endS,
            nothing(DataTypes.StringType).as("unreadable"),
            nothing(ClipCodec.SCHEMA.apply("channels").dataType()).as("channels"),
            array(columns(kept.toArray(new String[0])))
                .cast(DataTypes.createArrayType(DataTypes.StringType))
                .as("kept"))
        .as(CLIP);
  }

  private static Column nothing(DataType type) {
    return lit(null).cast(type);
  }

  private static Column[] columns(String[] names) {
    return Arrays.stream(names).map(SqlNames::named).toArray(Column[]::new);
  }

  /** The clip of a row. */
  public static EmbeddedClip clip(Row row) {
    return new EmbeddedClip(
        ClipCodec.unpack(row.getAs(CLIP)),
        VoiceCodec.unpack(row.getAs(VOICE)),
        OutcomeCodec.unpack(row.getAs(OUTCOME)));
  }

  /** The segment of a row. */
  public static EmbeddedSegment segment(Row row) {
    return new EmbeddedSegment(
        ClipCodec.unpack(row.getAs(CLIP)),
        VoiceCodec.unpack(row.getAs(VOICE)),
        SegmentCodec.unpack(row.getAs(SEGMENT)),
        floats(row, row.fieldIndex(EMBEDDING)));
  }

  private static float[] floats(Row row, int column) {
    if (row.isNullAt(column)) {
      return null;
    }
    List<Float> boxed = row.getList(column);
    float[] values = new float[boxed.size()];
    int i = 0;
    for (float value : boxed) {
      values[i++] = value;
    }
    return values;
  }
}
