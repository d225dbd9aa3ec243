package org.segmentser.source;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPOutputStream;
import org.apache.spark.sql.Row;
import org.segmentser.TestSpark;

/** Manifests for tests, written to files and read as tables. */
final class Manifests {
  private static final List<String> CLIP = List.of("uri", "id", "start_s", "end_s", "channel");

  private Manifests() {}

  /** Writes a text, compressed where the name ends in {@code .gz}. */
  static Path write(Path file, String text) throws IOException {
    Files.createDirectories(file.getParent());
    try (OutputStream plain = Files.newOutputStream(file);
        OutputStream out = file.toString().endsWith(".gz") ? new GZIPOutputStream(plain) : plain) {
      out.write(text.getBytes(StandardCharsets.UTF_8));
    }
    return file;
  }

  static ManifestTable read(Path manifest) {
    return read("file:" + manifest);
  }

  static ManifestTable read(String manifest) {
    return ManifestTable.read(
        TestSpark.session(), new org.apache.hadoop.fs.Path(manifest), ManifestTable.URI_COLUMN);
  }

  /** The rows by the names of their columns, by number; nulls are left out. */
  static List<Map<String, Object>> rows(ManifestTable table, String... more) {
    List<String> columns = new ArrayList<>(CLIP);
    columns.addAll(List.of(more));
    List<Map<String, Object>> rows = new ArrayList<>();
    for (Row row : table.rows(columns).orderBy(ManifestTable.ROW).collectAsList()) {
      Map<String, Object> values = new LinkedHashMap<>();
      for (String name : row.schema().fieldNames()) {
        if (row.getAs(name) != null) {
          values.put(name, row.getAs(name));
        }
      }
      rows.add(values);
    }
    return rows;
  }

  /** The problems of all rows by their numbers. */
  static Map<Long, String> problems(ManifestTable table) {
    Map<Long, String> problems = new LinkedHashMap<>();
    for (Map<String, Object> row : rows(table)) {
      if (row.containsKey(ManifestTable.PROBLEM)) {
        problems.put((Long) row.get(ManifestTable.ROW), (String) row.get(ManifestTable.PROBLEM));
      }
    }
    return problems;
  }
}
