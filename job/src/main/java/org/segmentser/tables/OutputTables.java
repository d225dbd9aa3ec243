package org.segmentser.tables;

import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.concat;
import static org.apache.spark.sql.functions.lit;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.SparkThrowable;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.segmentser.FileSystems;
import org.segmentser.UserError;

/**
 * The tables of an output as they are: the rows of all runs, whether complete or not. Columns that
 * a run did not write are null.
 */
abstract class OutputTables {
  /** A channel as something that is equal to itself: -1 for the average of all. */
  static final Column VOICE = coalesce(col("channel"), lit(-1));

  /** The settings of a run; one that does not tell them has none in common with others. */
  static final Column SETTINGS =
      coalesce(col("settings_id"), concat(lit("of run "), col("run_id")));

  /** What has rows of runs. */
  static final List<Table> OF_RUNS = List.of(Table.CLIPS, Table.SEGMENTS, Table.EMBEDDINGS);

  private static final StructType CLIPS =
      ofRuns(
          new StructType()
              .add("clip_id", DataTypes.StringType)
              .add("channel", DataTypes.IntegerType)
              .add("bytes", DataTypes.LongType)
              .add("modified", DataTypes.TimestampType)
              .add("start_s", DataTypes.DoubleType)
              .add("end_s", DataTypes.DoubleType)
              .add("status", DataTypes.StringType)
              .add("segments", DataTypes.IntegerType)
              .add("model_id", DataTypes.StringType)
              .add("settings_id", DataTypes.StringType));

  private static final StructType SEGMENTS =
      ofRuns(
          new StructType()
              .add("clip_id", DataTypes.StringType)
              .add("channel", DataTypes.IntegerType)
              .add("segment_index", DataTypes.IntegerType));

  private final SparkSession spark;
  private final FileSystem fs;
  private final Path root;

  OutputTables(SparkSession spark, String directory) throws IOException {
    Path path = new Path(directory);
    this.spark = spark;
    fs = FileSystems.of(path, spark.sessionState().newHadoopConf());
    root = fs.makeQualified(path);
  }

  static StructType ofRuns(StructType columns) {
    return columns.add("run_date", DataTypes.DateType).add("run_id", DataTypes.StringType);
  }

  /**
   * The tables of an output, which may not be there yet.
   *
   * @throws UserError if there is no such catalog, or it cannot keep runs whole
   * @throws IOException if there is no such file system
   */
  static OutputTables of(SparkSession spark, Destination output) throws IOException {
    return output.isCatalog()
        ? CatalogTables.of(spark, output)
        : new ParquetTables(spark, output.output());
  }

  /**
   * Finds the tables of an output.
   *
   * @throws UserError if it does not exist or holds no run
   * @throws IOException if it cannot be listed
   */
  static OutputTables open(SparkSession spark, Destination output) throws IOException {
    OutputTables tables = of(spark, output);
    if (!tables.holdsRuns()) {
      throw tables.exists() ? noRuns(output) : UserError.input("no such output: " + output);
    }
    return tables;
  }

  static UserError noRuns(Destination output) {
    return UserError.input(
        output.isCatalog()
            ? "no runs in " + output + "; is it the --output-tables of score or embed?"
            : "no runs below " + output + "; is it the --output of score or embed?");
  }

  SparkSession spark() {
    return spark;
  }

  /** The file system of the directory. */
  FileSystem fs() {
    return fs;
  }

  /** The directory in which runs stage their rows, qualified. */
  Path root() {
    return root;
  }

  /** Whether there is such an output, though it may be empty. */
  abstract boolean exists() throws IOException;

  /** Whether a complete run is there. */
  abstract boolean holdsRuns() throws IOException;

  /**
   * The rows of a table; none if there is no such table.
   *
   * @param schema of the columns that are wanted
   */
  abstract Dataset<Row> rows(String table, StructType schema) throws IOException;

  /** Whether there is such a table. */
  abstract boolean has(String table) throws IOException;

  /** The rows of a table with all columns that it has; empty if there is no such table. */
  abstract Optional<Dataset<Row>> rows(String table) throws IOException;

  /** Which runs have rows in which tables. */
  abstract List<Partition> partitions() throws IOException;

  /** Whether a run is complete by now. */
  abstract boolean isComplete(String runId) throws IOException;

  /** What other executions staged here and have not removed, as one line for the user. */
  Optional<String> leftovers() {
    return RunOutput.leftovers(fs, root, null);
  }

  /** Where they are, for the user. */
  @Override
  public abstract String toString();

  /** The rows of {@code runs}. */
  Dataset<Row> runs() throws IOException {
    return rows(Table.RUNS.label(), RunCodec.SCHEMA);
  }

  /** What tells a clip's outcome. */
  Dataset<Row> clips() throws IOException {
    return rows(Table.CLIPS.label(), CLIPS);
  }

  /** Where rows of {@code segments} or {@code embeddings} belong. */
  Dataset<Row> segments() throws IOException {
    return segments(Table.SEGMENTS).union(segments(Table.EMBEDDINGS));
  }

  Dataset<Row> segments(Table table) throws IOException {
    return rows(table.label(), SEGMENTS);
  }

  /** Which clips were removed of which runs; empty if none ever was. */
  Optional<Dataset<Row>> forgotten() throws IOException {
    return has(Forgotten.LABEL)
        ? Optional.of(rows(Forgotten.LABEL, Forgotten.SCHEMA))
        : Optional.empty();
  }

  /** The ids of the clips that were removed, each once; empty if none ever was. */
  Optional<Dataset<Row>> forgottenIds() throws IOException {
    return forgotten().map(rows -> rows.select("clip_id").distinct());
  }

  /**
   * A run's rows in a table.
   *
   * @param runDate as text
   */
  record Partition(String table, String runDate, String runId) {
    @Override
    public String toString() {
      return table + "/run_date=" + runDate + "/run_id=" + runId;
    }
  }

  /** What to do where it is known why a file cannot be read. */
  private static String remedy(String condition, String reason) {
    if (reason.contains(Merge.JOURNAL)) {
      return "; 'maintain' is replacing files there, or died while it did: try again, or run it";
    }
    return condition.endsWith("FILE_NOT_EXIST")
        ? "; if another process has replaced it since this one began, try again"
        : "";
  }

  /** Which file cannot be read, where the reason itself does not name it. */
  private static String inFile(SparkThrowable thrown, Throwable root) {
    String path = thrown.getMessageParameters().getOrDefault("path", "");
    String name = path.substring(path.lastIndexOf('/') + 1);
    return name.isEmpty() || UserError.reason(root).contains(name) ? "" : ", file " + name;
  }

  /**
   * What a fault of reading means: a word to the user where a file of the output cannot be read.
   * Spark's own exceptions are checked, which its Java signatures do not say.
   */
  static RuntimeException unreadable(Destination output, Exception thrown) {
    for (Throwable e = thrown; e != null; e = e.getCause()) {
      String condition = e instanceof SparkThrowable spark ? spark.getCondition() : null;
      if (condition != null && condition.startsWith("FAILED_READ_FILE")) {
        Throwable root = UserError.rootOf(e);
        String remedy = remedy(condition, UserError.reason(root));
        String what = "the output " + output + inFile((SparkThrowable) e, root);
        return remedy.isEmpty()
            ? UserError.unreadable(what, root)
            : UserError.input("cannot read " + what + ": " + UserError.reason(root) + remedy);
      }
    }
    if (thrown instanceof IOException || thrown instanceof IllegalArgumentException) {
      return UserError.unreadable("the output " + output, thrown);
    }
    return thrown instanceof RuntimeException unchecked
        ? unchecked
        : new IllegalStateException(thrown);
  }
}
