package org.segmentser.udf;

import java.util.List;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.api.java.UDF1;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.segmentser.audio.ByteArraySource;
import org.segmentser.segment.ClipOutcome;
import org.segmentser.segment.ClipReader;
import org.segmentser.segment.ClipSettings;
import org.segmentser.segment.Segment;
import org.segmentser.segment.SegmentPatches;
import org.segmentser.segment.Segmentation;
import org.segmentser.segment.Speech;
import org.segmentser.segment.Status;

/**
 * The SQL function {@code segment_audio}: from audio to its segments with their log-mel patches. It
 * keeps nothing between rows.
 */
public final class SegmentAudio {
  /** The name that the function has in SQL and in plans. */
  public static final String NAME = "segment_audio";

  /**
   * Seconds of audio that one call on a BINARY column may return, as all of them are in one row; an
   * hour's patches are 92 MB.
   */
  public static final double MAX_ROW_S = 3600;

  private static final ArrayType SEGMENTS = DataTypes.createArrayType(SegmentCodec.SCHEMA, false);

  /** What the function returns for whole files: all segments of a clip, and its outcome. */
  static final StructType RESULT =
      new StructType().add("segments", SEGMENTS, false).add("outcome", OutcomeCodec.SCHEMA);

  private SegmentAudio() {}

  /**
   * Registers {@code segment_audio(content BINARY)} with a session: whole files in, segments cut as
   * {@code padded} out. Clips over {@link #MAX_ROW_S} are {@code too_long}.
   */
  public static void register(SparkSession spark) {
    ClipSettings settings =
        new ClipSettings(
                Segmentation.DEFAULT, Integer.MAX_VALUE, MAX_ROW_S, ClipSettings.DEFAULT_TIMEOUT_S)
            .withSpeech(Speech.MARK);
    // Taken for deterministic, it would decode a file once for each field that is asked for.
    spark.udf().register(NAME, functions.udf(new OfContent(settings), RESULT).asNondeterministic());
  }

  /**
   * The function over decoded audio.
   *
   * @param chunk a column of {@link ChunkCodec#SCHEMA}
   * @return a column of arrays of {@link SegmentCodec#SCHEMA}
   */
  public static Column ofChunk(Column chunk) {
    return functions.udf(new OfChunk(), SEGMENTS).withName(NAME).asNondeterministic().apply(chunk);
  }

  private static Row[] pack(List<Segment> segments) {
    return segments.stream().map(SegmentCodec::pack).toArray(Row[]::new);
  }

  private static final class OfContent implements UDF1<byte[], Row> {
    private static final long serialVersionUID = 1L;

    private final ClipSettings settings;

    OfContent(ClipSettings settings) {
      this.settings = settings;
    }

    @Override
    public Row call(byte[] content) {
      if (content == null) {
        return null;
      }
      try (ClipReader clip =
          ClipReader.open(() -> new ByteArraySource(content), "content", settings)) {
        List<Segment> segments = clip.next();
        ClipOutcome outcome = clip.outcome();
        boolean isScored = outcome.status() == Status.SCORED;
        return RowFactory.create(pack(isScored ? segments : List.of()), OutcomeCodec.pack(outcome));
      }
    }
  }

  private static final class OfChunk implements UDF1<Row, Row[]> {
    private static final long serialVersionUID = 1L;

    @Override
    public Row[] call(Row chunk) {
      long began = System.nanoTime();
      Row[] segments = pack(SegmentPatches.of(ChunkCodec.unpack(chunk)));
      FeatureClock.add(System.nanoTime() - began);
      return segments;
    }
  }
}
