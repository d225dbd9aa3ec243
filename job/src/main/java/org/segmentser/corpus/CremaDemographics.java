package org.segmentser.corpus;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.segmentser.UserError;

/** The table of actors that CREMA-D is published with. */
final class CremaDemographics {
  static final String FILE_NAME = "VideoDemographics.csv";

  private CremaDemographics() {}

  /**
   * The actors by their numbers.
   *
   * @param root of the corpus
   * @return empty if the table is not there
   * @throws UserError if it is not such a table
   */
  static Map<String, Person> read(FileSystem fs, Path root) throws IOException {
    Path file = new Path(root, FILE_NAME);
    Map<String, Person> actors = new HashMap<>();
    if (!fs.exists(file)) {
      return actors;
    }
    try (BufferedReader lines = new BufferedReader(new InputStreamReader(fs.open(file), UTF_8))) {
      String head = lines.readLine();
      List<String> columns = head == null ? List.of() : cells(head);
      int actor = columns.indexOf("ActorID");
      int age = columns.indexOf("Age");
      int sex = columns.indexOf("Sex");
      if (actor < 0 || age < 0 || sex < 0) {
        throw UserError.input(
            file + " does not begin with the names of columns, ActorID, Age and Sex among them");
      }
      String line;
      while ((line = lines.readLine()) != null) {
        List<String> cells = cells(line);
        if (cells.size() > Math.max(actor, Math.max(age, sex))) {
          actors.put(cells.get(actor), Person.of(cells.get(sex), cells.get(age)));
        }
      }
    }
    return actors;
  }

  /** No value of the published table holds a comma or a quotation mark. */
  private static List<String> cells(String line) {
    return Arrays.stream(line.replace("\uFEFF", "").replace("\"", "").split(",", -1))
        .map(String::strip)
        .toList();
  }
}
