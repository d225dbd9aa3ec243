package org.segmentser.source;

import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.greatest;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.max;
import static org.apache.spark.sql.functions.min;
import static org.apache.spark.sql.functions.udf;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.api.java.UDF1;
import org.apache.spark.sql.api.java.UDF3;
import org.apache.spark.sql.types.DataTypes;

/**
 * Which batch takes what stands at a place of a staged listing. Each clip costs its part of the
 * clips and of the bytes that a batch may have, so that no batch has more than either; what is kept
 * grows with the parts of the listing.
 */
final class Batches {
  private final Map<Integer, Double> before;
  private final double all;
  private final long mostClips;
  private final long mostBytes;

  private Batches(Map<Integer, Double> before, double all, long mostClips, long mostBytes) {
    this.before = before;
    this.all = all;
    this.mostClips = mostClips;
    this.mostBytes = mostBytes;
  }

  /** The batches of a staged listing. */
  static Batches of(Dataset<Row> staged, long mostClips, long mostBytes) {
    List<Row> parts =
        staged
            .groupBy(ListedCodec.PART)
            .agg(
                max(col(ListedCodec.BEFORE).plus(col(ListedCodec.WEIGHT))),
                max(col(ListedCodec.NUMBER)))
            .orderBy(ListedCodec.PART)
            .collectAsList();
    Map<Integer, Double> before = new HashMap<>();
    double all = 0;
    for (Row part : parts) {
      before.put(part.getInt(0), all);
      all += cost(part.getLong(1), part.getLong(2) + 1, mostClips, mostBytes);
    }
    return new Batches(before, all, mostClips, mostBytes);
  }

  private static double cost(long weight, long clips, long mostClips, long mostBytes) {
    return (double) weight / mostBytes + (double) clips / mostClips;
  }

  /** How many there are; some may be empty, as a clip may be larger than a batch. */
  int count() {
    return (int) Math.floor(all) + 1;
  }

  /** The rows of a batch, whose places begin anew. */
  Dataset<Row> rows(Dataset<Row> staged, int batch) {
    Map<Integer, Double> begins = before;
    long clips = mostClips;
    long bytes = mostBytes;
    UDF3<Integer, Long, Long, Integer> which =
        (part, start, number) ->
            (int) Math.floor(begins.get(part) + cost(start, number, clips, bytes));
    Column number =
        udf(which, DataTypes.IntegerType)
            .apply(col(ListedCodec.PART), col(ListedCodec.START), col(ListedCodec.NUMBER));
    Dataset<Row> rows = staged.where(number.equalTo(batch));
    Map<Integer, Long> starts = new HashMap<>();
    rows.groupBy(ListedCodec.PART)
        .agg(min(ListedCodec.BEFORE))
        .collectAsList()
        .forEach(row -> starts.put(row.getInt(0), row.getLong(1)));
    UDF1<Integer, Long> first = starts::get;
    Column begin = coalesce(udf(first, DataTypes.LongType).apply(col(ListedCodec.PART)), lit(0L));
    return rows.withColumn(ListedCodec.BEFORE, col(ListedCodec.BEFORE).minus(begin))
        .withColumn(
            ListedCodec.TOGETHER, greatest(lit(0L), col(ListedCodec.TOGETHER).minus(begin)));
  }
}
