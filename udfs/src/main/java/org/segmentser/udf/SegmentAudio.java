package org.segmentser.udf;

import static org.apache.spark.sql.functions.col;

import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.api.java.UDF1;
import org.apache.spark.sql.api.java.UDF5;
import org.apache.spark.sql.functions;
import org.apache.spark.util.LongAccumulator;
import org.apache.spark.util.SerializableConfiguration;
import org.segmentser.audio.ByteArraySource;
import org.segmentser.segment.ClipReader;
import org.segmentser.segment.ClipSettings;
import org.segmentser.segment.Outcome;
import org.segmentser.segment.Segment;
import org.segmentser.segment.Segmentation;
import org.segmentser.segment.Status;

/**
 * The SQL function {@code segment_audio}: from a clip to its segments with their log-mel patches,
 * and what became of it. Returns {@link SegmentAudioSchema#RESULT}.
 */
public final class SegmentAudio {
  /** The name that the function has in SQL and in plans. */
  public static final String NAME = "segment_audio";

  /**
   * Seconds of audio that one call on a BINARY column may return, as all of them are in one row; an
   * hour's patches are 92 MB.
   */
  public static final double MAX_ROW_S = 3600;

  private SegmentAudio() {}

  /**
   * Registers {@code segment_audio(content BINARY)} with a session: whole files in, segments cut as
   * {@code padded} out. Clips over {@link #MAX_ROW_S} are {@code too_long}.
   */
  public static void register(SparkSession spark) {
    ClipSettings settings =
        new ClipSettings(
            Segmentation.DEFAULT, Integer.MAX_VALUE, MAX_ROW_S, ClipSettings.DEFAULT_TIMEOUT_S);
    spark
        .udf()
        .register(
            NAME,
            functions.udf(new OfContent(settings), SegmentAudioSchema.RESULT).asNondeterministic());
  }

  /**
   * The function over the rows of a {@link ChunkPlan}, which have the columns {@code uri}, {@code
   * bytes} (null if not known), {@code start_s}, {@code end_s} and {@code chunk}.
   *
   * @param opened counts clips opened
   * @param decoded counts clips decoded to their end
   */
  public static Column ofChunks(
      SparkSession spark, ClipSettings settings, LongAccumulator opened, LongAccumulator decoded) {
    Broadcast<SerializableConfiguration> conf =
        JavaSparkContext.fromSparkContext(spark.sparkContext())
            .broadcast(new SerializableConfiguration(spark.sessionState().newHadoopConf()));
    return functions
        .udf(new OfChunk(settings, conf, opened, decoded), SegmentAudioSchema.RESULT)
        .withName(NAME)
        .asNondeterministic()
        .apply(col("uri"), col("bytes"), col("start_s"), col("end_s"), col("chunk"));
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
        boolean scored = clip.outcome().status() == Status.SCORED;
        return SegmentAudioSchema.result(scored ? segments : List.of(), clip.outcome());
      }
    }
  }

  private static final class OfChunk implements UDF5<String, Long, Double, Double, Integer, Row> {
    private static final long serialVersionUID = 1L;

    private final ClipSettings settings;
    private final Broadcast<SerializableConfiguration> conf;
    private final LongAccumulator opened;
    private final LongAccumulator decoded;

    OfChunk(
        ClipSettings settings,
        Broadcast<SerializableConfiguration> conf,
        LongAccumulator opened,
        LongAccumulator decoded) {
      this.settings = settings;
      this.conf = conf;
      this.opened = opened;
      this.decoded = decoded;
    }

    @Override
    public Row call(String uri, Long bytes, Double startS, Double endS, Integer chunk) {
      TaskClip task = TaskClip.current();
      if ((chunk == 0) == task.isOpen()) {
        throw new IllegalStateException(
            "chunk " + chunk + " of " + uri + " came out of turn; chunks of a clip follow another");
      }
      if (chunk == 0) {
        task.begin(open(uri, bytes, startS, endS));
        opened.add(1);
      }
      List<Segment> segments = task.reader().next();
      Outcome outcome = task.reader().outcome();
      if (outcome != null) {
        task.end();
        decoded.add(1);
      }
      return SegmentAudioSchema.result(segments, outcome);
    }

    private ClipReader open(String uri, Long bytes, Double startS, Double endS) {
      Configuration hadoop = conf.value().value();
      return ClipReader.open(
          () -> HadoopSource.open(uri, bytes, hadoop),
          uri,
          startS == null ? 0 : startS,
          endS == null ? Double.POSITIVE_INFINITY : endS,
          settings);
    }
  }
}
