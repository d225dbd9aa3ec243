package org.segmentser.source;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
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
import org.segmentser.audio.AudioLocation;
import org.segmentser.audio.Channels;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads {@code --manifest}: a CSV (with a header), JSON Lines or Parquet file, recognised by its
 * extension, with the column {@code uri} and, optionally, {@code id}, {@code start_s} and {@code
 * end_s}. The columns {@code channel} and {@code party} say which channel of the file a row is,
 * from 0, and who speaks on it. A relative URI is resolved against the manifest's directory. Other
 * columns are kept as text if asked for.
 *
 * <p>A row that cannot denote a clip is an error that names the row; a missing file is left to
 * become the clip's outcome, unless whoever lists the clips {@linkplain #requireFound requires it}.
 */
public final class Manifest {
  private static final Logger LOG = LoggerFactory.getLogger(Manifest.class);

  /** Rows whose files one Spark task looks up. */
  private static final int ROWS_PER_TASK = 2_000;

  private static final String ID = "id";
  private static final String START_S = "start_s";
  private static final String END_S = "end_s";
  private static final String CHANNEL = "channel";
  private static final String PARTY = "party";

  /** More channels than recordings have. */
  private static final int MOST_CHANNELS = 64;

  private final SparkSession spark;
  private final String manifest;
  private final Configuration conf;
  private final Path directory;
  private final Dataset<Row> table;
  private final Map<String, Integer> rowOfId = new HashMap<>();

  /**
   * A manifest of clips.
   *
   * @param uri of the manifest
   * @param uriColumn the name of its column of files
   * @param kept other columns whose values the clips keep
   */
  public record Source(String uri, String uriColumn, List<String> kept) {
    /** The name of the column of files unless another is given. */
    public static final String URI_COLUMN = "uri";
  }

  private Manifest(SparkSession spark, String manifest) {
    this.spark = spark;
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
  public static ListedClips list(SparkSession spark, Source source) {
    Manifest manifest = open(spark, source.uri());
    List<String> kept = source.kept();
    manifest.require(source.uriColumn());
    kept.forEach(manifest::require);
    Map<String, Clip> clips = new LinkedHashMap<>();
    for (ManifestRow row :
        manifest.rows(
            Stream.concat(Stream.of(source.uriColumn()), kept.stream()).toArray(String[]::new))) {
      Clip clip = manifest.located(row, source.uriColumn(), kept);
      Clip earlier = clips.get(clip.id());
      if (earlier == null || !isOtherChannel(clip, earlier)) {
        manifest.refuseKnown(row, clip);
        clips.put(clip.id(), clip);
      } else if (!clip.kept().equals(earlier.kept())) {
        throw manifest.rowError(
            row,
            "is another channel of '"
                + clip.id()
                + "', but keeps other values; they must be equal");
      } else {
        clips.put(clip.id(), earlier.withChannelsOf(clip));
      }
    }
    ListedClips listed =
        new ListedClips(manifest.lookUp(List.copyOf(clips.values())), new TreeMap<>(), kept);
    LOG.info("listed the manifest {}: {}", source.uri(), listed.summary());
    return listed;
  }

  /**
   * A row of a manifest.
   *
   * @param number counted from 1
   * @param values text by column; null where there is none
   */
  public record ManifestRow(int number, Map<String, String> values) {
    /** A value without surrounding blanks; null where there is none. */
    public String text(String column) {
      String text = values.get(column);
      return text == null || text.isBlank() ? null : text.strip();
    }
  }

  /**
   * Opens a manifest; its rows are read later.
   *
   * @throws UserError if it does not exist or its format is unknown
   */
  public static Manifest open(SparkSession spark, String uri) {
    return new Manifest(spark, uri);
  }

  /**
   * Refuses a manifest that lacks a column.
   *
   * @throws UserError that names the columns that it has
   */
  public void require(String column) {
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

  /** What to do with a manifest that was made for other programs. */
  private String foreign() {
    if (has("audio_filepath")) {
      return ". A NeMo manifest is read with --uri-column audio_filepath, each file as a whole";
    }
    if (has("recording") || has("sources")) {
      return ". Lhotse manifests are not read: write one with one row per file";
    }
    if (has("audio") && table.schema().apply("audio").dataType() instanceof StructType) {
      return ". Hugging Face datasets that hold audio are not read: write the audio to files";
    }
    return ". --uri-column names the column of files";
  }

  /** Whether there is such a column. */
  public boolean has(String column) {
    return List.of(table.columns()).contains(column);
  }

  /**
   * Reads all rows: where a clip is, and more columns if the manifest has them.
   *
   * @throws UserError if it cannot be read or has no row
   */
  public List<ManifestRow> rows(String... more) {
    String[] columns =
        Stream.concat(Stream.of(ID, START_S, END_S, CHANNEL, PARTY), Arrays.stream(more))
            .distinct()
            .toArray(String[]::new);
    List<ManifestRow> read = new ArrayList<>();
    Iterator<Row> rows = table.select(strings(columns)).toLocalIterator();
    while (hasNext(rows)) {
      Row row = rows.next();
      Map<String, String> values = new LinkedHashMap<>();
      for (int i = 0; i < columns.length; i++) {
        values.put(columns[i], row.getString(i));
      }
      read.add(new ManifestRow(read.size() + 1, values));
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
        "the manifest '" + path.getName() + "' is not a .csv, .jsonl or .parquet file");
  }

  /** Spark treats paths as globs. */
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

  /**
   * The clip that a row denotes by itself. Its length is looked up later.
   *
   * @param kept columns whose values it keeps
   * @throws UserError that names the row, if it cannot denote a clip or has the id of another
   */
  public Clip clip(ManifestRow row, String uriColumn, List<String> kept) {
    Clip clip = located(row, uriColumn, kept);
    refuseKnown(row, clip);
    return clip;
  }

  private Clip located(ManifestRow row, String uriColumn, List<String> kept) {
    List<String> keptValues = new ArrayList<>();
    kept.forEach(column -> keptValues.add(row.values().get(column)));
    Stream<String> own = Stream.of(row.text(uriColumn), row.text(ID), row.text(PARTY));
    Stream.concat(own, keptValues.stream())
        .filter(Objects::nonNull)
        .forEach(value -> refuseCredentials(value, row));
    String uri = row.text(uriColumn);
    if (uri == null) {
      throw rowError(row, "has no uri");
    }
    FileSystems.problem(uri, conf)
        .ifPresent(
            problem -> {
              throw rowError(row, "has the uri '" + uri + "': " + problem);
            });
    Double start = seconds(row, START_S);
    Double end = seconds(row, END_S);
    if (end != null && end <= (start == null ? 0 : start)) {
      throw rowError(row, "ends at " + end + " s, not after its start");
    }
    Path path;
    try {
      path = new Path(directory, uri);
    } catch (IllegalArgumentException e) {
      throw rowError(row, "has the uri '" + uri + "': " + UserError.reason(e));
    }
    String id = row.text(ID) == null ? path.toString() : row.text(ID);
    AudioLocation file = AudioLocation.ofFile(path.toString(), null);
    Integer channel = channel(row);
    if (channel == null && row.text(PARTY) != null) {
      throw rowError(row, "has party '" + row.text(PARTY) + "' but no channel");
    }
    Channels channels = channel == null ? null : Channels.one(channel, row.text(PARTY));
    return new Clip(id, file, null, start, end, null, channels, keptValues);
  }

  private void refuseKnown(ManifestRow row, Clip clip) {
    Integer earlier = rowOfId.putIfAbsent(clip.id(), row.number());
    if (earlier != null) {
      throw rowError(
          row, "has the id '" + clip.id() + "' of row " + earlier + "; ids must be unique");
    }
  }

  /** Whether a row is another channel of the same stretch of the same file. */
  private static boolean isOtherChannel(Clip clip, Clip earlier) {
    return clip.channels() != null
        && earlier.channels() != null
        && clip.location().equals(earlier.location())
        && Objects.equals(clip.startS(), earlier.startS())
        && Objects.equals(clip.endS(), earlier.endS())
        && !earlier.channels().only().containsAll(clip.channels().only());
  }

  /** Null where the row names none; NeMo and others write a list of one as well. */
  private Integer channel(ManifestRow row) {
    String text = row.text(CHANNEL);
    if (text == null) {
      return null;
    }
    String number = text.replaceAll("^\\[\\s*(.*?)\\s*]$", "$1");
    if (number.matches("\\d{1,2}(\\.0)?")) {
      int channel = (int) Double.parseDouble(number);
      if (channel < MOST_CHANNELS) {
        return channel;
      }
    }
    throw rowError(
        row,
        "has channel '" + text + "'; it must be a channel's number from 0, and each channel a row");
  }

  private void refuseCredentials(String value, ManifestRow row) {
    UserError.refuseCredentials("row " + row.number() + " of the manifest " + manifest, value);
  }

  private Double seconds(ManifestRow row, String column) {
    String text = row.text(column);
    if (text == null) {
      return null;
    }
    try {
      double value = Double.parseDouble(text);
      if (value >= 0 && value < Double.POSITIVE_INFINITY) {
        return value;
      }
    } catch (NumberFormatException e) {
      // reported below
    }
    throw rowError(
        row, "has " + column + " '" + text + "'; it must be a number of seconds, at least 0");
  }

  /** What is wrong with a row, for the user. */
  public UserError rowError(ManifestRow row, String what) {
    return UserError.input("row " + row.number() + " of the manifest " + manifest + " " + what);
  }

  /** The clips with their files' lengths and times, looked up by Spark tasks. */
  public List<Clip> lookUp(List<Clip> clips) {
    JavaSparkContext context = JavaSparkContext.fromSparkContext(spark.sparkContext());
    Broadcast<SerializableConfiguration> conf =
        context.broadcast(new SerializableConfiguration(spark.sessionState().newHadoopConf()));
    try (JobNames jobs = new JobNames(spark)) {
      jobs.next("list: look up the files of the manifest");
      int tasks = (clips.size() + ROWS_PER_TASK - 1) / ROWS_PER_TASK;
      return context.parallelize(clips, tasks).map(new LookUp(conf)).collect();
    }
  }

  /**
   * Refuses a clip whose file was looked up and not found.
   *
   * @throws UserError that names the row and says why
   */
  public void requireFound(ManifestRow row, Clip clip) {
    if (clip.modifiedMs() == null) {
      throw rowError(row, "names " + clip.uri() + ", which cannot be read: " + fault(clip));
    }
  }

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
            ? clip.found(null, null, "a directory, not a file")
            : clip.found(file.bytes(), file.modifiedMs(), file.trouble());
      } catch (FileNotFoundException e) {
        return clip.found(null, null, "no such file");
      } catch (IOException | RuntimeException e) {
        // It may be there when it is read; if not, that will be the reason.
        return clip;
      }
    }
  }
}
