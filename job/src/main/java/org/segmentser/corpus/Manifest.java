package org.segmentser.corpus;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.Path;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.api.java.function.Function;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.apache.spark.util.SerializableConfiguration;
import org.segmentser.UserError;

/**
 * Reads {@code --manifest}: a CSV (with a header), JSON Lines or Parquet file, told by its
 * extension, with the column {@code uri} and, if wanted, {@code id}, {@code start_s} and {@code
 * end_s}. A relative URI counts from the manifest's directory. Other columns are left alone.
 *
 * <p>A row that cannot mean a clip is an error that names the row; a file that is not there is left
 * to become the clip's outcome.
 */
public final class Manifest {
  /** Rows whose files are looked up by one Spark task. */
  private static final int ROWS_A_TASK = 2_000;

  private Manifest() {}

  /**
   * Lists a manifest's clips. The files' lengths are looked up by Spark tasks.
   *
   * @throws UserError if the manifest cannot be read, or a row is wrong
   */
  public static Corpus list(SparkSession spark, String manifest) {
    List<Clip> rows = rows(spark, manifest);
    if (rows.isEmpty()) {
      throw UserError.input("the manifest " + manifest + " has no rows");
    }
    return new Corpus(lookUp(spark, rows), 0);
  }

  private static List<Clip> rows(SparkSession spark, String manifest) {
    Configuration conf = spark.sessionState().newHadoopConf();
    Path path;
    try {
      path = new Path(manifest);
      path = path.getFileSystem(conf).resolvePath(path);
    } catch (FileNotFoundException e) {
      throw UserError.input("no such manifest: " + manifest);
    } catch (IOException | IllegalArgumentException e) {
      throw UserError.input("cannot read the manifest " + manifest + ": " + UserError.reason(e));
    }
    Dataset<Row> table = table(spark, path);
    if (!List.of(table.columns()).contains("uri")) {
      throw UserError.input(
          "the manifest "
              + manifest
              + " has no column 'uri'; it has "
              + String.join(", ", table.columns()));
    }
    List<Clip> clips = new ArrayList<>();
    Map<String, Integer> rowOfId = new HashMap<>();
    Iterator<Row> rows = table.select(columns(table)).toLocalIterator();
    for (int number = 1; hasNext(rows, manifest); number++) {
      Clip clip = clip(rows.next(), path.getParent(), manifest, number);
      Integer earlier = rowOfId.putIfAbsent(clip.id(), number);
      if (earlier != null) {
        throw rowError(
            manifest,
            number,
            "has the id '" + clip.id() + "' of row " + earlier + "; ids are unique");
      }
      clips.add(clip);
    }
    return clips;
  }

  /** A file may prove broken only where it is read. */
  private static boolean hasNext(Iterator<Row> rows, String manifest) {
    try {
      return rows.hasNext();
    } catch (RuntimeException e) {
      throw UserError.input(
          "cannot read the manifest " + manifest + ": " + UserError.reason(UserError.rootOf(e)));
    }
  }

  private static Dataset<Row> table(SparkSession spark, Path path) {
    String name = path.getName().toLowerCase(Locale.ROOT);
    String uri = path.toString();
    try {
      if (name.endsWith(".csv") || name.endsWith(".csv.gz")) {
        return spark
            .read()
            .option("header", true)
            .option("multiLine", true)
            .option("escape", "\"")
            .option("mode", "FAILFAST")
            .csv(escaped(uri));
      }
      if (name.endsWith(".jsonl") || name.endsWith(".ndjson") || name.endsWith(".json")) {
        return spark.read().option("mode", "FAILFAST").json(escaped(uri));
      }
      if (name.endsWith(".parquet")) {
        return spark.read().parquet(escaped(uri));
      }
    } catch (RuntimeException e) {
      throw UserError.input("cannot read the manifest " + uri + ": " + UserError.reason(e));
    }
    throw UserError.usage(
        "a manifest is a .csv, .jsonl or .parquet file, which '" + path.getName() + "' is not");
  }

  /** Spark takes paths for globs. */
  private static String escaped(String path) {
    return path.replaceAll("([\\[\\]{}*?])", "\\\\$1");
  }

  private static Column[] columns(Dataset<Row> table) {
    Set<String> present = Set.of(table.columns());
    return Arrays.stream(new String[] {"uri", "id", "start_s", "end_s"})
        .map(
            name ->
                (present.contains(name) ? table.col(name) : functions.lit(null))
                    .cast("string")
                    .as(name))
        .toArray(Column[]::new);
  }

  private static Clip clip(Row row, Path directory, String manifest, int number) {
    String uri = row.getString(0);
    if (uri == null || uri.isBlank()) {
      throw rowError(manifest, number, "has no uri");
    }
    UserError.refuseCredentials("row " + number + " of " + manifest, uri);
    Double start = seconds(row, 2, manifest, number);
    Double end = seconds(row, 3, manifest, number);
    if (end != null && end <= (start == null ? 0 : start)) {
      throw rowError(manifest, number, "ends at " + end + " s, not after its start");
    }
    Path path;
    try {
      path = new Path(directory, uri.strip());
    } catch (IllegalArgumentException e) {
      throw rowError(manifest, number, "has the uri '" + uri + "': " + UserError.reason(e));
    }
    String id = row.getString(1);
    return new Clip(
        id == null || id.isBlank() ? path.toString() : id.strip(),
        path.toString(),
        0,
        null,
        start,
        end);
  }

  private static Double seconds(Row row, int column, String manifest, int number) {
    String text = row.getString(column);
    if (text == null || text.isBlank()) {
      return null;
    }
    try {
      double value = Double.parseDouble(text.strip());
      if (value >= 0 && value < Double.POSITIVE_INFINITY) {
        return value;
      }
    } catch (NumberFormatException e) {
      // told below
    }
    throw rowError(
        manifest,
        number,
        "has "
            + (column == 2 ? "start_s" : "end_s")
            + " '"
            + text
            + "'; seconds from 0 on are meant");
  }

  private static UserError rowError(String manifest, int number, String what) {
    return UserError.input("row " + number + " of the manifest " + manifest + " " + what);
  }

  private static List<Clip> lookUp(SparkSession spark, List<Clip> clips) {
    JavaSparkContext context = JavaSparkContext.fromSparkContext(spark.sparkContext());
    Broadcast<SerializableConfiguration> conf =
        context.broadcast(new SerializableConfiguration(spark.sessionState().newHadoopConf()));
    spark.sparkContext().setJobDescription("list: look up the files of the manifest");
    try {
      int tasks = (clips.size() + ROWS_A_TASK - 1) / ROWS_A_TASK;
      return context.parallelize(clips, tasks).map(new LookUp(conf)).collect();
    } finally {
      spark.sparkContext().setJobDescription(null);
    }
  }

  private record LookUp(Broadcast<SerializableConfiguration> conf) implements Function<Clip, Clip> {
    @Override
    public Clip call(Clip clip) {
      Path path = new Path(clip.uri());
      try {
        FileStatus file = path.getFileSystem(conf.value().value()).getFileStatus(path);
        return new Clip(
            clip.id(),
            clip.uri(),
            file.getLen(),
            file.getModificationTime(),
            clip.startS(),
            clip.endS());
      } catch (IOException | RuntimeException e) {
        return clip;
      }
    }
  }
}
