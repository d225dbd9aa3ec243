package org.segmentser.udf;

import java.util.Iterator;
import java.util.NoSuchElementException;
import org.apache.spark.TaskContext;
import org.apache.spark.TaskKilledException;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/**
 * Makes the rows that {@code segment_audio} is called on: one row for each chunk of each clip.
 *
 * <p>How many chunks a clip has is known only when it has been decoded, so a row is made when it is
 * asked for: a clip gets another row as long as the function, which has then seen the row before,
 * says that the clip goes on. Spark evaluates a stage's rows one after another, so this holds; were
 * it ever not to, {@link SegmentAudio} fails rather than lose audio.
 */
public final class ChunkPlan implements MapPartitionsFunction<Row, Row> {
  private static final long serialVersionUID = 1L;

  private final int width;

  private ChunkPlan(int width) {
    this.width = width;
  }

  /** The clips with a column {@code chunk} added; partitions and the order within them stay. */
  public static Dataset<Row> of(Dataset<Row> clips) {
    StructType schema = clips.schema().add("chunk", DataTypes.IntegerType, false);
    return clips.mapPartitions(new ChunkPlan(clips.schema().size()), Encoders.row(schema));
  }

  @Override
  public Iterator<Row> call(Iterator<Row> clips) {
    return new Chunks(clips, TaskClip.current(), width);
  }

  private static final class Chunks implements Iterator<Row> {
    private final TaskContext context = TaskContext.get();
    private final Iterator<Row> clips;
    private final TaskClip task;
    private final int width;
    private Row clip;
    private int chunk;

    Chunks(Iterator<Row> clips, TaskClip task, int width) {
      this.clips = clips;
      this.task = task;
      this.width = width;
    }

    @Override
    public boolean hasNext() {
      // Spark asks only between partitions' elements, each of which is many clips.
      if (context.isInterrupted()) {
        throw new TaskKilledException("the job was cancelled");
      }
      return task.isOpen() || clips.hasNext();
    }

    @Override
    public Row next() {
      if (task.isOpen()) {
        chunk++;
      } else if (clips.hasNext()) {
        clip = clips.next();
        chunk = 0;
      } else {
        throw new NoSuchElementException();
      }
      Object[] values = new Object[width + 1];
      for (int i = 0; i < width; i++) {
        values[i] = clip.get(i);
      }
      values[width] = chunk;
      return RowFactory.create(values);
    }
  }
}
