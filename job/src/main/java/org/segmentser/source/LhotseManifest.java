package org.segmentser.source;

import static org.apache.spark.sql.functions.array_compact;
import static org.apache.spark.sql.functions.array_distinct;
import static org.apache.spark.sql.functions.array_except;
import static org.apache.spark.sql.functions.array_join;
import static org.apache.spark.sql.functions.array_position;
import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.concat;
import static org.apache.spark.sql.functions.explode_outer;
import static org.apache.spark.sql.functions.filter;
import static org.apache.spark.sql.functions.get;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.regexp_replace;
import static org.apache.spark.sql.functions.size;
import static org.apache.spark.sql.functions.split;
import static org.apache.spark.sql.functions.struct;
import static org.apache.spark.sql.functions.transform;
import static org.apache.spark.sql.functions.when;
import static org.segmentser.SqlNames.named;
import static org.segmentser.source.ManifestColumns.first;
import static org.segmentser.source.ManifestColumns.problemIf;
import static org.segmentser.source.ManifestColumns.seconds;
import static org.segmentser.source.ManifestColumns.secondsProblem;
import static org.segmentser.source.ManifestColumns.stripped;
import static org.segmentser.source.ManifestColumns.text;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.segmentser.FileSystems;
import org.segmentser.SqlNames;
import org.segmentser.UserError;

/**
 * Manifests of Lhotse, as JSON Lines: recordings, supervisions with the recordings beside them, and
 * cuts. A clip is a recording, a supervision or a cut, and has its id. The fields of {@code custom}
 * become columns of their own, and so do those of a cut's supervisions, as far as all of them
 * agree.
 *
 * <p>Channels are Lhotse's ids; a clip's are their places in the file. A clip of all channels of
 * its recording names none.
 */
final class LhotseManifest {
  private static final String SUPERVISIONS = "supervisions";
  private static final String RECORDINGS = "recordings";
  private static final String CHANNEL = "channel";
  private static final String RECORDING = "__recording";

  /** Lhotse, too, takes a duration that is this close to a recording's for all of it. */
  private static final double CLOSE_S = 1e-3;

  /** What a field of {@code custom} may not be called, as the columns of clips are. */
  private static final Set<String> TAKEN = Set.of("uri", "id", "start_s", "end_s", CHANNEL);

  /** Fields of a supervision that say where it is, not what it is. */
  private static final Set<String> PLACE =
      Set.of("id", "recording_id", "start", "duration", CHANNEL, "custom", "alignment");

  private final Dataset<Row> rows;
  private final StructType recording;

  /**
   * Rows with their recordings.
   *
   * @param rows with the column {@link #RECORDING}
   */
  private LhotseManifest(Dataset<Row> rows) {
    this.rows = rows;
    recording = (StructType) rows.schema().apply(RECORDING).dataType();
  }

  /** The recordings of a manifest, whole. */
  static Dataset<Row> recordings(Dataset<Row> rows, Configuration conf) {
    LhotseManifest manifest = new LhotseManifest(rows.withColumn(RECORDING, recordingOf(rows)));
    Column none = lit(null).cast("double");
    return manifest.clips(none, none, lit(null).cast("string"), manifest.sourceProblem(), conf);
  }

  /**
   * The supervisions of a manifest.
   *
   * @throws UserError if there is no manifest of recordings beside it under the name that Lhotse
   *     gives it, or that is none
   */
  static Dataset<Row> supervisions(Dataset<Row> rows, Path manifest, Configuration conf)
      throws IOException {
    Path beside = recordingsOf(manifest, conf);
    Dataset<Row> recordings = ManifestTable.file(rows.sparkSession(), beside);
    for (String column : List.of("id", "sources")) {
      if (!ManifestColumns.has(recordings.schema(), column)) {
        throw UserError.input(
            "the manifest " + beside + " of Lhotse recordings has no column '" + column + "'");
      }
    }
    String key = "__recording_id";
    Dataset<Row> byId =
        recordings
            .select(named("id").cast("string").as(key), recordingOf(recordings).as(RECORDING))
            .dropDuplicates(key);
    // Neither side is small for certain, and a broadcast would go through the driver.
    Column isOf = rows.col("recording_id").cast("string").equalTo(byId.col(key));
    LhotseManifest joined =
        new LhotseManifest(rows.join(byId.hint("merge"), isOf, "left").drop(key));
    Column isMissing = named(RECORDING).isNull();
    Column missing =
        when(
            isMissing,
            concat(
                lit("is of the recording '"),
                coalesce(named("recording_id").cast("string"), lit("")),
                lit("', which " + beside.getName() + " does not have")));
    return joined.stretches(missing, conf);
  }

  /** The cuts of a manifest. Cuts that mix several recordings, and padding, are problems. */
  static Dataset<Row> cuts(Dataset<Row> rows, Configuration conf) {
    StructType schema = rows.schema();
    boolean hasRecordings =
        ManifestColumns.has(schema, "recording")
            && schema.apply("recording").dataType() instanceof StructType;
    Column recording =
        hasRecordings ? named("recording") : lit(null).cast("struct<sources:array<string>>");
    LhotseManifest cuts = new LhotseManifest(rows.withColumn(RECORDING, recording));
    Column kind = text(schema, "type");
    Column problem =
        first(
            when(
                kind.isin("MixedCut", "PaddingCut"),
                concat(lit("is a "), kind, lit("; only cuts of one recording are read"))),
            problemIf(
                text(schema, "tracks").isNotNull(),
                "is a mix; only cuts of one recording are read"),
            problemIf(recording.isNull(), "has no recording"));
    return cuts.stretches(problem, conf);
  }

  /** The manifest of recordings that Lhotse writes with one of supervisions. */
  private static Path recordingsOf(Path manifest, Configuration conf) throws IOException {
    String name = manifest.getName();
    int at = name.toLowerCase(Locale.ROOT).lastIndexOf(SUPERVISIONS);
    if (at < 0) {
      throw UserError.input(
          "the manifest "
              + manifest
              + " holds Lhotse supervisions; for its recordings to be found, it must be named like"
              + " x_supervisions_y.jsonl.gz, and they x_recordings_y.jsonl.gz beside it");
    }
    String expected =
        name.substring(0, at) + RECORDINGS + name.substring(at + SUPERVISIONS.length());
    String other =
        expected.endsWith(".gz")
            ? expected.substring(0, expected.length() - ".gz".length())
            : expected + ".gz";
    FileSystem fs = FileSystems.of(manifest, conf);
    for (String candidate : List.of(expected, other)) {
      Path path = new Path(manifest.getParent(), candidate);
      if (fs.exists(path)) {
        return path;
      }
    }
    throw UserError.input(
        "the manifest "
            + manifest
            + " holds Lhotse supervisions, but their recordings are not beside it: there is no "
            + expected);
  }

  /** What is needed of recordings whose fields are columns. */
  private static Column recordingOf(Dataset<Row> recordings) {
    return struct(
        Stream.of("sources", "duration", "transforms")
            .filter(name -> ManifestColumns.has(recordings.schema(), name))
            .map(SqlNames::named)
            .toArray(Column[]::new));
  }

  /** Clips that are stretches: of {@code duration} from {@code start}, on {@code channel}. */
  private Dataset<Row> stretches(Column problem, Configuration conf) {
    StructType schema = rows.schema();
    Column start = stripped(text(schema, "start"));
    Column duration = stripped(text(schema, "duration"));
    Column startS = seconds(start);
    Column durationS = seconds(duration);
    Column isWhole =
        coalesce(
            startS.equalTo(0).and(durationS.geq(recordingField("duration").minus(CLOSE_S))),
            lit(false));
    Column known = channelsOfSource();
    Column asked = split(regexp_replace(stripped(text(schema, CHANNEL)), "[\\[\\]\\s]", ""), ",");
    Column isAll = coalesce(size(array_except(known, asked)).equalTo(0), lit(false));
    Column unknown = array_except(asked, known);
    Column places =
        when(
            isAll.equalTo(false),
            transform(asked, id -> array_position(known, id).minus(1).cast("string")));
    Column allProblems =
        first(
            problem,
            sourceProblem(),
            problemIf(start.isNull(), "has no start"),
            problemIf(duration.isNull(), "has no duration"),
            secondsProblem(start, "start"),
            secondsProblem(duration, "duration"),
            when(
                size(unknown).gt(0),
                concat(
                    lit("has channel "),
                    array_join(unknown, ", "),
                    lit(", but its recording has "),
                    array_join(known, ", "))));
    return clips(
        when(isWhole.equalTo(false), startS),
        when(isWhole.equalTo(false), ManifestColumns.end(startS, durationS)),
        explode_outer(places),
        allProblems,
        conf);
  }

  private Dataset<Row> clips(
      Column start, Column end, Column channel, Column problem, Configuration conf) {
    StructType schema = rows.schema();
    List<Column> columns = new ArrayList<>();
    Names names = new Names();
    names.addAll(TAKEN);
    names.add(RECORDING);
    columns.add(ManifestColumns.uri(source("source"), conf).as("uri"));
    columns.add(stripped(text(schema, "id")).as("id"));
    columns.add(start.as("start_s"));
    columns.add(end.as("end_s"));
    columns.add(channel.as(CHANNEL));
    columns.add(problem.as(ManifestTable.PROBLEM));
    for (String name : schema.fieldNames()) {
      if (names.add(name)) {
        columns.add(named(name));
      }
    }
    for (String field : fields(schema, "custom")) {
      if (names.add(field)) {
        columns.add(named("custom").getField(field).as(field));
      }
    }
    addShared(schema, names, columns);
    return rows.select(columns.toArray(Column[]::new));
  }

  /** Adds what the supervisions of a cut have in common. */
  private static void addShared(StructType schema, Names names, List<Column> columns) {
    if (!(element(schema, SUPERVISIONS) instanceof StructType supervision)) {
      return;
    }
    Column all = named(SUPERVISIONS);
    for (String field : supervision.fieldNames()) {
      if (!PLACE.contains(field) && names.add(field)) {
        columns.add(shared(all.getField(field)).as(field));
      }
    }
    for (String field : fields(supervision, "custom")) {
      if (names.add(field)) {
        columns.add(shared(all.getField("custom").getField(field)).as(field));
      }
    }
  }

  private static Column shared(Column values) {
    Column distinct = array_distinct(array_compact(values));
    return when(size(distinct).equalTo(1), get(distinct, lit(0)));
  }

  /** Why a recording is none that is read. */
  private Column sourceProblem() {
    Column sources = named(RECORDING).getField("sources");
    Column type = source("type");
    return first(
        problemIf(size(sources).gt(1), "has a recording in several files, which is not read"),
        problemIf(coalesce(size(sources), lit(0)).leq(0), "has a recording without a source"),
        when(
            coalesce(type.isin("file", "url"), lit(false)).equalTo(false),
            concat(
                lit("has a source of the type '"),
                coalesce(type, lit("")),
                lit("'; only files and URLs are read"))),
        problemIf(stripped(source("source")).isNull(), "has a recording without a source"),
        transformProblem());
  }

  /** Recordings may be changed as they are loaded; only their rate makes no difference here. */
  private Column transformProblem() {
    if (!(element(recording, "transforms") instanceof StructType transform)
        || !ManifestColumns.has(transform, "name")) {
      return lit(null).cast("string");
    }
    Column names = named(RECORDING).getField("transforms").getField("name");
    Column others = filter(names, name -> name.notEqual("Resample"));
    return when(
        size(others).gt(0),
        concat(
            lit("has a recording with the transform "),
            array_join(others, ", "),
            lit("; recordings are read only as they are")));
  }

  /** A field of the first source as text. */
  private Column source(String field) {
    return element(recording, "sources") instanceof StructType source
            && ManifestColumns.has(source, field)
        ? get(named(RECORDING).getField("sources"), lit(0)).getField(field).cast("string")
        : lit(null).cast("string");
  }

  /** The ids of the channels of the first source, as text. */
  private Column channelsOfSource() {
    Column none = lit(null).cast("array<string>");
    return element(recording, "sources") instanceof StructType source
            && ManifestColumns.has(source, "channels")
            && source.apply("channels").dataType() instanceof ArrayType
        ? get(named(RECORDING).getField("sources"), lit(0))
            .getField("channels")
            .cast("array<string>")
        : none;
  }

  private Column recordingField(String name) {
    return ManifestColumns.has(recording, name)
        ? named(RECORDING).getField(name).cast("string").try_cast("double")
        : lit(null).cast("double");
  }

  /** The type of a column's elements; null where it is no array. */
  private static DataType element(StructType schema, String name) {
    return ManifestColumns.has(schema, name)
            && schema.apply(name).dataType() instanceof ArrayType array
        ? array.elementType()
        : null;
  }

  private static List<String> fields(StructType schema, String name) {
    return ManifestColumns.has(schema, name)
            && schema.apply(name).dataType() instanceof StructType fields
        ? Stream.of(fields.fields()).map(StructField::name).toList()
        : List.of();
  }

  /** Names of columns, which Spark takes for the same whatever the case of their letters. */
  private static final class Names {
    private final Set<String> lower = new HashSet<>();

    /** Whether the name is new. */
    boolean add(String name) {
      return lower.add(name.toLowerCase(Locale.ROOT));
    }

    void addAll(Set<String> names) {
      names.forEach(this::add);
    }
  }
}
