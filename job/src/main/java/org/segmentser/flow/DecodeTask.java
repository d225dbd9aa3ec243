package org.segmentser.flow;

import java.util.Iterator;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.TaskContext;
import org.apache.spark.TaskKilledException;
import org.apache.spark.api.java.function.FlatMapFunction;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.util.SerializableConfiguration;
import org.apache.spark.util.TaskCompletionListener;
import org.segmentser.segment.ClipSettings;
import org.segmentser.source.Clip;
import org.segmentser.tables.ClipCodec;
import org.segmentser.tables.ClipSegmentCodec;
import org.segmentser.tables.VoiceCodec;
import org.segmentser.udf.ChunkCodec;
import org.segmentser.udf.HadoopSource;
import org.segmentser.udf.OutcomeCodec;

/**
 * Spark's side of decoding: a partition's clips to rows of chunks, each made as it is asked for.
 */
final class DecodeTask implements FlatMapFunction<List<Clip>, Row> {
  private static final long serialVersionUID = 1L;

  static final String CHUNK = "chunk";

  /** The rows that come out; those of a clip follow one another, in order. */
  static final StructType SCHEMA =
      new StructType()
          .add(ClipSegmentCodec.CLIP, ClipCodec.SCHEMA, false)
          .add(ClipSegmentCodec.VOICE, VoiceCodec.SCHEMA, false)
          .add(CHUNK, ChunkCodec.SCHEMA, false)
          .add(ClipSegmentCodec.OUTCOME, OutcomeCodec.SCHEMA);

  private final ClipSettings settings;
  private final Broadcast<SerializableConfiguration> conf;
  private final ClipCounters counters;

  DecodeTask(
      ClipSettings settings, Broadcast<SerializableConfiguration> conf, ClipCounters counters) {
    this.settings = settings;
    this.conf = conf;
    this.counters = counters;
  }

  @Override
  public Iterator<Row> call(List<Clip> clips) {
    TaskContext task = TaskContext.get();
    Configuration hadoop = conf.value().value();
    DecodedClips chunks =
        new DecodedClips(
            clips.iterator(),
            location -> HadoopSource.open(location, hadoop),
            settings,
            counters.ofTask(task));
    task.addTaskCompletionListener((TaskCompletionListener) ended -> chunks.close());
    return new Iterator<>() {
      @Override
      public boolean hasNext() {
        // Spark asks only between partitions' elements, each of which is many clips.
        if (task.isInterrupted()) {
          throw new TaskKilledException("the job was cancelled");
        }
        return chunks.hasNext();
      }

      @Override
      public Row next() {
        DecodedChunk decoded = chunks.next();
        return RowFactory.create(
            ClipCodec.pack(decoded.clip()),
            VoiceCodec.pack(decoded.part().voice()),
            ChunkCodec.pack(decoded.part().chunk()),
            OutcomeCodec.pack(decoded.part().outcome()));
      }
    };
  }
}
