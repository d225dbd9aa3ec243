package org.segmentser.source;

import static org.apache.spark.sql.functions.array;
import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.concat_ws;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.sha2;
import static org.apache.spark.sql.functions.substring;
import static org.apache.spark.sql.functions.udf;
import static org.apache.spark.sql.functions.unix_millis;
import static org.apache.spark.sql.functions.when;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.function.Function;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.api.java.UDF1;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.BinaryType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StringType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.segmentser.Credentials;
import org.segmentser.FileSystems;
import org.segmentser.JobNames;
import org.segmentser.Sha256;
import org.segmentser.SqlNames;
import org.segmentser.UserError;
import org.segmentser.audio.AudioLocation;
import org.segmentser.segment.Section;
import scala.collection.Seq;
import scala.jdk.javaapi.CollectionConverters;

/**
 * A table that holds audio in a column, in any format that Spark reads. Its audio goes from Spark's
 * own scan of it straight to the decoder: no row is moved to another task.
 *
 * <p>The column is BINARY, or a struct of {@code bytes} and {@code path} as Hugging Face's datasets
 * have it, whose path may tell the format. A clip's id is the value of the id column, or else that
 * of {@code id}, or else the file and the number of the row in it, which only Parquet tells.
 */
final class AudioTable {
  private static final String DEFAULT_AUDIO = "audio";
  private static final String DEFAULT_ID = "id";

  /** Between the file and the number of the row in an id. */
  private static final String ROW_MARK = "!";

  /** Of an id's hash that tells it from others. */
  private static final int HASH_DIGITS = 16;

  private static final String BYTES = "bytes";
  private static final String PATH = "path";

  /** Spark's own columns. */
  private static final String FILE = "_metadata.file_path";

  private static final String ROW = "_metadata.row_index";
  private static final String MODIFIED = "_metadata.file_modification_time";

  /**
   * Rows that Spark's readers hold at a time: a clip's audio may be large. The default is 4,096.
   */
  private static final int ROWS_PER_BATCH = 16;

  /** Audio that a partition gives to those who ask for some rows. */
  private static final long FIRST_BYTES = 32 << 20;

  private final SparkSession spark;
  private final String name;
  private final Dataset<Row> table;
  private final Inputs.Columns columns;

  /** Of the selected rows, in this order; kept ones follow. */
  private static final int ID_AT = 0;

  private static final int AUDIO_AT = 1;
  private static final int PATH_AT = 2;
  private static final int FILE_AT = 3;
  private static final int ROW_AT = 4;
  private static final int MODIFIED_AT = 5;
  private static final int KEPT_AT = 6;

  private AudioTable(SparkSession spark, String name, Dataset<Row> table, Inputs.Columns columns) {
    this.spark = spark;
    this.name = name;
    this.table = table;
    this.columns = columns;
  }

  /**
   * Opens a table.
   *
   * @param name its path, or its name in a catalog
   * @param format as Spark calls it
   * @throws UserError if Spark does not find or cannot read it, or it lacks a column
   */
  static AudioTable open(SparkSession spark, String name, String format, Inputs.Columns columns) {
    SparkSession own = spark.newSession();
    own.conf().set("spark.sql.parquet.columnarReaderBatchSize", ROWS_PER_BATCH);
    own.conf().set("spark.sql.orc.columnarReaderBatchSize", ROWS_PER_BATCH);
    AudioTable opened = new AudioTable(own, name, read(own, name, format), columns);
    opened.check(format);
    return opened;
  }

  private static Dataset<Row> read(SparkSession spark, String name, String format) {
    boolean isPath = name.contains("/");
    if (isPath) {
      FileSystems.check(name, spark.sessionState().newHadoopConf());
    }
    try {
      return isPath || !isTable(spark, name)
          ? spark.read().format(format).load(name)
          : spark.table(name);
    } catch (Exception e) {
      // Spark's own exceptions are checked, which its Java signatures do not say.
      throw UserError.input(
          "cannot read the table "
              + name
              + " as "
              + format
              + ": "
              + UserError.reason(UserError.rootOf(e)));
    }
  }

  private static boolean isTable(SparkSession spark, String name) {
    try {
      return spark.catalog().tableExists(name);
    } catch (Exception e) {
      // A path such as 2026-11-22 does not parse as the name of a table.
      return false;
    }
  }

  private void check(String format) {
    String audio = audioColumn();
    require(audio);
    DataType type = type(audio);
    if (!(type instanceof BinaryType) && !isStruct(type)) {
      throw UserError.input(
          "the column '"
              + audio
              + "' of the table "
              + name
              + " is of type "
              + type.catalogString()
              + "; audio is BINARY, or a struct of bytes and path");
    }
    if (columns.id() != null) {
      require(columns.id());
    }
    columns.kept().stream()
        .filter(kept -> !columns.optional().contains(kept))
        .forEach(this::require);
    if (idColumn() == null && !has(ROW)) {
      throw UserError.usage(
          "rows of "
              + format
              + " tables have no number that could name them: --id-column must say which column of "
              + name
              + " has the clips' ids");
    }
  }

  private static boolean isStruct(DataType type) {
    if (!(type instanceof StructType struct)) {
      return false;
    }
    return Arrays.stream(struct.fields())
        .anyMatch(field -> field.name().equals(BYTES) && field.dataType() instanceof BinaryType);
  }

  private String audioColumn() {
    return columns.audio() == null ? DEFAULT_AUDIO : columns.audio();
  }

  /** Null where rows are named by their numbers. */
  private String idColumn() {
    return columns.id() != null ? columns.id() : has(DEFAULT_ID) ? DEFAULT_ID : null;
  }

  private void require(String column) {
    if (!has(column)) {
      throw UserError.input(
          "the table "
              + name
              + " has no column '"
              + column
              + "'; it has "
              + String.join(", ", table.columns())
              + (column.equals(DEFAULT_AUDIO) ? ". --audio-column names the one with audio" : ""));
    }
  }

  /** Whether there is a column, or a field of one after a dot. */
  boolean has(String column) {
    try {
      return table.select(column(column)) != null;
    } catch (Exception e) {
      // Spark's own exceptions are checked, which its Java signatures do not say.
      return false;
    }
  }

  /** A column by its whole name, or a field of a struct. */
  private Column column(String column) {
    return Arrays.asList(table.columns()).contains(column)
        ? table.col(SqlNames.quoted(column))
        : table.col(column);
  }

  private Column orNull(String column, DataType type) {
    return has(column) ? column(column).cast(type) : lit(null).cast(type);
  }

  private Column text(String column) {
    return has(column)
        ? ManifestColumns.text(column(column), type(column))
        : lit(null).cast("string");
  }

  private DataType type(String column) {
    return table.select(column(column)).schema().fields()[0].dataType();
  }

  /** What is known of the rows, with their audio or without. */
  private Dataset<Row> rows(Column audio, Column path) {
    List<Column> selected = new ArrayList<>();
    String id = idColumn();
    selected.add(id == null ? lit(null).cast("string") : column(id).cast("string"));
    selected.add(audio);
    selected.add(path);
    selected.add(orNull(FILE, DataTypes.StringType));
    selected.add(orNull(ROW, DataTypes.LongType));
    selected.add(orNull(MODIFIED, DataTypes.TimestampType));
    columns.kept().forEach(kept -> selected.add(text(kept)));
    return table.select(selected.toArray(Column[]::new)).toDF(names());
  }

  private String[] names() {
    List<String> names = new ArrayList<>(List.of("id", "audio", "path", "file", "row", "modified"));
    for (int i = 0; i < columns.kept().size(); i++) {
      names.add("kept" + i);
    }
    return names.toArray(String[]::new);
  }

  private Dataset<Row> withAudio() {
    DataType type = type(audioColumn());
    if (type instanceof BinaryType) {
      return rows(column(audioColumn()), lit(null).cast("string"));
    }
    Column audio = column(audioColumn());
    boolean hasPath = Arrays.stream(((StructType) type).fields()).anyMatch(AudioTable::isPath);
    return rows(audio.getField(BYTES), hasPath ? audio.getField(PATH) : lit(null).cast("string"));
  }

  private static boolean isPath(StructField field) {
    return field.name().equals(PATH) && field.dataType() instanceof StringType;
  }

  /** How many rows there are. A job reads the ids, if there is a column of them. */
  long countRows() {
    try (JobNames jobs = new JobNames(spark)) {
      jobs.next("list: count the rows of the table");
      Dataset<Row> ids = ids();
      if (idColumn() == null) {
        return ids.count();
      }
      Row counts = ids.agg(count(lit(1)), count(col("id"))).first();
      long rows = counts.getLong(0);
      long nulls = rows - counts.getLong(1);
      if (nulls > 0) {
        throw UserError.input(
            String.format(
                Locale.ROOT,
                "%,d row%s of the table %s %s no value in the column '%s', which should hold the ids",
                nulls,
                nulls == 1 ? "" : "s",
                name,
                nulls == 1 ? "has" : "have",
                idColumn()));
      }
      List<Row> twice =
          ids.groupBy("id")
              .agg(count(lit(1)).as("rows"))
              .where(col("rows").gt(1))
              .orderBy(col("id"))
              .limit(1)
              .collectAsList();
      if (!twice.isEmpty()) {
        throw UserError.input(
            twice.get(0).getLong(1)
                + " rows of the table "
                + name
                + " have the id '"
                + twice.get(0).getString(0)
                + "'; ids must be unique");
      }
      return rows;
    } catch (UserError e) {
      throw e;
    } catch (Exception e) {
      // Spark's own exceptions are checked, which its Java signatures do not say.
      throw UserError.input(
          "cannot read the table " + name + ": " + UserError.reason(UserError.rootOf(e)));
    }
  }

  /** About how many bytes Spark will read. */
  long bytes() {
    return table.queryExecution().optimizedPlan().stats().sizeInBytes().longValue();
  }

  /** All rows as clips with their audio, in the partitions of Spark's scan. */
  JavaRDD<WorkItem> items() {
    return withAudio().toJavaRDD().map(new ToItem(name));
  }

  /** In how many partitions Spark reads the rows. */
  int partitions() {
    return Math.max(1, withAudio().toJavaRDD().getNumPartitions());
  }

  /**
   * The first rows, which Spark reads partition by partition until there are enough, always the
   * same ones.
   */
  List<WorkItem> first(int most) {
    return items().mapPartitions(AudioTable::few).take(most);
  }

  /** The first items, as long as they take little memory together. */
  private static Iterator<WorkItem> few(Iterator<WorkItem> items) {
    return new Iterator<>() {
      private long bytes;

      @Override
      public boolean hasNext() {
        return bytes < FIRST_BYTES && items.hasNext();
      }

      @Override
      public WorkItem next() {
        WorkItem item = items.next();
        bytes += item.content() == null ? 0 : item.content().length;
        return item;
      }
    };
  }

  /** A clip whose audio nobody asked for yet. */
  private static Clip present(WorkItem item) {
    Clip clip = item.clip();
    return clip.found(null, clip.modifiedMs() == null ? Long.valueOf(0) : clip.modifiedMs(), null);
  }

  /** All rows as clips without their audio. */
  List<Clip> clips() {
    return rows(lit(null).cast("binary"), lit(null).cast("string"))
        .toJavaRDD()
        .map(new ToItem(name))
        .map(AudioTable::present)
        .collect();
  }

  /** The ids, one a row; null where a column of them has none. */
  Dataset<Row> ids() {
    Dataset<Row> rows = rows(lit(null).cast("binary"), lit(null).cast("string"));
    return rows.select(id().as("id"));
  }

  /** As {@link ToItem} names the rows. */
  private Column id() {
    Column file = coalesce(col("file"), lit(name));
    if (idColumn() == null) {
      return concat_ws(ROW_MARK, file, col("row"));
    }
    Column[] texts =
        Stream.concat(Stream.of("id"), Arrays.stream(names()).skip(KEPT_AT))
            .map(functions::col)
            .toArray(Column[]::new);
    UDF1<Seq<String>, Boolean> holdCredentials =
        values -> holdCredentials(CollectionConverters.asJava(values));
    Column isSecret = udf(holdCredentials, DataTypes.BooleanType).apply(array(texts));
    Column number =
        coalesce(col("row").cast("string"), substring(sha2(col("id"), 256), 1, HASH_DIGITS));
    return when(col("id").isNotNull().and(isSecret), concat_ws(ROW_MARK, file, number))
        .otherwise(col("id"));
  }

  private static boolean holdCredentials(Collection<String> texts) {
    return texts.stream().anyMatch(text -> text != null && Credentials.in(text));
  }

  /**
   * Hashes of the ids of the rows that are not known, in order.
   *
   * @param known what need not be read
   */
  long[] without(Known known) {
    return known
        .withoutRows(contents())
        .select("clip_id")
        .toJavaRDD()
        .map(row -> hash(row.getString(0)))
        .collect()
        .stream()
        .mapToLong(Long::longValue)
        .sorted()
        .toArray();
  }

  /** A number that hardly any other id has. */
  static long hash(String id) {
    return Long.parseUnsignedLong(Sha256.of(id).substring(0, HASH_DIGITS), 16);
  }

  /** What is known of the rows without reading their audio, as {@link Corpus#CONTENTS}. */
  Dataset<Row> contents() {
    Dataset<Row> rows = rows(lit(null).cast("binary"), lit(null).cast("string"));
    return rows.select(
        id().as("clip_id"),
        lit(null).cast("bigint").as("bytes"),
        unix_millis(col("modified")).as("modified"),
        lit(null).cast("double").as("start_s"),
        lit(null).cast("double").as("end_s"),
        lit(true).as("is_row"));
  }

  private record ToItem(String table) implements Function<Row, WorkItem> {
    @Override
    public WorkItem call(Row row) {
      byte[] audio = (byte[]) row.get(AUDIO_AT);
      String file = row.isNullAt(FILE_AT) ? table : row.getString(FILE_AT);
      Long number = row.isNullAt(ROW_AT) ? null : row.getLong(ROW_AT);
      String id = row.isNullAt(ID_AT) ? file + ROW_MARK + number : row.getString(ID_AT);
      List<String> kept = new ArrayList<>();
      for (int i = KEPT_AT; i < row.size(); i++) {
        kept.add(row.getString(i));
      }
      String unreadable = audio == null ? "the row has no audio" : null;
      if (holdCredentials(List.of(id)) || holdCredentials(kept)) {
        // Not all formats number their rows.
        id = file + ROW_MARK + (number == null ? Sha256.of(id).substring(0, HASH_DIGITS) : number);
        kept.replaceAll(value -> null);
        unreadable = "the row " + ManifestRows.CREDENTIALS;
      }
      Long length = audio == null ? null : (long) audio.length;
      Clip clip =
          new Clip(
              id,
              new AudioLocation(file, 0, length, row.getString(PATH_AT), number),
              row.isNullAt(MODIFIED_AT) ? null : row.getTimestamp(MODIFIED_AT).getTime(),
              null,
              null,
              unreadable,
              null,
              kept);
      return new WorkItem(clip, Section.WHOLE, audio);
    }
  }
}
