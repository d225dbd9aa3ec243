package org.segmentser.tables;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.when;
import static org.apache.spark.sql.functions.xxhash64;

import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.segmentser.segment.Speech;
import org.segmentser.segment.Status;
import org.segmentser.tables.FeatureRow.SegmentFeatures;

/** Rows of features, as a cache keeps them. */
public final class FeatureRowCodec {
  /** The row's columns. */
  public static final StructType SCHEMA =
      new StructType()
          .add("clip_id", DataTypes.StringType)
          .add("uri", DataTypes.StringType)
          .add("status", DataTypes.StringType)
          .add("reason", DataTypes.StringType)
          .add("segment_index", DataTypes.IntegerType)
          .add("start_s", DataTypes.DoubleType)
          .add("end_s", DataTypes.DoubleType)
          .add("features", DataTypes.BinaryType)
          .add("patch_hash", DataTypes.LongType);

  private static final int CLIP_ID = SCHEMA.fieldIndex("clip_id");
  private static final int URI = SCHEMA.fieldIndex("uri");
  private static final int STATUS = SCHEMA.fieldIndex("status");
  private static final int REASON = SCHEMA.fieldIndex("reason");
  private static final int INDEX = SCHEMA.fieldIndex("segment_index");
  private static final int START_S = SCHEMA.fieldIndex("start_s");
  private static final int END_S = SCHEMA.fieldIndex("end_s");
  private static final int FEATURES = SCHEMA.fieldIndex("features");
  private static final int PATCH_HASH = SCHEMA.fieldIndex("patch_hash");

  private FeatureRowCodec() {}

  /**
   * The rows of segments as rows of features, which are the patches.
   *
   * @param speech segments with too little of it have no features, but the hash of their patch
   */
  public static Dataset<Row> ofPatches(Dataset<Row> clipSegments, Speech speech) {
    Column patch = col("segment.patch");
    Column isLet = col("segment.speech").geq(lit((float) speech.min()));
    return clipSegments.select(
        col("clip.clip_id"),
        col("clip.location.uri"),
        col("outcome.status"),
        col("outcome.reason"),
        col("segment.segment_index"),
        col("segment.start_s"),
        col("segment.end_s"),
        (speech.mode() == Speech.Mode.GATE ? when(isLet, patch) : patch).as("features"),
        xxhash64(patch).as("patch_hash"));
  }

  /** A row. */
  public static Row pack(FeatureRow row) {
    SegmentFeatures segment = row.segment();
    return RowFactory.create(
        row.clipId(),
        row.uri(),
        row.status() == null ? null : row.status().label(),
        row.reason(),
        segment == null ? null : segment.index(),
        segment == null ? null : segment.startS(),
        segment == null ? null : segment.endS(),
        segment == null ? null : segment.features(),
        segment == null ? null : segment.patchHash());
  }

  /** The features of a row. */
  public static FeatureRow unpack(Row row) {
    return new FeatureRow(
        row.getString(CLIP_ID),
        row.getString(URI),
        row.isNullAt(STATUS) ? null : Status.of(row.getString(STATUS)),
        row.getString(REASON),
        row.isNullAt(INDEX)
            ? null
            : new SegmentFeatures(
                row.getInt(INDEX),
                row.getDouble(START_S),
                row.getDouble(END_S),
                (byte[]) row.get(FEATURES),
                row.getLong(PATCH_HASH)));
  }
}
