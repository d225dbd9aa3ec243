package org.segmentser.udf;

import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.segmentser.segment.Segment;

/** A segment with its patch, as a struct of Spark. */
public final class SegmentCodec {
  /**
   * The struct's fields; {@code patch} is encoded as {@link org.segmentser.segment.Patch} says, and
   * null where the segment has too little speech; {@code speech} is null where nobody looked.
   */
  public static final StructType SCHEMA =
      new StructType()
          .add("segment_index", DataTypes.IntegerType, false)
          .add("start_s", DataTypes.DoubleType, false)
          .add("end_s", DataTypes.DoubleType, false)
          .add("rms_dbfs", DataTypes.FloatType, false)
          .add("speech", DataTypes.FloatType)
          .add("patch", DataTypes.BinaryType);

  private static final int INDEX = SCHEMA.fieldIndex("segment_index");
  private static final int START_S = SCHEMA.fieldIndex("start_s");
  private static final int END_S = SCHEMA.fieldIndex("end_s");
  private static final int RMS_DBFS = SCHEMA.fieldIndex("rms_dbfs");
  private static final int SPEECH = SCHEMA.fieldIndex("speech");
  private static final int PATCH = SCHEMA.fieldIndex("patch");

  private SegmentCodec() {}

  /** A segment's row; null for null. */
  public static Row pack(Segment segment) {
    return segment == null
        ? null
        : RowFactory.create(
            segment.index(),
            segment.startS(),
            segment.endS(),
            segment.rmsDbfs(),
            Float.isNaN(segment.speech()) ? null : segment.speech(),
            segment.patch());
  }

  /** The segment of a row; null for null. */
  public static Segment unpack(Row row) {
    return row == null
        ? null
        : new Segment(
            row.getInt(INDEX),
            row.getDouble(START_S),
            row.getDouble(END_S),
            row.getFloat(RMS_DBFS),
            row.isNullAt(SPEECH) ? Float.NaN : row.getFloat(SPEECH),
            (byte[]) row.get(PATCH));
  }
}
