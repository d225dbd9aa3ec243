package org.segmentser.flow;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.explode_outer;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.TreeMap;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.api.java.function.FlatMapFunction;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.segmentser.segment.ClipSettings;
import org.segmentser.source.Clip;
import org.segmentser.source.ClipPartitions;
import org.segmentser.source.ListedClips;
import org.segmentser.tables.Schemas;
import org.segmentser.udf.ChunkPlan;
import org.segmentser.udf.ClipCounters;
import org.segmentser.udf.SegmentAudio;

/** The way from listed clips to rows of segments, which all jobs on audio share. */
public final class SegmentRows {
  private static final StructType CLIPS =
      new StructType()
          .add("clip_id", DataTypes.StringType, false)
          .add("uri", DataTypes.StringType, false)
          .add("bytes", DataTypes.LongType)
          .add("modified", DataTypes.LongType)
          .add("start_s", DataTypes.DoubleType)
          .add("end_s", DataTypes.DoubleType)
          .add("unreadable", DataTypes.StringType);

  private SegmentRows() {}

  /** As {@link #of(SparkSession, ListedClips, ClipSettings, ClipCounters)}. */
  public static Dataset<Row> of(
      SparkSession spark, List<Clip> clips, ClipSettings settings, ClipCounters counters) {
    return of(spark, new ListedClips(clips, new TreeMap<>(), List.of()), settings, counters);
  }

  /**
   * A row for each segment, and one for a chunk without: {@code clip_id}, {@code uri}, {@code
   * bytes}, {@code modified}, {@code outcome}, {@code segment} and, if the corpus keeps columns,
   * {@code kept} with their values. All rows of a clip stand together in one partition, in order;
   * the outcome stands with those of its last chunk. Clips are dealt out by bytes.
   *
   * @param counters are told of each clip
   */
  public static Dataset<Row> of(
      SparkSession spark, ListedClips corpus, ClipSettings settings, ClipCounters counters) {
    return ChunkPlan.of(distribute(spark, corpus))
        .withColumn("result", SegmentAudio.ofChunks(spark, settings, counters))
        .select(
            columns(
                corpus, col("result.outcome").as("outcome"), col("result.segments").as("segments")))
        .select(columns(corpus, col("outcome"), explode_outer(col("segments")).as("segment")));
  }

  private static Column[] columns(ListedClips corpus, Column outcome, Column segments) {
    List<Column> columns =
        new ArrayList<>(
            List.of(col("clip_id"), col("uri"), col("bytes"), col("modified"), outcome, segments));
    if (!corpus.kept().isEmpty()) {
      columns.add(col(SegmentScorer.KEPT));
    }
    return columns.toArray(Column[]::new);
  }

  private static Dataset<Row> distribute(SparkSession spark, ListedClips corpus) {
    List<List<Clip>> partitions = ClipPartitions.deal(corpus.clips(), cores(spark));
    JavaRDD<Row> rows =
        JavaSparkContext.fromSparkContext(spark.sparkContext())
            .parallelize(partitions, partitions.size())
            .flatMap(new ClipRows());
    return spark.createDataFrame(
        rows,
        corpus.kept().isEmpty()
            ? CLIPS
            : CLIPS.add(SegmentScorer.KEPT, Schemas.kept(corpus.kept())));
  }

  private static int cores(SparkSession spark) {
    var conf = spark.sparkContext().conf();
    int executors =
        conf.getInt("spark.executor.instances", 0) * conf.getInt("spark.executor.cores", 1);
    return Math.max(executors, spark.sparkContext().defaultParallelism());
  }

  private static final class ClipRows implements FlatMapFunction<List<Clip>, Row> {
    private static final long serialVersionUID = 1L;

    @Override
    public Iterator<Row> call(List<Clip> clips) {
      return clips.stream().map(ClipRows::row).iterator();
    }

    private static Row row(Clip c) {
      List<Object> values =
          new ArrayList<>(
              Arrays.asList(
                  c.id(),
                  c.uri(),
                  c.bytes(),
                  c.modifiedMs(),
                  c.startS(),
                  c.endS(),
                  c.unreadable()));
      if (!c.kept().isEmpty()) {
        values.add(RowFactory.create(c.kept().toArray()));
      }
      return RowFactory.create(values.toArray());
    }
  }
}
