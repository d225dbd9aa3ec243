package org.segmentser.source;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.SortedMap;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.util.SerializableConfiguration;
import org.segmentser.FileSystems;
import org.segmentser.JobNames;
import org.segmentser.UserError;
import org.segmentser.audio.Channels;

/**
 * The clips of {@code --manifest}: a CSV (with a header), JSON Lines or Parquet file with the
 * column {@code uri} and, optionally, {@code id}, {@code start_s} and {@code end_s}, or what other
 * programs write for the same purpose (see {@link Dialect}). The columns {@code channel} and {@code
 * party} say which channel of the file a row is, from 0, and who speaks on it. A relative URI is
 * resolved against the manifest's directory; {@code shard.tar!member} names a member of a tar
 * shard. Other columns are kept as text if asked for.
 *
 * <p>A row that cannot denote a clip is a problem that names the row; a missing file is left to
 * become the clip's outcome.
 */
final class Manifest {
  /** Rows whose files one Spark task looks up. */
  private static final int ROWS_PER_TASK = 2_000;

  private static final int MOST_TASKS = 10_000;

  private final SparkSession spark;
  private final String manifest;
  private final Path directory;
  private final String uriColumn;
  private final ManifestTable table;

  private Manifest(SparkSession spark, String manifest, String uriColumn) {
    this.spark = spark;
    this.manifest = manifest;
    this.uriColumn = uriColumn;
    Configuration conf = spark.sessionState().newHadoopConf();
    FileSystems.check(manifest, conf);
    Path path;
    try {
      path = new Path(manifest);
      Tree.of(path, conf).find(path);
      path = FileSystems.of(path, conf).resolvePath(path);
    } catch (FileNotFoundException e) {
      throw UserError.input("no such manifest: " + manifest);
    } catch (IOException | IllegalArgumentException e) {
      throw UserError.unreadable("the manifest " + manifest, e);
    }
    directory = path.getParent();
    table = ManifestTable.read(spark, path, uriColumn);
  }

  /**
   * The clips of a manifest, those of a row after another.
   *
   * @param manifest as it was named
   * @param rows how many rows name them
   * @param skipped how many others were left out, by the reason
   * @param columns of the manifest
   */
  record Clips(
      String manifest,
      JavaRDD<Listed> clips,
      long rows,
      SortedMap<String, Long> skipped,
      List<String> columns) {

    /** All of them, here. */
    List<Listed> collect() {
      try {
        return clips.collect();
      } catch (Exception e) {
        // What Spark throws is checked, which its Java signatures do not say.
        throw unreadable(manifest, e);
      }
    }
  }

  /**
   * Finds a manifest's clips: a job counts its rows, another reads them when they are asked for.
   *
   * @param all the channels that are listened to, of which rows of one id are one clip; null if
   *     each row is a clip
   * @throws UserError if the manifest cannot be read, has no row, or lacks a column
   */
  static Clips find(SparkSession spark, String uri, Inputs.Columns names, Channels all) {
    Manifest manifest =
        new Manifest(spark, uri, Objects.requireNonNullElse(names.uri(), ManifestTable.URI_COLUMN));
    try (JobNames jobs = new JobNames(spark)) {
      jobs.next("list: count the rows of the manifest");
      return manifest.find(names, all);
    } catch (UserError e) {
      throw e;
    } catch (Exception e) {
      // A file may prove broken only where it is read; what Spark throws then is checked.
      throw unreadable(uri, e);
    }
  }

  static UserError unreadable(Object manifest, Exception e) {
    return UserError.unreadable("the manifest " + manifest, UserError.rootOf(e));
  }

  private Clips find(Inputs.Columns names, Channels all) {
    List<String> columns = new ArrayList<>(List.of(uriColumn));
    require(uriColumn);
    columns.addAll(ManifestRows.COLUMNS);
    if (names.id() != null) {
      require(names.id());
      columns.set(ManifestRows.ID, names.id());
    }
    names.kept().stream()
        .filter(column -> !names.optional().contains(column))
        .forEach(this::require);
    columns.addAll(names.kept());
    Dataset<Row> rows = table.rows(columns.stream().distinct().toList());
    SortedMap<String, Long> skipped = table.skipped();
    long count = rows.count();
    if (count == 0 && skipped.isEmpty()) {
      throw UserError.input("the manifest " + manifest + " has no rows");
    }
    int tasks = (int) Math.min(MOST_TASKS, (count + ROWS_PER_TASK - 1) / ROWS_PER_TASK);
    JavaRDD<Row> spread = rows.toJavaRDD();
    JavaSparkContext context = JavaSparkContext.fromSparkContext(spark.sparkContext());
    JavaRDD<Listed> clips =
        (spread.getNumPartitions() < tasks ? spread.repartition(tasks) : spread)
            .map(
                new ManifestRows(
                    "the manifest " + manifest,
                    directory.toString(),
                    columns,
                    rows.schema(),
                    context.broadcast(
                        new SerializableConfiguration(spark.sessionState().newHadoopConf()))));
    boolean hasChannels = all != null && table.has(ManifestRows.COLUMN_OF_CHANNELS);
    return new Clips(
        manifest,
        hasChannels ? ChannelRows.merge(clips, all) : clips,
        count,
        skipped,
        table.columns());
  }

  /**
   * Refuses a manifest that lacks a column.
   *
   * @throws UserError that names the columns that it has
   */
  private void require(String column) {
    if (!table.has(column)) {
      throw UserError.input(
          "the manifest "
              + manifest
              + " has no column '"
              + column
              + "'; it has "
              + String.join(", ", table.columns())
              + (column.equals(ManifestTable.URI_COLUMN) ? table.advice() : ""));
    }
  }
}
