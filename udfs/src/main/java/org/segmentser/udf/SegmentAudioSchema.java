package org.segmentser.udf;

import java.util.List;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.segmentser.segment.Outcome;
import org.segmentser.segment.Segment;

/** What {@code segment_audio} returns, and how segments and outcomes are packed into it. */
public final class SegmentAudioSchema {
  /** One segment; {@code patch} as {@link org.segmentser.segment.Patch} says. */
  public static final StructType SEGMENT =
      new StructType()
          .add("segment_index", DataTypes.IntegerType, false)
          .add("start_s", DataTypes.DoubleType, false)
          .add("end_s", DataTypes.DoubleType, false)
          .add("rms_dbfs", DataTypes.FloatType, false)
          .add("patch", DataTypes.BinaryType, false);

  /** What became of a clip. */
  public static final StructType OUTCOME =
      new StructType()
          .add("status", DataTypes.StringType, false)
          .add("reason", DataTypes.StringType)
          .add("duration_s", DataTypes.DoubleType)
          .add("sample_rate", DataTypes.IntegerType)
          .add("channels", DataTypes.IntegerType)
          .add("codec", DataTypes.StringType);

  /** Some segments of a clip and, with its last ones, its outcome. */
  public static final StructType RESULT =
      new StructType()
          .add("segments", DataTypes.createArrayType(SEGMENT, false), false)
          .add("outcome", OUTCOME);

  private SegmentAudioSchema() {}

  static Row result(List<Segment> segments, Outcome outcome) {
    Row[] rows = new Row[segments.size()];
    for (int i = 0; i < rows.length; i++) {
      Segment s = segments.get(i);
      rows[i] = RowFactory.create(s.index(), s.startS(), s.endS(), s.rmsDbfs(), s.patch());
    }
    return RowFactory.create(rows, outcome == null ? null : row(outcome));
  }

  private static Row row(Outcome o) {
    return RowFactory.create(
        o.status().label(),
        o.reason(),
        Double.isNaN(o.durationS()) ? null : o.durationS(),
        o.sampleRate() == 0 ? null : o.sampleRate(),
        o.channels() == 0 ? null : o.channels(),
        o.codec());
  }
}
