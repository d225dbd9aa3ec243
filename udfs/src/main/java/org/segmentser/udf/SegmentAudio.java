package org.segmentser.udf;

import static org.apache.spark.sql.functions.col;

import java.io.IOException;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.api.java.UDF1;
import org.apache.spark.sql.api.java.UDF6;
import org.apache.spark.sql.functions;
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
   * bytes} (null if unknown), {@code start_s}, {@code end_s}, {@code unreadable} (why it cannot be
   * read, if that is known already) and {@code chunk}.
   *
   * @param counters are told of each clip
   */
  public static Column ofChunks(SparkSession spark, ClipSettings settings, ClipCounters counters) {
    Broadcast<SerializableConfiguration> conf =
        JavaSparkContext.fromSparkContext(spark.sparkContext())
            .broadcast(new SerializableConfiguration(spark.sessionState().newHadoopConf()));
    return functions
        .udf(new OfChunk(settings, conf, counters), SegmentAudioSchema.RESULT)
        .withName(NAME)
        .asNondeterministic()
        .apply(
            col("uri"),
            col("bytes"),
            col("start_s"),
            col("end_s"),
            col("unreadable"),
            col("chunk"));
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

  private static final class OfChunk
      implements UDF6<String, Long, Double, Double, String, Integer, Row> {
    private static final long serialVersionUID = 1L;

    private final ClipSettings settings;
    private final Broadcast<SerializableConfiguration> conf;
    private final ClipCounters counters;

    OfChunk(
        ClipSettings settings, Broadcast<SerializableConfiguration> conf, ClipCounters counters) {
      this.settings = settings;
      this.conf = conf;
      this.counters = counters;
    }

    @Override
    public Row call(
        String uri, Long bytes, Double startS, Double endS, String unreadable, Integer chunk) {
      TaskClip task = TaskClip.current();
      if ((chunk == 0) == task.isOpen()) {
        throw new IllegalStateException(
            "chunk " + chunk + " of " + uri + " came out of turn; chunks of a clip follow another");
      }
      if (chunk == 0) {
        task.begin(open(uri, bytes, startS, endS, unreadable), counters);
        counters.opened().add(1);
      }
      ClipReader reader = task.reader();
      long samplesBefore = reader.samplesRead();
      List<Segment> segments = reader.next();
      counters.samples().add(reader.samplesRead() - samplesBefore);
      Outcome outcome = reader.outcome();
      if (outcome != null) {
        task.end();
        counters.end(bytes, outcome);
      }
      return SegmentAudioSchema.result(segments, outcome);
    }

    private ClipReader open(String uri, Long bytes, Double startS, Double endS, String unreadable) {
      Configuration hadoop = conf.value().value();
      return ClipReader.open(
          () -> {
            if (unreadable != null) {
              throw new IOException(unreadable);
            }
            return HadoopSource.open(uri, bytes, hadoop);
          },
          uri,
          startS == null ? 0 : startS,
          endS == null ? Double.POSITIVE_INFINITY : endS,
          settings);
    }
  }
}
