package org.segmentser.bench;

import static org.apache.spark.sql.functions.broadcast;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.concat;
import static org.apache.spark.sql.functions.expr;
import static org.apache.spark.sql.functions.lit;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.stream.Stream;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;

/**
 * Makes a large output of a small one: the clips of its one run of {@code embed} over and over,
 * each time with ids and embeddings of their own, in files and an order as runs write them.
 *
 * <p>Arguments: the small output, the large one, how many segments that has at least.
 */
public final class EmbeddedCopies {
  private EmbeddedCopies() {}

  /** Makes it. */
  public static void main(String[] args) throws IOException {
    SparkSession spark =
        SparkSession.builder()
            .master("local[2]")
            .config("spark.ui.enabled", false)
            .config("spark.sql.parquet.outputTimestampType", "TIMESTAMP_MICROS")
            .config("spark.hadoop.mapreduce.fileoutputcommitter.marksuccessfuljobs", false)
            .config("spark.sql.shuffle.partitions", 8)
            .getOrCreate();
    spark.sparkContext().setLogLevel("ERROR");
    Path from = Path.of(args[0]);
    Path to = Path.of(args[1]);
    Row run = spark.read().parquet(from + "/runs").first();
    long segments = run.getAs("segments");
    long copies = (Long.parseLong(args[2]) + segments - 1) / segments;
    Dataset<Row> copy = broadcast(spark.range(copies).toDF("copy"));
    for (String table : new String[] {"clips", "embeddings"}) {
      String partition =
          table + "/run_date=" + run.getAs("run_date") + "/run_id=" + run.getAs("run_id");
      Dataset<Row> rows =
          spark
              .read()
              .parquet(from.resolve(partition).toString())
              .crossJoin(copy)
              .withColumn("clip_id", concat(col("clip_id"), lit("#"), col("copy")));
      if (table.equals("embeddings")) {
        rows =
            rows.withColumn(
                    "embedding", expr("transform(embedding, x -> float(x * (1 + copy * 1e-6D)))"))
                .repartition(col("clip_id"))
                .sortWithinPartitions("clip_id", "channel", "segment_index");
      }
      rows.drop("copy").write().parquet(to.resolve(partition).toString());
    }
    Dataset<Row> runs = spark.read().parquet(from + "/runs");
    for (String sum : new String[] {"segments", "audio_s", "speech_s"}) {
      runs = runs.withColumn(sum, col(sum).multiply(copies));
    }
    Column[] byStatus =
        Stream.of(((Row) run.getAs("clips")).schema().fieldNames())
            .map(status -> col("clips." + status).multiply(copies).as(status))
            .toArray(Column[]::new);
    Path staged = to.resolve("_staged");
    runs.withColumn("clips", functions.struct(byStatus))
        .coalesce(1)
        .write()
        .parquet(staged.toString());
    Files.createDirectories(to.resolve("runs"));
    try (Stream<Path> files = Files.list(staged)) {
      Path file =
          files.filter(each -> each.toString().endsWith(".parquet")).findFirst().orElseThrow();
      Files.move(file, to.resolve("runs/" + run.getAs("run_id") + ".parquet"));
    }
    System.out.printf(
        Locale.ROOT,
        "%,d segments of %,d clips below %s%n",
        copies * segments,
        spark.read().parquet(to + "/clips").count(),
        to);
    spark.stop();
  }
}
