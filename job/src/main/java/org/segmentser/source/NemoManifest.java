package org.segmentser.source;

import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.concat;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.regexp_replace;
import static org.apache.spark.sql.functions.udf;
import static org.apache.spark.sql.functions.when;
import static org.segmentser.source.ManifestColumns.first;
import static org.segmentser.source.ManifestColumns.problemIf;
import static org.segmentser.source.ManifestColumns.seconds;
import static org.segmentser.source.ManifestColumns.secondsProblem;
import static org.segmentser.source.ManifestColumns.stripped;
import static org.segmentser.source.ManifestColumns.text;

import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.api.java.UDF1;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/**
 * Manifests of NVIDIA NeMo: a row is the stretch of {@code duration} seconds from {@code offset},
 * or the whole file where there is no {@code offset}. Rows with a {@code shard_id}, as NeMo's
 * {@code convert_to_tarred_audio_dataset.py} writes them, name members of {@code
 * audio_<shard_id>.tar}, which is beside the manifest, or beside the directory {@value #SHARDED} of
 * the manifests of single shards. There an {@code offset} counts from the member's start, and
 * {@code x-sub2.wav} is another stretch of the member {@code x.wav}.
 *
 * <p>NeMo's rows have no ids. That of a stretch is its file's URI with {@code #t=start,end}, as
 * Media Fragments write it, and that of a member {@code tar!member}.
 */
final class NemoManifest {
  private static final String SHARDED = "sharded_manifests";

  private NemoManifest() {}

  /**
   * The clips of a manifest.
   *
   * @param rows with {@link ManifestTable#ROW}
   */
  static Dataset<Row> clips(Dataset<Row> rows, Path manifest, Configuration conf) {
    StructType schema = rows.schema();
    Path directory = manifest.getParent();
    Path tars = directory.getName().equals(SHARDED) ? directory.getParent() : directory;

    Column file = stripped(text(schema, "audio_filepath"));
    Column shard = stripped(text(schema, "shard_id"));
    Column offset = stripped(text(schema, "offset"));
    Column duration = stripped(text(schema, "duration"));

    Column isMember = shard.isNotNull();
    Column uri =
        when(isMember, concat(lit(new Path(tars, "audio_").toString()), shard, lit(".tar")))
            .otherwise(ManifestColumns.uri(file, conf));
    Column member = when(isMember, regexp_replace(file, "^(.+)-sub\\d+(\\.\\w+)?$", "$1$2"));
    Column end = ManifestColumns.end(seconds(offset), seconds(duration));
    Column start = when(seconds(offset).gt(0).or(end.isNotNull()), seconds(offset));
    Column resolved = udf(new Resolve(directory.toString()), DataTypes.StringType).apply(uri);
    Column stretch = concat(lit("#t="), start, coalesce(concat(lit(","), end), lit("")));
    Column id =
        when(isMember, concat(uri, lit("!"), member, coalesce(stretch, lit(""))))
            .otherwise(concat(resolved, stretch));

    return rows.withColumns(
        Map.of(
            "uri",
            uri,
            "id",
            coalesce(stripped(text(schema, "id")), id),
            "start_s",
            start,
            "end_s",
            end,
            ManifestTable.MEMBER,
            member,
            ManifestTable.PROBLEM,
            first(
                problemIf(file.isNull(), "has no audio_filepath"),
                when(
                    shard.rlike("^\\d+$").equalTo(false),
                    concat(lit("has shard_id '"), shard, lit("'; it must be a shard's number"))),
                secondsProblem(offset, "offset"),
                when(offset.isNotNull(), secondsProblem(duration, "duration")))));
  }

  /** Resolves a URI as {@link Manifest} does; null where it is none, which that reports. */
  private record Resolve(String directory) implements UDF1<String, String> {
    @Override
    public String call(String uri) {
      try {
        return uri == null ? null : new Path(new Path(directory), uri).toString();
      } catch (IllegalArgumentException e) {
        return null;
      }
    }
  }
}
