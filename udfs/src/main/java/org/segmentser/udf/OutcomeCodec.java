package org.segmentser.udf;

import java.util.List;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.segmentser.segment.ClipOutcome;
import org.segmentser.segment.Status;
import org.segmentser.segment.Turn;
import org.segmentser.segment.VoiceFacts;

/** What became of a clip, as a struct of Spark. */
public final class OutcomeCodec {
  private static final StructType TURN =
      new StructType()
          .add("start_s", DataTypes.DoubleType, false)
          .add("end_s", DataTypes.DoubleType, false);

  /** The struct's fields; what is not known of a clip is null. */
  public static final StructType SCHEMA =
      new StructType()
          .add("status", DataTypes.StringType, false)
          .add("reason", DataTypes.StringType)
          .add("duration_s", DataTypes.DoubleType)
          .add("sample_rate", DataTypes.IntegerType)
          .add("channels", DataTypes.IntegerType)
          .add("codec", DataTypes.StringType)
          .add("speech_s", DataTypes.DoubleType)
          .add("turns", DataTypes.createArrayType(TURN, false))
          .add("clipping", DataTypes.DoubleType)
          .add("bandwidth_hz", DataTypes.IntegerType)
          .add("alike", DataTypes.BooleanType);

  private static final int STATUS = SCHEMA.fieldIndex("status");
  private static final int REASON = SCHEMA.fieldIndex("reason");
  private static final int DURATION_S = SCHEMA.fieldIndex("duration_s");
  private static final int SAMPLE_RATE = SCHEMA.fieldIndex("sample_rate");
  private static final int CHANNELS = SCHEMA.fieldIndex("channels");
  private static final int CODEC = SCHEMA.fieldIndex("codec");
  private static final int SPEECH_S = SCHEMA.fieldIndex("speech_s");
  private static final int TURNS = SCHEMA.fieldIndex("turns");
  private static final int CLIPPING = SCHEMA.fieldIndex("clipping");
  private static final int BANDWIDTH_HZ = SCHEMA.fieldIndex("bandwidth_hz");
  private static final int ALIKE = SCHEMA.fieldIndex("alike");

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
            outcome.codec(),
            outcome.facts().speechS(),
            pack(outcome.facts().turns()),
            outcome.facts().clipping(),
            outcome.facts().bandwidthHz(),
            outcome.facts().alike());
  }

  private static Row[] pack(List<Turn> turns) {
    return turns == null
        ? null
        : turns.stream()
            .map(turn -> RowFactory.create(turn.startS(), turn.endS()))
            .toArray(Row[]::new);
  }

  private static List<Turn> turns(List<Row> turns) {
    return turns == null
        ? null
        : turns.stream().map(turn -> new Turn(turn.getDouble(0), turn.getDouble(1))).toList();
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
            row.getString(CODEC),
            new VoiceFacts(
                (Double) row.get(SPEECH_S),
                turns(row.getList(TURNS)),
                (Double) row.get(CLIPPING),
                (Integer) row.get(BANDWIDTH_HZ),
                (Boolean) row.get(ALIKE)));
  }
}
