package org.segmentser.source;

import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.lit;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.function.Function;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.segmentser.JobNames;
import org.segmentser.SqlNames;
import org.segmentser.UserError;
import scala.Tuple2;

/**
 * The table of a manifest in the columns of {@link Manifest}, whatever program wrote it. A CSV,
 * JSON Lines or Parquet file is recognised by its extension, and the {@link Dialect} by its
 * columns. Nothing that grows with the rows is brought to the driver.
 */
final class ManifestTable {
  /** The name of the column of files unless another is given. */
  static final String URI_COLUMN = "uri";

  /** BIGINT: the row of the manifest, from 1; of an inventory only unique, as it has many files. */
  static final String ROW = "__row";

  /**
   * STRING: why the row denotes no clip, in words that follow those on the row, such as {@code has
   * no duration}; null where nothing is known to be wrong.
   */
  static final String PROBLEM = "__problem";

  /** STRING: the member of the archive that {@code uri} names; null where it names audio. */
  static final String MEMBER = "__member";

  /** BIGINT: the length of the file where the manifest tells it, else null. */
  static final String BYTES = "__bytes";

  /**
   * BIGINT: when the file was modified, in milliseconds since 1970, where the manifest tells it.
   */
  static final String MODIFIED_MS = "__modified_ms";

  /** STRING: why a file is left out, but counted; null for the others. */
  static final String SKIPPED = "__skipped";

  private static final StructType HIDDEN =
      new StructType()
          .add(ROW, DataTypes.LongType)
          .add(PROBLEM, DataTypes.StringType)
          .add(MEMBER, DataTypes.StringType)
          .add(BYTES, DataTypes.LongType)
          .add(MODIFIED_MS, DataTypes.LongType);

  private static final Set<String> OWN_NAMES =
      Set.of(ROW, PROBLEM, MEMBER, BYTES, MODIFIED_MS, SKIPPED);

  private final Dialect dialect;
  private final Dataset<Row> table;
  private final Path manifest;

  private ManifestTable(Dialect dialect, Dataset<Row> table, Path manifest) {
    this.dialect = dialect;
    this.table = table;
    this.manifest = manifest;
  }

  /**
   * Reads a manifest, as far as its columns are concerned.
   *
   * @param manifest as its file system resolves it; relative URIs are relative to its directory
   * @param uriColumn the name of the column of files; other dialects are looked for only where it
   *     is {@value #URI_COLUMN}
   * @throws UserError if the format is unknown, or a file that belongs to it is missing or cannot
   *     be read
   */
  static ManifestTable read(SparkSession spark, Path manifest, String uriColumn) {
    Configuration conf = spark.sessionState().newHadoopConf();
    try {
      if (S3Inventory.isOne(manifest, conf)) {
        Dataset<Row> objects = S3Inventory.read(spark, manifest);
        return new ManifestTable(Dialect.S3_INVENTORY, objects, manifest);
      }
      Dataset<Row> read = file(spark, manifest);
      Dialect dialect = Dialect.of(read.schema(), uriColumn);
      Dataset<Row> table =
          switch (dialect) {
            case NEMO, NEMO_TARRED -> NemoManifest.clips(numbered(read), manifest, conf);
            case LHOTSE_RECORDINGS -> LhotseManifest.recordings(numbered(read), conf);
            case LHOTSE_SUPERVISIONS -> LhotseManifest.supervisions(numbered(read), manifest, conf);
            case LHOTSE_CUTS -> LhotseManifest.cuts(numbered(read), conf);
            case OWN, S3_INVENTORY -> read;
          };
      return new ManifestTable(dialect, table, manifest);
    } catch (UserError e) {
      throw e;
    } catch (Exception e) {
      throw Manifest.unreadable(manifest, e);
    }
  }

  /**
   * A CSV, JSON Lines or Parquet file as a table.
   *
   * @throws UserError if its extension is that of none, or it cannot be read
   */
  static Dataset<Row> file(SparkSession spark, Path path) {
    String name = path.getName().toLowerCase(Locale.ROOT);
    String uri = escaped(path.toString());
    try {
      if (name.endsWith(".csv") || name.endsWith(".csv.gz")) {
        return spark
            .read()
            .option("header", true)
            .option("multiLine", true)
            .option("escape", "\"")
            .option("mode", "FAILFAST")
            .csv(uri);
      }
      if (name.matches(".*\\.(jsonl|ndjson|json)(\\.gz)?")) {
        return spark.read().option("mode", "FAILFAST").json(uri);
      }
      if (name.endsWith(".parquet")) {
        return spark.read().parquet(uri);
      }
    } catch (RuntimeException e) {
      throw Manifest.unreadable(path, e);
    }
    throw UserError.usage(
        "the manifest '" + path.getName() + "' is not a .csv, .jsonl or .parquet file");
  }

  /** Spark treats paths as globs. */
  static String escaped(String path) {
    return path.replaceAll("([\\[\\]{}*?])", "\\\\$1");
  }

  /** The rows with their numbers, which costs a pass over them where they are not in one task. */
  private static Dataset<Row> numbered(Dataset<Row> rows) {
    try (JobNames jobs = new JobNames(rows.sparkSession())) {
      jobs.next("list: number the rows of the manifest");
      JavaRDD<Row> numbered = rows.toJavaRDD().zipWithIndex().map(new Numbered());
      return rows.sparkSession()
          .createDataFrame(numbered, rows.schema().add(ROW, DataTypes.LongType));
    }
  }

  /** What wrote the manifest. */
  Dialect dialect() {
    return dialect;
  }

  /** The columns that rows may be asked for. */
  List<String> columns() {
    return Arrays.stream(table.columns()).filter(name -> !OWN_NAMES.contains(name)).toList();
  }

  boolean has(String column) {
    return columns().contains(column);
  }

  /** What to do about a manifest without a column of files: the end of a message. */
  String advice() {
    if (has("audio") && table.schema().apply("audio").dataType() instanceof StructType) {
      return ". A table that holds audio is read with --input and --format, such as --format parquet";
    }
    return ". --uri-column names the column of files";
  }

  /**
   * The rows of clips.
   *
   * @param columns each once; as STRING, of nested ones their JSON, null where the manifest lacks
   *     the column
   * @return those, then {@link #ROW}, {@link #PROBLEM}, {@link #MEMBER}, {@link #BYTES} and {@link
   *     #MODIFIED_MS}; in the manifest's order except where that is one of supervisions. A row that
   *     names several channels comes once for each.
   * @throws UserError if the manifest cannot be read
   */
  Dataset<Row> rows(List<String> columns) {
    StructType schema = table.schema();
    boolean isNumbered = ManifestColumns.has(schema, ROW);
    List<Column> selected = new ArrayList<>();
    columns.forEach(name -> selected.add(ManifestColumns.text(schema, name).as(name)));
    for (String name : HIDDEN.fieldNames()) {
      if (!name.equals(ROW) || isNumbered) {
        selected.add(hidden(schema, name));
      }
    }
    Dataset<Row> clips =
        ManifestColumns.has(schema, SKIPPED)
            ? table.where(SqlNames.named(SKIPPED).isNull())
            : table;
    Dataset<Row> rows = clips.select(selected.toArray(Column[]::new));
    if (isNumbered) {
      return rows;
    }
    try {
      return inOrder(numbered(rows), columns);
    } catch (Exception e) {
      // What Spark throws is checked, which its Java signatures do not say.
      throw Manifest.unreadable(manifest, e);
    }
  }

  private static Column hidden(StructType schema, String name) {
    return ManifestColumns.has(schema, name)
        ? SqlNames.named(name)
        : lit(null).cast(HIDDEN.apply(name).dataType()).as(name);
  }

  private static Dataset<Row> inOrder(Dataset<Row> numbered, List<String> columns) {
    List<String> names = new ArrayList<>(columns);
    names.addAll(List.of(HIDDEN.fieldNames()));
    return numbered.select(names.stream().map(SqlNames::named).toArray(Column[]::new));
  }

  /** How many files are left out, by the reason; runs a Spark job if that can be any. */
  SortedMap<String, Long> skipped() {
    SortedMap<String, Long> skipped = new TreeMap<>();
    if (!ManifestColumns.has(table.schema(), SKIPPED)) {
      return skipped;
    }
    Column reason = SqlNames.named(SKIPPED);
    try (JobNames jobs = new JobNames(table.sparkSession())) {
      jobs.next("list: count what is left out of the manifest");
      // There are as many groups as reasons.
      for (Row row :
          table.where(reason.isNotNull()).groupBy(reason).agg(count("*")).collectAsList()) {
        skipped.put(row.getString(0), row.getLong(1));
      }
    } catch (Exception e) {
      // What Spark throws is checked, which its Java signatures do not say.
      throw Manifest.unreadable(manifest, e);
    }
    return skipped;
  }

  private record Numbered() implements Function<Tuple2<Row, Long>, Row> {
    @Override
    public Row call(Tuple2<Row, Long> indexed) {
      Row row = indexed._1();
      Object[] values = new Object[row.size() + 1];
      for (int i = 0; i < row.size(); i++) {
        values[i] = row.get(i);
      }
      values[row.size()] = indexed._2() + 1;
      return RowFactory.create(values);
    }
  }
}
