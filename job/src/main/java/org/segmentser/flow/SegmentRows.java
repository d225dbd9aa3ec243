package org.segmentser.flow;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.explode_outer;

import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.util.SerializableConfiguration;
import org.segmentser.segment.ClipSettings;
import org.segmentser.source.Corpus;
import org.segmentser.source.WorkItem;
import org.segmentser.tables.ClipSegmentCodec;
import org.segmentser.udf.SegmentAudio;

/**
 * The way from listed clips to rows of segments, which all jobs on audio share: dealt out to
 * partitions, decoded chunk by chunk, through the function {@code segment_audio}, and exploded.
 */
public final class SegmentRows {
  private SegmentRows() {}

  /**
   * The rows of a corpus, dealt out by weight; see {@link #of(SparkSession, JavaRDD, ClipSettings,
   * ClipCounters)}.
   */
  public static Dataset<Row> of(
      SparkSession spark, Corpus clips, ClipSettings settings, ClipCounters counters) {
    return of(spark, clips.dealt(cores(spark)), settings, counters);
  }

  /**
   * A row for each segment, and one for a chunk without: {@link ClipSegmentCodec#SCHEMA}. All rows
   * of a clip or section stand together in one partition, those of a voice in order; a voice's
   * outcome stands with those of its last chunk.
   *
   * @param items as they are dealt out
   * @param counters count each clip
   */
  public static Dataset<Row> of(
      SparkSession spark, JavaRDD<WorkItem> items, ClipSettings settings, ClipCounters counters) {
    return spark
        .createDataFrame(decoded(spark, items, settings, counters), DecodeTask.SCHEMA)
        .select(
            col(ClipSegmentCodec.CLIP),
            col(ClipSegmentCodec.VOICE),
            col(ClipSegmentCodec.OUTCOME),
            col(ClipSegmentCodec.SECTION),
            col(ClipSegmentCodec.SECTION_OUTCOME),
            SegmentAudio.ofChunk(col(DecodeTask.CHUNK)).as("segments"))
        .select(
            col(ClipSegmentCodec.CLIP),
            col(ClipSegmentCodec.VOICE),
            col(ClipSegmentCodec.OUTCOME),
            explode_outer(col("segments")).as(ClipSegmentCodec.SEGMENT),
            col(ClipSegmentCodec.SECTION),
            col(ClipSegmentCodec.SECTION_OUTCOME));
  }

  private static JavaRDD<Row> decoded(
      SparkSession spark, JavaRDD<WorkItem> items, ClipSettings settings, ClipCounters counters) {
    JavaSparkContext context = JavaSparkContext.fromSparkContext(spark.sparkContext());
    Broadcast<SerializableConfiguration> conf =
        context.broadcast(new SerializableConfiguration(spark.sessionState().newHadoopConf()));
    return items.mapPartitions(new DecodeTask(settings, conf, counters));
  }

  /** Tasks that run at the same time. */
  public static int cores(SparkSession spark) {
    var conf = spark.sparkContext().conf();
    int executors =
        conf.getInt("spark.executor.instances", 0) * conf.getInt("spark.executor.cores", 1);
    return Math.max(executors, spark.sparkContext().defaultParallelism());
  }
}
