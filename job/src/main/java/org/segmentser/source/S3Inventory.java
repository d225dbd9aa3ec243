package org.segmentser.source;

import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.concat;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.lower;
import static org.apache.spark.sql.functions.monotonically_increasing_id;
import static org.apache.spark.sql.functions.not;
import static org.apache.spark.sql.functions.try_url_decode;
import static org.apache.spark.sql.functions.udf;
import static org.apache.spark.sql.functions.unix_millis;
import static org.apache.spark.sql.functions.when;
import static org.segmentser.SqlNames.named;
import static org.segmentser.source.ManifestColumns.text;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.StreamSupport;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.AnalysisException;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.DataFrameReader;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.api.java.UDF1;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.segmentser.FileSystems;
import org.segmentser.Json;
import org.segmentser.UserError;

/**
 * An Amazon S3 Inventory: the {@code manifest.json} of one report names the data files, in CSV,
 * Parquet or ORC, that list the objects of a bucket. Current objects with the extension of audio or
 * of tar files are clips; their lengths and times are known from the list.
 *
 * <p>The data files are in the destination bucket, under the scheme of the manifest. Where the
 * report was copied to a file system without buckets, they are in the directory {@code data} beside
 * that of the manifest, as in the report, and the objects are those of {@code s3a:}.
 */
final class S3Inventory {
  private static final Set<String> SCHEMES_OF_BUCKETS = Set.of("s3a", "s3", "s3n");

  /** A report of a billion objects names some thousand files, in 200 bytes each. */
  private static final int MOST_BYTES = 1 << 26;

  private static final int HEAD_BYTES = 4096;

  private S3Inventory() {}

  /** Whether a file is the {@code manifest.json} of an inventory. */
  static boolean isOne(Path path, Configuration conf) throws IOException {
    if (!path.getName().toLowerCase(Locale.ROOT).endsWith(".json")) {
      return false;
    }
    FileSystem fs = FileSystems.of(path, conf);
    if (fs.getFileStatus(path).isDirectory()) {
      return false;
    }
    try (InputStream in = fs.open(path)) {
      String head = new String(in.readNBytes(HEAD_BYTES), StandardCharsets.UTF_8);
      return head.stripLeading().startsWith("{")
          && head.contains("\"sourceBucket\"")
          && head.contains("\"fileSchema\"");
    }
  }

  /**
   * The objects of an inventory.
   *
   * @throws UserError if the manifest is broken, or a data file is missing
   */
  static Dataset<Row> read(SparkSession spark, Path manifest) throws IOException {
    JsonNode description;
    FileSystem fs = FileSystems.of(manifest, spark.sessionState().newHadoopConf());
    try (InputStream in = fs.open(manifest)) {
      description = Json.MAPPER.readTree(in.readNBytes(MOST_BYTES));
    }
    String format = field(description, "fileFormat", manifest).toLowerCase(Locale.ROOT);
    String scheme = manifest.toUri().getScheme();
    boolean isInBucket = SCHEMES_OF_BUCKETS.contains(scheme);
    String[] files = files(description, manifest, isInBucket);
    Dataset<Row> objects;
    try {
      objects =
          switch (format) {
            case "csv" -> csv(spark, field(description, "fileSchema", manifest)).csv(files);
            case "parquet" -> spark.read().parquet(files);
            case "orc" -> spark.read().orc(files);
            default -> throw broken(manifest, "has the fileFormat '" + format + "'");
          };
    } catch (Exception e) {
      if (e instanceof AnalysisException missing
          && "PATH_NOT_FOUND".equals(missing.getCondition())) {
        throw broken(
            manifest,
            "names the data file "
                + missing.getMessageParameters().get("path")
                + ", which does not exist");
      }
      throw e;
    }
    for (String column : List.of("bucket", "key")) {
      if (!ManifestColumns.has(objects.schema(), column)) {
        throw broken(manifest, "has no column '" + column + "'");
      }
    }
    return clips(objects, isInBucket ? scheme : "s3a", format.equals("csv"));
  }

  private static String[] files(JsonNode description, Path manifest, boolean isInBucket) {
    // The name of a resource: arn:aws:s3:::bucket.
    String destination = field(description, "destinationBucket", manifest);
    String bucket = destination.substring(destination.lastIndexOf(':') + 1);
    List<String> files =
        StreamSupport.stream(description.path("files").spliterator(), false)
            .map(file -> field(file, "key", manifest))
            .map(
                key ->
                    isInBucket
                        ? new Path(manifest.toUri().getScheme(), bucket, "/" + key)
                        : beside(manifest, key))
            .map(path -> ManifestTable.escaped(path.toString()))
            .toList();
    if (files.isEmpty()) {
      throw broken(manifest, "names no data files");
    }
    return files.toArray(String[]::new);
  }

  private static Path beside(Path manifest, String key) {
    Path name = new Path("data", key.substring(key.lastIndexOf('/') + 1));
    return new Path(new Path(manifest.getParent(), ".."), name);
  }

  private static String field(JsonNode node, String name, Path manifest) {
    if (!node.path(name).isTextual() || node.path(name).textValue().isBlank()) {
      throw broken(manifest, "has no '" + name + "'");
    }
    return node.path(name).textValue();
  }

  private static UserError broken(Path manifest, String what) {
    return UserError.input("the S3 Inventory " + manifest + " " + what);
  }

  /** CSV has no header; its columns are named as in the other formats. */
  private static DataFrameReader csv(SparkSession spark, String fileSchema) {
    StructType schema = new StructType();
    for (String name : fileSchema.split(",", -1)) {
      String snake = name.strip().replaceAll("(?<!^)(?=[A-Z][a-z])", "_").toLowerCase(Locale.ROOT);
      schema = schema.add(snake, DataTypes.StringType);
    }
    return spark.read().schema(schema).option("escape", "\"").option("mode", "FAILFAST");
  }

  private static Dataset<Row> clips(Dataset<Row> objects, String scheme, boolean isEncoded) {
    StructType schema = objects.schema();
    Column listed = named("key");
    // Spaces are written as plus signs.
    Column key = isEncoded ? try_url_decode(listed) : listed;
    Column modified =
        unix_millis(text(schema, "last_modified_date").try_cast(DataTypes.TimestampType));
    Column isAudio = udf(new IsAudio(), DataTypes.BooleanType).apply(key);

    Column isOld = is(schema, "is_delete_marker", "true").or(is(schema, "is_latest", "false"));
    Column isDirectory = coalesce(key.endsWith("/"), lit(false));
    Column isHidden = coalesce(key.rlike("(^|/)[_.]"), lit(false));
    return objects
        .where(not(isOld.or(isDirectory).or(isHidden)))
        .withColumns(
            Map.of(
                "uri",
                concat(lit(scheme + "://"), named("bucket"), lit("/"), key),
                ManifestTable.ROW,
                monotonically_increasing_id().plus(1),
                ManifestTable.PROBLEM,
                when(
                    key.isNull(),
                    concat(
                        lit("has the key '"),
                        coalesce(listed, lit("")),
                        lit("', which is not URL-encoded"))),
                ManifestTable.BYTES,
                text(schema, "size").try_cast(DataTypes.LongType),
                ManifestTable.MODIFIED_MS,
                modified,
                ManifestTable.SKIPPED,
                when(isAudio.equalTo(false), lit(Skips.NOT_AUDIO))));
  }

  private static Column is(StructType schema, String flag, String value) {
    return coalesce(lower(text(schema, flag)).equalTo(value), lit(false));
  }

  private record IsAudio() implements UDF1<String, Boolean> {
    @Override
    public Boolean call(String key) {
      return key == null ? null : AudioNames.isAudio(key) || TarShard.isShard(key);
    }
  }
}
