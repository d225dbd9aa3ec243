package org.segmentser.source;

import java.util.List;
import org.apache.spark.sql.types.StructType;

/** The programs whose manifests are read. They are told apart by their columns. */
enum Dialect {
  /** A table with a column of files. */
  OWN,
  /** NVIDIA NeMo: {@code audio_filepath}, {@code offset}, {@code duration}. */
  NEMO,
  /** NeMo's manifests of tar files: as {@code NEMO}, with {@code shard_id}. */
  NEMO_TARRED,
  /** Lhotse's {@code RecordingSet}: a clip a recording. */
  LHOTSE_RECORDINGS,
  /** Lhotse's {@code SupervisionSet}: a clip a supervision. */
  LHOTSE_SUPERVISIONS,
  /** Lhotse's {@code CutSet}: a clip a cut. */
  LHOTSE_CUTS,
  /** The {@code manifest.json} of Amazon S3 Inventory: a clip an object. */
  S3_INVENTORY;

  /**
   * The dialect of a table, which is the user's own where it has the column of files that was asked
   * for, or where a column other than {@value ManifestTable#URI_COLUMN} was.
   */
  static Dialect of(StructType schema, String uriColumn) {
    List<String> columns = List.of(schema.fieldNames());
    if (columns.contains(uriColumn) || !uriColumn.equals(ManifestTable.URI_COLUMN)) {
      return OWN;
    }
    if (columns.contains("audio_filepath")) {
      return columns.contains("shard_id") ? NEMO_TARRED : NEMO;
    }
    if (columns.contains("sources")) {
      return LHOTSE_RECORDINGS;
    }
    if (columns.contains("recording_id")) {
      return LHOTSE_SUPERVISIONS;
    }
    boolean hasRecordings =
        columns.contains("recording") && schema.apply("recording").dataType() instanceof StructType;
    return hasRecordings || columns.contains("tracks") ? LHOTSE_CUTS : OWN;
  }
}
