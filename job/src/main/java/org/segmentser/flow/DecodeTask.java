package org.segmentser.flow;

import java.io.IOException;
import java.util.Iterator;
import org.apache.spark.TaskContext;
import org.apache.spark.TaskKilledException;
import org.apache.spark.api.java.function.FlatMapFunction;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.util.SerializableConfiguration;
import org.apache.spark.util.TaskCompletionListener;
import org.segmentser.segment.ClipSettings;
import org.segmentser.source.ClipCodec;
import org.segmentser.source.WorkItem;
import org.segmentser.tables.ClipSegmentCodec;
import org.segmentser.tables.VoiceCodec;
import org.segmentser.udf.ChunkCodec;
import org.segmentser.udf.OutcomeCodec;
import org.segmentser.udf.Serialized;
import org.segmentser.udf.Sources;

/**
 * Spark's side of decoding: a partition's clips to rows of chunks, each made as it is asked for.
 */
final class DecodeTask implements FlatMapFunction<Iterator<WorkItem>, Row> {
  private static final long serialVersionUID = 1L;

  static final String CHUNK = "chunk";

  /** The rows that come out; those of a clip follow one another, in order. */
  static final StructType SCHEMA =
      new StructType()
          .add(ClipSegmentCodec.CLIP, ClipCodec.SCHEMA, false)
          .add(ClipSegmentCodec.VOICE, VoiceCodec.SCHEMA, false)
          .add(CHUNK, ChunkCodec.SCHEMA, false)
          .add(ClipSegmentCodec.OUTCOME, OutcomeCodec.SCHEMA)
          .add(ClipSegmentCodec.SECTION, DataTypes.IntegerType, false)
          .add(ClipSegmentCodec.SECTION_OUTCOME, DataTypes.BinaryType);

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
  public Iterator<Row> call(Iterator<WorkItem> items) {
    TaskContext task = TaskContext.get();
    Sources sources = new Sources(conf.value().value());
    DecodedClips chunks = new DecodedClips(items, sources::open, settings, counters.ofTask(task));
    task.addTaskCompletionListener(
        (TaskCompletionListener)
            ended -> {
              chunks.close();
              close(sources);
            });
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
        long began = System.nanoTime();
        DecodedChunk decoded = chunks.next();
        counters.decodeNs().add(System.nanoTime() - began);
        return RowFactory.create(
            ClipCodec.pack(decoded.item().clip()),
            VoiceCodec.pack(decoded.part().voice()),
            ChunkCodec.pack(decoded.part().chunk()),
            OutcomeCodec.pack(decoded.part().outcome()),
            decoded.item().section().index(),
            Serialized.pack(decoded.sectionOutcome()));
      }
    };
  }

  private static void close(Sources sources) {
    try {
      sources.close();
    } catch (IOException e) {
      // Nothing more is wanted of them.
    }
  }
}
