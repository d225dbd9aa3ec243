package org.segmentser.tables;

import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.segmentser.source.ClipCodec;
import org.segmentser.udf.OutcomeCodec;
import org.segmentser.udf.SegmentCodec;

/** A segment of a clip, as a row of Spark. */
public final class ClipSegmentCodec {
  /** Names of the columns. */
  public static final String CLIP = "clip";

  public static final String VOICE = "voice";
  public static final String OUTCOME = "outcome";
  public static final String SEGMENT = "segment";
  public static final String SECTION = "section";
  public static final String SECTION_OUTCOME = "section_outcome";

  /** The row's columns. */
  public static final StructType SCHEMA =
      new StructType()
          .add(CLIP, ClipCodec.SCHEMA, false)
          .add(VOICE, VoiceCodec.SCHEMA, false)
          .add(OUTCOME, OutcomeCodec.SCHEMA)
          .add(SEGMENT, SegmentCodec.SCHEMA)
          .add(SECTION, DataTypes.IntegerType, false)
          .add(SECTION_OUTCOME, DataTypes.BinaryType);

  private static final int CLIP_AT = SCHEMA.fieldIndex(CLIP);
  private static final int VOICE_AT = SCHEMA.fieldIndex(VOICE);
  private static final int OUTCOME_AT = SCHEMA.fieldIndex(OUTCOME);
  private static final int SEGMENT_AT = SCHEMA.fieldIndex(SEGMENT);
  private static final int SECTION_AT = SCHEMA.fieldIndex(SECTION);
  private static final int SECTION_OUTCOME_AT = SCHEMA.fieldIndex(SECTION_OUTCOME);

  private ClipSegmentCodec() {}

  /** A segment's row. */
  public static Row pack(ClipSegment segment) {
    return RowFactory.create(
        ClipCodec.pack(segment.clip()),
        VoiceCodec.pack(segment.voice()),
        OutcomeCodec.pack(segment.outcome()),
        SegmentCodec.pack(segment.segment()),
        segment.section(),
        segment.sectionOutcome());
  }

  /** The segment of a row. */
  public static ClipSegment unpack(Row row) {
    return new ClipSegment(
        ClipCodec.unpack(row.getStruct(CLIP_AT)),
        VoiceCodec.unpack(row.getStruct(VOICE_AT)),
        SegmentCodec.unpack(row.getStruct(SEGMENT_AT)),
        OutcomeCodec.unpack(row.getStruct(OUTCOME_AT)),
        row.getInt(SECTION_AT),
        (byte[]) row.get(SECTION_OUTCOME_AT));
  }
}
