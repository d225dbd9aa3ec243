package org.segmentser.tables;

import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.segmentser.segment.Voice;

/** What is listened to in a clip, as a struct of Spark. */
public final class VoiceCodec {
  /** The struct's fields; both are null for the average of all channels. */
  public static final StructType SCHEMA =
      new StructType().add("channel", DataTypes.IntegerType).add("party", DataTypes.StringType);

  private static final int CHANNEL = SCHEMA.fieldIndex("channel");
  private static final int PARTY = SCHEMA.fieldIndex("party");

  private VoiceCodec() {}

  /** A voice's row. */
  public static Row pack(Voice voice) {
    return RowFactory.create(voice.channel(), voice.party());
  }

  /** The voice of a row. */
  public static Voice unpack(Row row) {
    return row.isNullAt(CHANNEL) ? Voice.MIX : new Voice(row.getInt(CHANNEL), row.getString(PARTY));
  }
}
