package org.segmentser.tables;

import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.StructType;
import org.segmentser.udf.OutcomeCodec;
import org.segmentser.udf.SegmentCodec;

/** A segment of a clip, as a row of Spark. */
public final class ClipSegmentCodec {
  /** Names of the columns. */
  public static final String CLIP = "clip";

  public static final String VOICE = "voice";
  public static final String OUTCOME = "outcome";
  public static final String SEGMENT = "segment";

  /** The row's columns. */
  public static final StructType SCHEMA =
      new StructType()
          .add(CLIP, ClipCodec.SCHEMA, false)
          .add(VOICE, VoiceCodec.SCHEMA, false)
          .add(OUTCOME, OutcomeCodec.SCHEMA)
          .add(SEGMENT, SegmentCodec.SCHEMA);

  private static final int CLIP_AT = SCHEMA.fieldIndex(CLIP);
  private static final int VOICE_AT = SCHEMA.fieldIndex(VOICE);
  private static final int OUTCOME_AT = SCHEMA.fieldIndex(OUTCOME);
  private static final int SEGMENT_AT = SCHEMA.fieldIndex(SEGMENT);

  private ClipSegmentCodec() {}

  /** A segment's row. */
  public static Row pack(ClipSegment segment) {
    return RowFactory.create(
        ClipCodec.pack(segment.clip()),
        VoiceCodec.pack(segment.voice()),
        OutcomeCodec.pack(segment.outcome()),
        SegmentCodec.pack(segment.segment()));
  }

  /** The segment of a row. */
  public static ClipSegment unpack(Row row) {
    return new ClipSegment(
        ClipCodec.unpack(row.getStruct(CLIP_AT)),
        VoiceCodec.unpack(row.getStruct(VOICE_AT)),
        SegmentCodec.unpack(row.getStruct(SEGMENT_AT)),
        OutcomeCodec.unpack(row.getStruct(OUTCOME_AT)));
  }
}
