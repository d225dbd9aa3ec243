package org.segmentser.source;

import java.util.List;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.segmentser.audio.AudioLocation;
import org.segmentser.audio.Channels;

/** A listed clip, as a struct of Spark. */
public final class ClipCodec {
  private static final StructType CHANNELS =
      new StructType()
          .add("is_mix", DataTypes.BooleanType, false)
          .add("names", DataTypes.createArrayType(DataTypes.StringType, false), false)
          .add("only", DataTypes.createArrayType(DataTypes.IntegerType, false), false);

  private static final StructType LOCATION =
      new StructType()
          .add("uri", DataTypes.StringType, false)
          .add("offset", DataTypes.LongType, false)
          .add("length", DataTypes.LongType)
          .add("member", DataTypes.StringType)
          .add("row", DataTypes.LongType);

  /** The struct's fields; {@code modified} is in milliseconds since 1970. */
  public static final StructType SCHEMA =
      new StructType()
          .add("clip_id", DataTypes.StringType, false)
          .add("location", LOCATION, false)
          .add("modified", DataTypes.LongType)
          .add("start_s", DataTypes.DoubleType)
          .add("end_s", DataTypes.DoubleType)
          .add("unreadable", DataTypes.StringType)
          .add("channels", CHANNELS)
          .add("kept", DataTypes.createArrayType(DataTypes.StringType), false);

  private static final int URI = LOCATION.fieldIndex("uri");
  private static final int OFFSET = LOCATION.fieldIndex("offset");
  private static final int LENGTH = LOCATION.fieldIndex("length");
  private static final int MEMBER = LOCATION.fieldIndex("member");
  private static final int ROW = LOCATION.fieldIndex("row");
  private static final int ID = SCHEMA.fieldIndex("clip_id");
  private static final int WHERE = SCHEMA.fieldIndex("location");
  private static final int MODIFIED = SCHEMA.fieldIndex("modified");
  private static final int START_S = SCHEMA.fieldIndex("start_s");
  private static final int END_S = SCHEMA.fieldIndex("end_s");
  private static final int UNREADABLE = SCHEMA.fieldIndex("unreadable");
  private static final int CHANNELS_AT = SCHEMA.fieldIndex("channels");
  private static final int KEPT = SCHEMA.fieldIndex("kept");

  private ClipCodec() {}

  /** A clip's row. */
  public static Row pack(Clip clip) {
    AudioLocation at = clip.location();
    return RowFactory.create(
        clip.id(),
        RowFactory.create(at.uri(), at.offset(), at.length(), at.member(), at.row()),
        clip.modifiedMs(),
        clip.startS(),
        clip.endS(),
        clip.unreadable(),
        pack(clip.channels()),
        clip.kept().toArray());
  }

  private static Row pack(Channels channels) {
    return channels == null
        ? null
        : RowFactory.create(
            channels.isMix(), channels.names().toArray(), channels.only().toArray());
  }

  private static Channels channels(Row row) {
    return row == null ? null : new Channels(row.getBoolean(0), row.getList(1), row.getList(2));
  }

  /** The clip of a row. */
  public static Clip unpack(Row row) {
    Row at = row.getStruct(WHERE);
    List<String> kept = row.getList(KEPT);
    return new Clip(
        row.getString(ID),
        new AudioLocation(
            at.getString(URI),
            at.getLong(OFFSET),
            (Long) at.get(LENGTH),
            at.getString(MEMBER),
            (Long) at.get(ROW)),
        (Long) row.get(MODIFIED),
        (Double) row.get(START_S),
        (Double) row.get(END_S),
        row.getString(UNREADABLE),
        channels(row.getStruct(CHANNELS_AT)),
        kept);
  }
}
