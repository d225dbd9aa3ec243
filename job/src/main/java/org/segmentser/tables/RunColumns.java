package org.segmentser.tables;

import java.io.Serializable;
import java.util.List;
import java.util.Set;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/**
 * Which columns the rows of a run have.
 *
 * @param kinds what is computed of a segment and kept
 * @param labels the emotions, in the order of the logits; none where none are computed
 * @param kept columns that are kept of a manifest
 */
public record RunColumns(Set<Kind> kinds, List<String> labels, List<String> kept)
    implements Serializable {
  /** What may be computed of a segment and kept. */
  public enum Kind {
    /** What the head says, for {@code segments}; without it, {@code embeddings} are written. */
    EMOTIONS,
    /** The embedding. */
    EMBEDDINGS,
    /** AudioSet's 8-bit form of the embedding. */
    POST_PROCESSED
  }

  /** Keeps its own copies. */
  public RunColumns {
    kinds = Set.copyOf(kinds);
    labels = List.copyOf(labels);
    kept = List.copyOf(kept);
  }

  /** Whether the rows of the run hold something of this kind. */
  public boolean has(Kind kind) {
    return kinds.contains(kind);
  }

  /** The partitioned table that holds the segments. */
  public Table segmentTable() {
    return has(Kind.EMOTIONS) ? Table.SEGMENTS : Table.EMBEDDINGS;
  }

  StructType segmentSchema() {
    return has(Kind.EMOTIONS)
        ? Schemas.segments(labels, has(Kind.EMBEDDINGS))
        : Schemas.embeddings(has(Kind.POST_PROCESSED));
  }

  StructType clipSchema() {
    return Schemas.clips(labels);
  }

  StructType keptSchema() {
    StructType schema = new StructType();
    for (String name : kept) {
      schema = schema.add(name, DataTypes.StringType);
    }
    return schema;
  }
}
