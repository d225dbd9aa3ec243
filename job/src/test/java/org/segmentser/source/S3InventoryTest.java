package org.segmentser.source;

import static java.util.Map.entry;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.segmentser.TestSpark;
import org.segmentser.UserError;

class S3InventoryTest {
  private static final String CSV_SCHEMA =
      "Bucket, Key, VersionId, IsLatest, IsDeleteMarker, Size, LastModifiedDate, ETag, StorageClass,"
          + " IsMultipartUploaded";

  private static final String CSV =
      """
      "calls","2026/a+b%2Bc%20d%C3%A4.wav","v2","true","false","1234","2026-11-05T09:46:09.000Z","e1","STANDARD","false"
      "calls","2026/a+b%2Bc%20d%C3%A4.wav","v1","false","false","99","2026-11-04T09:46:09.000Z","e0","STANDARD","false"
      "calls","2026/gone.wav","v2","true","true","","2026-11-05T09:46:09.000Z","","",""
      "calls","2026/","v1","true","false","0","2026-11-05T09:46:09.000Z","e2","STANDARD","false"
      "calls","2026/shard-0.tar","v1","true","false","20480","2026-11-05T09:46:10.500Z","e3","GLACIER","true"
      "calls","2026/notes.txt","v1","true","false","7","2026-11-05T09:46:09.000Z","e4","STANDARD","false"
      "calls","README","v1","true","false","7","2026-11-05T09:46:09.000Z","e4","STANDARD","false"
      "calls","2026/_temporary/b.wav","v1","true","false","7","2026-11-05T09:46:09.000Z","e4","STANDARD","false"
      """;

  @TempDir Path dir;

  @Test
  void csvListsObjectsByEncodedKeys() throws IOException {
    Manifests.write(dir.resolve("calls/daily/data/1.csv.gz"), CSV);
    Path manifest =
        Manifests.write(
            dir.resolve("calls/daily/2026-11-06T01-00Z/manifest.json"),
            description("CSV", CSV_SCHEMA, "inv/calls/daily/data/1.csv.gz"));
    ManifestTable table = Manifests.read(manifest);
    assertThat(table.dialect()).isEqualTo(Dialect.S3_INVENTORY);
    assertThat(Manifests.rows(table, "storage_class", "e_tag", "version_id"))
        .extracting(row -> without(row, ManifestTable.ROW))
        .containsExactly(
            Map.of(
                "uri",
                "s3a://calls/2026/a b+c dä.wav",
                "__bytes",
                1234L,
                "__modified_ms",
                ms("2026-11-05T09:46:09Z"),
                "storage_class",
                "STANDARD",
                "e_tag",
                "e1",
                "version_id",
                "v2"),
            Map.of(
                "uri",
                "s3a://calls/2026/shard-0.tar",
                "__bytes",
                20480L,
                "__modified_ms",
                ms("2026-11-05T09:46:10.500Z"),
                "storage_class",
                "GLACIER",
                "e_tag",
                "e3",
                "version_id",
                "v1"));
    assertThat(table.skipped()).containsExactly(entry("without an audio extension", 2L));
  }

  @ParameterizedTest
  @CsvSource({"Parquet, parquet", "ORC, orc"})
  void columnarFormatsListObjectsByPlainKeys(String format, String extension) throws IOException {
    Path data = Files.createDirectories(dir.resolve("daily/data"));
    for (int part = 1; part <= 2; part++) {
      write(
          TestSpark.session()
              .sql(
                  """
                  SELECT 'calls' AS bucket, key, CAST(NULL AS STRING) AS version_id,
                    CAST(size AS BIGINT) AS size,
                    TIMESTAMP'2026-11-05 09:46:09Z' AS last_modified_date, 'e' AS e_tag
                  FROM VALUES ('%1$d/a+b%%20.WAV', 11), ('%1$d/x.csv', 5), ('%1$d/sub/', 0)
                    AS objects(key, size)
                  """
                      .formatted(part)),
          extension,
          data.resolve(part + "." + extension));
    }
    Path manifest =
        Manifests.write(
            dir.resolve("daily/2026-11-06T01-00Z/manifest.json"),
            description(
                format,
                "message s3.inventory { required binary bucket (UTF8); }",
                "inv/daily/data/1." + extension,
                "inv/daily/data/2." + extension));
    ManifestTable table = Manifests.read(manifest);
    assertThat(Manifests.rows(table))
        .extracting(row -> without(row, ManifestTable.ROW))
        .containsExactlyInAnyOrder(
            Map.of(
                "uri",
                "s3a://calls/1/a+b%20.WAV",
                "__bytes",
                11L,
                "__modified_ms",
                ms("2026-11-05T09:46:09Z")),
            Map.of(
                "uri",
                "s3a://calls/2/a+b%20.WAV",
                "__bytes",
                11L,
                "__modified_ms",
                ms("2026-11-05T09:46:09Z")));
    assertThat(table.skipped()).containsExactly(entry("without an audio extension", 2L));
  }

  @Test
  void dataFilesAreInTheDestinationBucket() throws IOException {
    Configuration conf = TestSpark.session().sparkContext().hadoopConfiguration();
    conf.set("fs.s3a.impl", BucketFileSystem.class.getName());
    conf.set("fs.s3a.impl.disable.cache", "true");
    conf.set(BucketFileSystem.ROOT, dir.toString());
    try {
      Manifests.write(dir.resolve("reports/inv/calls/daily/data/1.csv"), CSV);
      Manifests.write(
          dir.resolve("reports/inv/calls/daily/2026-11-06T01-00Z/manifest.json"),
          description("CSV", CSV_SCHEMA, "inv/calls/daily/data/1.csv"));
      ManifestTable table =
          Manifests.read("s3a://reports/inv/calls/daily/2026-11-06T01-00Z/manifest.json");
      assertThat(Manifests.rows(table))
          .extracting(row -> row.get("uri"))
          .containsExactly("s3a://calls/2026/a b+c dä.wav", "s3a://calls/2026/shard-0.tar");
    } finally {
      conf.unset("fs.s3a.impl");
      conf.unset("fs.s3a.impl.disable.cache");
      conf.unset(BucketFileSystem.ROOT);
    }
  }

  @Test
  void columnsMayBeLeftOutOfTheReport() throws IOException {
    Manifests.write(dir.resolve("data/1.csv"), "\"calls\",\"a.wav\"\n\"calls\",\"%zz.wav\"\n");
    Path manifest =
        Manifests.write(
            dir.resolve("now/manifest.json"), description("CSV", "Bucket, Key", "data/1.csv"));
    ManifestTable table = Manifests.read(manifest);
    assertThat(Manifests.rows(table))
        .containsExactly(
            Map.of("uri", "s3a://calls/a.wav", "__row", 1L),
            Map.of("__row", 2L, "__problem", "has the key '%zz.wav', which is not URL-encoded"));
    assertThat(table.skipped()).isEmpty();
  }

  @Test
  void aMissingDataFileIsAnError() throws IOException {
    Path manifest =
        Manifests.write(
            dir.resolve("now/manifest.json"), description("CSV", "Bucket, Key", "x/data/1.csv.gz"));
    assertThatExceptionOfType(UserError.class)
        .isThrownBy(() -> Manifests.read(manifest))
        .withMessage(
            "the S3 Inventory file:%s names the data file file:%s/data/1.csv.gz, which does not exist",
            manifest, dir);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "\"fileFormat\": \"CSV\"|\"fileFormat\": \"Avro\"|has the fileFormat 'avro'",
        "\"fileFormat\"|\"format\"|has no 'fileFormat'",
        "arn:aws:s3:::reports|  |has no 'destinationBucket'",
        "\"key\": \"x/data/1.csv\"|\"size\": 1|has no 'key'",
        "\"files\"|\"others\"|names no data files",
        "Bucket, Key|Bucket, Name|has no column 'key'",
        "\"version\":|\"version\"|cannot read the manifest"
      })
  void aBrokenManifestIsAnError(String part, String other, String message) throws IOException {
    Manifests.write(dir.resolve("data/1.csv"), "\"calls\",\"a.wav\"\n");
    String whole = description("CSV", "Bucket, Key", "x/data/1.csv");
    assertThat(whole).contains(part);
    Path manifest =
        Manifests.write(
            dir.resolve("now/manifest.json"), whole.replace(part, other == null ? "" : other));
    assertThatExceptionOfType(UserError.class)
        .isThrownBy(() -> Manifests.read(manifest))
        .withMessageContaining(message)
        .withMessageContaining(manifest.toString());
  }

  @ParameterizedTest
  @ValueSource(strings = {"manifest.json", "train_manifest.json"})
  void otherManifestsMayHaveItsName(String name) throws IOException {
    Path manifest = Manifests.write(dir.resolve(name), "{\"uri\": \"a.wav\"}\n");
    ManifestTable table = Manifests.read(manifest);
    assertThat(table.dialect()).isEqualTo(Dialect.OWN);
    assertThat(Manifests.rows(table)).containsExactly(Map.of("uri", "a.wav", "__row", 1L));
  }

  /** As S3 writes it. */
  private static String description(String format, String schema, String... keys) {
    String files =
        String.join(
            ", ",
            List.of(keys).stream()
                .map(
                    key ->
                        """
                        {
                            "key": "%s",
                            "size": 2147483647,
                            "MD5checksum": "f11166069f1990abeb9c97ace9cdfabc"
                          }"""
                            .formatted(key))
                .toList());
    return """
    {
      "sourceBucket": "calls",
      "destinationBucket": "arn:aws:s3:::reports",
      "version": "2016-11-30",
      "creationTimestamp" : "1514944800000",
      "fileFormat": "%s",
      "fileSchema": "%s",
      "files": [ %s ]
    }
    """
        .formatted(format, schema, files);
  }

  /** Writes rows to one file. */
  private static void write(Dataset<Row> rows, String format, Path file) throws IOException {
    Path written = file.resolveSibling(file.getFileName() + ".d");
    rows.coalesce(1).write().format(format).save(written.toString());
    try (var parts = Files.list(written)) {
      List<Path> named = parts.filter(p -> p.getFileName().toString().startsWith("part-")).toList();
      assertThat(named).hasSize(1);
      Files.move(named.get(0), file);
    }
  }

  private static long ms(String time) {
    return Instant.parse(time).toEpochMilli();
  }

  private static Map<String, Object> without(Map<String, Object> row, String column) {
    row.remove(column);
    return row;
  }
}
