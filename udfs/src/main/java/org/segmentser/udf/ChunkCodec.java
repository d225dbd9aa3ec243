package org.segmentser.udf;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.segmentser.segment.AudioChunk;
import org.segmentser.segment.AudioChunk.Cut;

/** Decoded audio that is to be segmented, as a struct of Spark. */
public final class ChunkCodec {
  private static final StructType CUT =
      new StructType()
          .add("segment_index", DataTypes.IntegerType, false)
          .add("start_s", DataTypes.DoubleType, false)
          .add("end_s", DataTypes.DoubleType, false)
          .add("offset", DataTypes.IntegerType, false)
          .add("length", DataTypes.IntegerType, false)
          .add("speech", DataTypes.FloatType, false)
          .add("is_let", DataTypes.BooleanType, false);

  /** The struct's fields; {@code samples} are float32, little-endian, 16 kHz mono. */
  public static final StructType SCHEMA =
      new StructType()
          .add("samples", DataTypes.BinaryType, false)
          .add("cuts", DataTypes.createArrayType(CUT, false), false);

  private static final int SAMPLES = SCHEMA.fieldIndex("samples");
  private static final int CUTS = SCHEMA.fieldIndex("cuts");
  private static final int INDEX = CUT.fieldIndex("segment_index");
  private static final int START_S = CUT.fieldIndex("start_s");
  private static final int END_S = CUT.fieldIndex("end_s");
  private static final int OFFSET = CUT.fieldIndex("offset");
  private static final int LENGTH = CUT.fieldIndex("length");
  private static final int SPEECH = CUT.fieldIndex("speech");
  private static final int IS_LET = CUT.fieldIndex("is_let");

  private ChunkCodec() {}

  /** A chunk's row. */
  public static Row pack(AudioChunk chunk) {
    ByteBuffer samples =
        ByteBuffer.allocate(chunk.samples().length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    samples.asFloatBuffer().put(chunk.samples());
    Row[] cuts =
        chunk.cuts().stream()
            .map(
                c ->
                    RowFactory.create(
                        c.index(),
                        c.startS(),
                        c.endS(),
                        c.offset(),
                        c.length(),
                        c.speech(),
                        c.isLet()))
            .toArray(Row[]::new);
    return RowFactory.create(samples.array(), cuts);
  }

  /** The chunk of a row. */
  public static AudioChunk unpack(Row row) {
    byte[] bytes = (byte[]) row.get(SAMPLES);
    float[] samples = new float[bytes.length / Float.BYTES];
    ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(samples);
    List<Row> cuts = row.getList(CUTS);
    return new AudioChunk(
        samples,
        cuts.stream()
            .map(
                c ->
                    new Cut(
                        c.getInt(INDEX),
                        c.getDouble(START_S),
                        c.getDouble(END_S),
                        c.getInt(OFFSET),
                        c.getInt(LENGTH),
                        c.getFloat(SPEECH),
                        c.getBoolean(IS_LET)))
            .toList());
  }
}
