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
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.BiFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.api.java.function.Function;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.MapType;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.util.SerializableConfiguration;
import org.segmentser.FileSystems;
import org.segmentser.JobNames;
import org.segmentser.UserError;

/**
 * Reads {@code --manifest}: a CSV (with a header), JSON Lines or Parquet file, told by its
 * extension, with the column {@code uri} and, if wanted, {@code id}, {@code start_s} and {@code
 * end_s}. A relative URI counts from the manifest's directory. Other columns are kept as text if
 * they are asked for.
 *
 * <p>A row that cannot mean a clip is an error that names the row; a file that is not there is left
 * to become the clip's outcome, other than where clips are {@linkplain #labelled labelled}.
 */
public final class Manifest {
  /** Rows whose files are looked up by one Spark task. */
  private static final int ROWS_A_TASK = 2_000;

  private static final String[] CLIP_COLUMNS = {Source.URI_COLUMN, "id", "start_s", "end_s"};

  private final String manifest;
  private final Configuration conf;
  private final Path directory;
  private final Dataset<Row> table;
  private final Map<String, Integer> rowOfId = new HashMap<>();

  /**
   * What the columns of a manifest of labelled clips are called.
   *
   * @param uri of the files
   * @param label of the emotions
   * @param speaker who speaks; need be there only if it is not called as in {@link #DEFAULT}
   * @param session in which a clip was recorded; as {@code speaker}
   */
  public record Columns(String uri, String label, String speaker, String session) {
    /** The names where none are chosen. */
    public static final Columns DEFAULT = new Columns("uri", "label", "speaker", "session");
  }

  /**
   * A manifest of clips.
   *
   * @param uri of the manifest
   * @param uriColumn what its column of files is called
   * @param kept other columns whose values the clips keep
   */
  public record Source(String uri, String uriColumn, List<String> kept) {
    /** What the column of files is called where nothing else is said. */
    public static final String URI_COLUMN = "uri";
  }

  private Manifest(SparkSession spark, String manifest) {
    this.manifest = manifest;
    conf = spark.sessionState().newHadoopConf();
    FileSystems.check(manifest, conf);
    Path path;
    try {
      path = new Path(manifest);
      Tree.of(path, conf).find(path);
      path = FileSystems.of(path, conf).resolvePath(path);
    } catch (FileNotFoundException e) {
      throw UserError.input("no such manifest: " + manifest);
    } catch (IOException | IllegalArgumentException e) {
      throw UserError.input("cannot read the manifest " + manifest + ": " + UserError.reason(e));
    }
    directory = path.getParent();
    table = table(spark, path);
  }

  /**
   * Lists a manifest's clips. The files' lengths are looked up by Spark tasks; where that fails
   * they are unknown, and whoever reads the file finds out.
   *
   * @throws UserError if the manifest cannot be read, lacks a column, or a row is wrong
   */
  public static Corpus list(SparkSession spark, Source source) {
    Manifest opened = new Manifest(spark, source.uri());
    List<String> kept = source.kept();
    opened.require(source.uriColumn());
    kept.forEach(opened::require);
    String[] columns = CLIP_COLUMNS.clone();
    columns[0] = source.uriColumn();
    List<Clip> clips =
        opened.rows(
            (row, number) -> opened.clip(row, number, kept),
            Stream.concat(Arrays.stream(columns), kept.stream()).toArray(String[]::new));
    return new Corpus(lookUp(spark, clips), new TreeMap<>(), kept);
  }

  /**
   * Lists a manifest's clips with their labels, and with speakers and sessions where it has columns
   * of them. Every file must be there.
   *
   * @param labels that a row may have; the case of letters does not matter
   * @throws UserError if the manifest cannot be read, or a row is wrong
   */
  public static LabelledCorpus labelled(
      SparkSession spark, String manifest, Columns columns, List<String> labels) {
    Manifest opened = new Manifest(spark, manifest);
    opened.require(columns.uri());
    opened.require(columns.label());
    opened.requireIfNamed(columns.speaker(), Columns.DEFAULT.speaker());
    opened.requireIfNamed(columns.session(), Columns.DEFAULT.session());
    boolean speakers = opened.has(columns.speaker());
    Labels known = new Labels(labels);
    List<LabelledClip> rows =
        opened.rows(
            (row, number) -> opened.labelled(row, number, known, speakers),
            columns.uri(),
            CLIP_COLUMNS[1],
            CLIP_COLUMNS[2],
            CLIP_COLUMNS[3],
            columns.label(),
            columns.speaker(),
            columns.session());
    List<Clip> found = lookUp(spark, rows.stream().map(LabelledClip::clip).toList());
    List<LabelledClip> clips = new ArrayList<>();
    for (int i = 0; i < rows.size(); i++) {
      Clip clip = found.get(i);
      if (clip.modifiedMs() == null) {
        throw opened.rowError(
            i + 1, "names " + clip.uri() + ", which cannot be read: " + opened.fault(clip));
      }
      LabelledClip row = rows.get(i);
      clips.add(new LabelledClip(clip, row.label(), row.speaker(), row.session()));
    }
    return new LabelledCorpus(clips, new TreeMap<>(), new TreeMap<>());
  }

  private void require(String column) {
    if (!has(column)) {
      throw UserError.input(
          "the manifest "
              + manifest
              + " has no column '"
              + column
              + "'; it has "
              + String.join(", ", table.columns())
              + (column.equals(Source.URI_COLUMN) ? foreign() : ""));
    }
  }

  /** What to do with a manifest that is made for other programs. */
  private String foreign() {
    if (has("audio_filepath")) {
      return ". A NeMo manifest is read with --uri-column audio_filepath, each file as a whole";
    }
    if (has("recording") || has("sources")) {
      return ". Lhotse manifests are not read: write one with a row per file";
    }
    if (has("audio") && table.schema().apply("audio").dataType() instanceof StructType) {
      return ". Hugging Face datasets that hold audio are not read: write the audio to files";
    }
    return ". The column of files is named with --uri-column";
  }

  private void requireIfNamed(String column, String byDefault) {
    if (!column.equals(byDefault)) {
      require(column);
    }
  }

  private boolean has(String column) {
    return List.of(table.columns()).contains(column);
  }

  /** Reads all rows, counted from 1, with the values of {@code columns} as strings. */
  private <T> List<T> rows(BiFunction<Row, Integer, T> reader, String... columns) {
    List<T> read = new ArrayList<>();
    Iterator<Row> rows = table.select(strings(columns)).toLocalIterator();
    for (int number = 1; hasNext(rows); number++) {
      read.add(reader.apply(rows.next(), number));
    }
    if (read.isEmpty()) {
      throw UserError.input("the manifest " + manifest + " has no rows");
    }
    return read;
  }

  /** A file may prove broken only where it is read. */
  private boolean hasNext(Iterator<Row> rows) {
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
      if (name.matches(".*\\.(jsonl|ndjson|json)(\\.gz)?")) {
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

  private Column[] strings(String... columns) {
    return Arrays.stream(columns)
        .map(name -> has(name) ? string(name) : functions.lit(null).cast("string"))
        .toArray(Column[]::new);
  }

  /** A column as text; of nested ones, their JSON. */
  private Column string(String name) {
    Column column = table.col("`" + name.replace("`", "``") + "`");
    DataType type = table.schema().apply(name).dataType();
    return type instanceof StructType || type instanceof ArrayType || type instanceof MapType
        ? functions.to_json(column)
        : column.cast("string");
  }

  private LabelledClip labelled(Row row, int number, Labels labels, boolean speakers) {
    Clip clip = clip(row, number, List.of());
    String label = text(row, 4);
    if (label == null) {
      throw rowError(number, "has no label");
    }
    String known = labels.known(label);
    if (known == null) {
      throw rowError(number, "has " + labels.unknown(label));
    }
    String speaker = text(row, 5);
    if (speakers && speaker == null) {
      throw rowError(number, "has no speaker");
    }
    return new LabelledClip(clip, known, speaker, text(row, 6));
  }

  private Clip clip(Row row, int number, List<String> columns) {
    List<String> kept =
        IntStream.range(0, columns.size())
            .mapToObj(i -> row.getString(CLIP_COLUMNS.length + i))
            .collect(Collectors.toCollection(ArrayList::new));
    Stream.concat(Stream.of(text(row, 0), text(row, 1)), kept.stream())
        .filter(Objects::nonNull)
        .forEach(value -> refuseCredentials(value, number));
    String uri = text(row, 0);
    if (uri == null) {
      throw rowError(number, "has no uri");
    }
    FileSystems.problem(uri, conf)
        .ifPresent(
            problem -> {
              throw rowError(number, "has the uri '" + uri + "': " + problem);
            });
    Double start = seconds(row, 2, number);
    Double end = seconds(row, 3, number);
    if (end != null && end <= (start == null ? 0 : start)) {
      throw rowError(number, "ends at " + end + " s, not after its start");
    }
    Path path;
    try {
      path = new Path(directory, uri);
    } catch (IllegalArgumentException e) {
      throw rowError(number, "has the uri '" + uri + "': " + UserError.reason(e));
    }
    String id = text(row, 1);
    if (id == null) {
      id = path.toString();
    }
    Integer earlier = rowOfId.putIfAbsent(id, number);
    if (earlier != null) {
      throw rowError(number, "has the id '" + id + "' of row " + earlier + "; ids are unique");
    }
    return new Clip(id, path.toString(), null, null, start, end, null, kept);
  }

  private void refuseCredentials(String value, int number) {
    UserError.refuseCredentials("row " + number + " of the manifest " + manifest, value);
  }

  /** A value without the blanks around it; null where there is none. */
  private static String text(Row row, int column) {
    String text = row.getString(column);
    return text == null || text.isBlank() ? null : text.strip();
  }

  private Double seconds(Row row, int column, int number) {
    String text = text(row, column);
    if (text == null) {
      return null;
    }
    try {
      double value = Double.parseDouble(text);
      if (value >= 0 && value < Double.POSITIVE_INFINITY) {
        return value;
      }
    } catch (NumberFormatException e) {
      // told below
    }
    throw rowError(
        number,
        "has "
            + CLIP_COLUMNS[column]
            + " '"
            + text
            + "'; it must be a number of seconds, at least 0");
  }

  private UserError rowError(int number, String what) {
    return UserError.input("row " + number + " of the manifest " + manifest + " " + what);
  }

  private static List<Clip> lookUp(SparkSession spark, List<Clip> clips) {
    JavaSparkContext context = JavaSparkContext.fromSparkContext(spark.sparkContext());
    Broadcast<SerializableConfiguration> conf =
        context.broadcast(new SerializableConfiguration(spark.sessionState().newHadoopConf()));
    try (JobNames jobs = new JobNames(spark)) {
      jobs.next("list: look up the files of the manifest");
      int tasks = (clips.size() + ROWS_A_TASK - 1) / ROWS_A_TASK;
      return context.parallelize(clips, tasks).map(new LookUp(conf)).collect();
    }
  }

  /** Why a file that was not found cannot be read. */
  private String fault(Clip clip) {
    if (clip.unreadable() != null) {
      return clip.unreadable();
    }
    try {
      Path path = new Path(clip.uri());
      Tree.of(path, conf).find(path);
      return "it could not be looked at before";
    } catch (IOException | RuntimeException e) {
      return UserError.reason(e);
    }
  }

  private record LookUp(Broadcast<SerializableConfiguration> conf) implements Function<Clip, Clip> {
    @Override
    public Clip call(Clip clip) {
      Path path = new Path(clip.uri());
      try {
        Node<?> file = Tree.of(path, conf.value().value()).find(path);
        return file.isDirectory()
            ? found(clip, null, null, "a directory, not a file")
            : found(clip, file.bytes(), file.modifiedMs(), file.trouble());
      } catch (FileNotFoundException e) {
        return found(clip, null, null, "no such file");
      } catch (IOException | RuntimeException e) {
        // It may be there when it is read; if not, that will be the reason.
        return clip;
      }
    }

    private static Clip found(Clip clip, Long bytes, Long modifiedMs, String unreadable) {
      return new Clip(
          clip.id(),
          clip.uri(),
          bytes,
          modifiedMs,
          clip.startS(),
          clip.endS(),
          unreadable,
          clip.kept());
    }
  }
}
