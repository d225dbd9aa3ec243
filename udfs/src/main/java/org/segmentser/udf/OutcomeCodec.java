package org.segmentser.udf;

import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.segmentser.segment.ClipOutcome;
import org.segmentser.segment.Status;

/** What became of a clip, as a struct of Spark. */
public final class OutcomeCodec {
  /** The struct's fields; what is not known of a clip is null. */
  public static final StructType SCHEMA =
      new StructType()
          .add("status", DataTypes.StringType, false)
          .add("reason", DataTypes.StringType)
          .add("duration_s", DataTypes.DoubleType)
          .add("sample_rate", DataTypes.IntegerType)
          .add("channels", DataTypes.IntegerType)
          .add("codec", DataTypes.StringType);

  private static final int STATUS = SCHEMA.fieldIndex("status");
  private static final int REASON = SCHEMA.fieldIndex("reason");
  private static final int DURATION_S = SCHEMA.fieldIndex("duration_s");
  private static final int SAMPLE_RATE = SCHEMA.fieldIndex("sample_rate");
  private static final int CHANNELS = SCHEMA.fieldIndex("channels");
  private static final int CODEC = SCHEMA.fieldIndex("codec");

  private OutcomeCodec() {}

  /** An outcome's row; null for null. */
  public static Row pack(ClipOutcome outcome) {
    return outcome == null
        ? null
        : RowFactory.create(
            outcome.status().label(),
            outcome.reason(),
            Double.isNaN(outcome.durationS()) ? null : outcome.durationS(),
            outcome.sampleRate() == 0 ? null : outcome.sampleRate(),
            outcome.channels() == 0 ? null : outcome.channels(),
            outcome.codec());
  }

  /** The outcome of a row; null for null. */
  public static ClipOutcome unpack(Row row) {
    return row == null
        ? null
        : new ClipOutcome(
            Status.of(row.getString(STATUS)),
            row.getString(REASON),
            row.isNullAt(DURATION_S) ? Double.NaN : row.getDouble(DURATION_S),
            row.isNullAt(SAMPLE_RATE) ? 0 : row.getInt(SAMPLE_RATE),
            row.isNullAt(CHANNELS) ? 0 : row.getInt(CHANNELS),
            row.getString(CODEC));
  }
}
