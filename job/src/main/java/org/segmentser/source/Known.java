package org.segmentser.source;

import static org.apache.spark.sql.functions.broadcast;
import static org.apache.spark.sql.functions.col;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/**
 * Clips that need not be read: those whose content has an outcome already. The content of a clip is
 * what a listing tells of it: its id, length, time of modification and stretch.
 *
 * @param contents rows of {@link #SCHEMA}, in any number
 * @param ids of clips that are not wanted whatever their content, in a column {@code clip_id}; null
 *     for none
 * @param hasRetries whether some outcomes do not count, so that members of a shard may be wanted
 *     that is known itself, as a damaged one is
 */
public record Known(Dataset<Row> contents, Dataset<Row> ids, boolean hasRetries) {
  /** The columns of a content; {@code modified} is in milliseconds since 1970. */
  public static final StructType SCHEMA =
      new StructType()
          .add("clip_id", DataTypes.StringType, false)
          .add("bytes", DataTypes.LongType)
          .add("modified", DataTypes.LongType)
          .add("start_s", DataTypes.DoubleType)
          .add("end_s", DataTypes.DoubleType);

  /** Clips in memory that are compared at a time. */
  private static final int MOST_COMPARED = 100_000;

  /** Nothing. */
  public static Known none(SparkSession spark) {
    return new Known(spark.createDataFrame(List.of(), SCHEMA), null, false);
  }

  /** The same, and clips that are not wanted. */
  public Known and(Dataset<Row> unwanted) {
    return new Known(contents, unwanted, hasRetries);
  }

  /** The same contents alone. */
  Known contentsAlone() {
    return new Known(contents, null, hasRetries);
  }

  /**
   * The rows of a listing whose clips are not known; those of none too.
   *
   * @param listed with a struct {@code clip} of {@link ClipCodec#SCHEMA}
   */
  public Dataset<Row> without(Dataset<Row> listed) {
    return wanted(join(listed, "left_anti"), "clip.clip_id");
  }

  private Dataset<Row> wanted(Dataset<Row> rows, String id) {
    return ids == null
        ? rows
        : rows.join(ids.alias("unwanted"), col("unwanted.clip_id").equalTo(col(id)), "left_anti");
  }

  /** The rows of a listing whose clips are known. */
  Dataset<Row> of(Dataset<Row> listed) {
    return join(listed, "left_semi");
  }

  private Dataset<Row> join(Dataset<Row> listed, String how) {
    return listed.join(
        contents.alias("known"),
        same("clip_id", "clip.clip_id")
            .and(same("bytes", "clip.location.length"))
            .and(same("modified", "clip.modified"))
            .and(same("start_s", "clip.start_s"))
            .and(same("end_s", "clip.end_s")),
        how);
  }

  private static Column same(String column, String listed) {
    // What must be equal decides which task compares; only ids are never null.
    return column.equals("clip_id")
        ? col("known." + column).equalTo(col(listed))
        : col("known." + column).eqNullSafe(col(listed));
  }

  /**
   * The rows of a table whose clips are not known, by id and time alone: how long audio in a row is
   * shows only when it is read.
   *
   * @param rows with the columns {@code clip_id} and {@code modified}
   */
  Dataset<Row> withoutRows(Dataset<Row> rows) {
    Dataset<Row> table = rows.alias("rows");
    Dataset<Row> unknown =
        table.join(
            contents.alias("known"),
            col("known.clip_id")
                .equalTo(col("rows.clip_id"))
                .and(col("known.modified").eqNullSafe(col("rows.modified"))),
            "left_anti");
    return wanted(unknown, "rows.clip_id");
  }

  /** The places in a list of the clips that are known. */
  Set<Integer> among(List<Clip> clips, SparkSession spark) {
    Set<Integer> found = new HashSet<>();
    StructType schema = SCHEMA.add("place", DataTypes.IntegerType, false);
    for (int from = 0; from < clips.size(); from += MOST_COMPARED) {
      List<Row> rows = new ArrayList<>();
      for (int i = from; i < Math.min(clips.size(), from + MOST_COMPARED); i++) {
        Clip clip = clips.get(i);
        rows.add(
            RowFactory.create(
                clip.id(), clip.bytes(), clip.modifiedMs(), clip.startS(), clip.endS(), i));
      }
      Dataset<Row> mine = spark.createDataFrame(rows, schema).alias("mine");
      Column isSame = col("known.clip_id").equalTo(col("mine.clip_id"));
      for (String column : List.of("bytes", "modified", "start_s", "end_s")) {
        isSame = isSame.and(col("known." + column).eqNullSafe(col("mine." + column)));
      }
      contents
          .alias("known")
          .join(broadcast(mine), isSame)
          .select("mine.place")
          .distinct()
          .collectAsList()
          .forEach(row -> found.add(row.getInt(0)));
      if (ids != null) {
        ids.alias("unwanted")
            .join(broadcast(mine), col("unwanted.clip_id").equalTo(col("mine.clip_id")))
            .select("mine.place")
            .collectAsList()
            .forEach(row -> found.add(row.getInt(0)));
      }
    }
    return found;
  }
}
