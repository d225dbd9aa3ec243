package org.segmentser.source;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.spark.api.java.function.Function;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.util.SerializableConfiguration;
import org.segmentser.Credentials;
import org.segmentser.FileSystems;
import org.segmentser.UserError;
import org.segmentser.audio.AudioLocation;
import org.segmentser.audio.Channels;

/**
 * The clip that a row of a manifest denotes: the row's own words, then what the file system tells
 * of its file. Where that fails the length is unknown, and whoever reads the file finds out why.
 */
record ManifestRows(
    String table,
    String directory,
    List<String> columns,
    StructType schema,
    Broadcast<SerializableConfiguration> conf)
    implements Function<Row, Listed> {

  static final String CREDENTIALS =
      "holds credentials in a URI; give them in Spark's configuration";

  /** The columns that a manifest may have, whichever program wrote it; all text. */
  static final List<String> COLUMNS = List.of("id", "start_s", "end_s", "channel", "party");

  static final String COLUMN_OF_CHANNELS = COLUMNS.get(3);

  private static final int URI = 0;
  static final int ID = 1;
  private static final int START_S = 2;
  private static final int END_S = 3;
  private static final int CHANNEL = 4;
  private static final int PARTY = 5;
  private static final int OWN = 6;

  /** More channels than recordings have. */
  private static final int MOST_CHANNELS = 64;

  /** What is wrong with a row, in words that follow those on the row. */
  private static final class Wrong extends Exception {
    private static final long serialVersionUID = 1L;

    Wrong(String message) {
      super(message);
    }
  }

  private record Stretch(Double startS, Double endS) implements Serializable {}

  @Override
  public Listed call(Row row) {
    Listed.Origin origin = new Listed.Origin(table, row.<Long>getAs(ManifestTable.ROW));
    String problem = row.getAs(ManifestTable.PROBLEM);
    if (problem != null) {
      return Listed.wrong(origin, problem);
    }
    try {
      return Listed.of(lookUp(clip(row), row), origin);
    } catch (Wrong e) {
      return Listed.wrong(origin, e.getMessage());
    }
  }

  private String value(Row row, int column) {
    return row.getString(schema.fieldIndex(columns.get(column)));
  }

  private String text(Row row, int column) {
    return stripped(value(row, column));
  }

  private static String stripped(String text) {
    return text == null || text.isBlank() ? null : text.strip();
  }

  private Clip clip(Row row) throws Wrong {
    for (int column : new int[] {URI, ID, PARTY}) {
      refuseCredentials(text(row, column));
    }
    List<String> keptValues = new ArrayList<>();
    for (int i = OWN; i < columns.size(); i++) {
      refuseCredentials(value(row, i));
      keptValues.add(value(row, i));
    }
    String uri = text(row, URI);
    if (uri == null) {
      throw new Wrong("has no " + columns.get(URI));
    }
    Optional<String> problem = FileSystems.problem(uri, conf.value().value());
    if (problem.isPresent()) {
      throw new Wrong("has the uri '" + uri + "': " + problem.get());
    }
    Stretch stretch = stretch(row);
    Path path;
    String member = stripped(row.getAs(ManifestTable.MEMBER));
    try {
      int bang = endOfShard(uri);
      if (member == null && bang > 0) {
        member = uri.substring(bang + 1);
        uri = uri.substring(0, bang);
      }
      path = new Path(new Path(directory), uri);
    } catch (IllegalArgumentException e) {
      throw new Wrong("has the uri '" + uri + "': " + UserError.reason(e));
    }
    if (member == null && TarShard.isShard(path.toString())) {
      refuseColumnsOfClips(row, path);
    }
    String place = member == null ? path.toString() : path + "!" + member;
    String id = text(row, ID) == null ? place : text(row, ID);
    AudioLocation at = new AudioLocation(path.toString(), 0, null, member, null);
    return new Clip(
        id, at, null, stretch.startS(), stretch.endS(), null, channels(row), keptValues);
  }

  /** What a row says of one clip cannot hold for all that are in a shard. */
  private void refuseColumnsOfClips(Row row, Path shard) throws Wrong {
    for (int column : new int[] {START_S, END_S, ID}) {
      String value = text(row, column);
      boolean isUri = value != null && List.of(text(row, URI), shard.toString()).contains(value);
      if (value != null && !(column == ID && isUri)) {
        throw new Wrong(
            "has "
                + columns.get(column)
                + " '"
                + value
                + "', but names a whole shard; shard.tar!member names a clip of it");
      }
    }
  }

  /** Where the bang is between a shard and its member; -1 if there is none. */
  private static int endOfShard(String uri) {
    int bang = uri.indexOf('!');
    while (bang >= 0 && !TarShard.isShard(uri.substring(0, bang))) {
      bang = uri.indexOf('!', bang + 1);
    }
    return bang;
  }

  private static void refuseCredentials(String value) throws Wrong {
    if (value != null && Credentials.in(value)) {
      throw new Wrong(CREDENTIALS);
    }
  }

  private Stretch stretch(Row row) throws Wrong {
    Double start = seconds(row, START_S);
    Double end = seconds(row, END_S);
    if (end != null && end <= (start == null ? 0 : start)) {
      throw new Wrong("ends at " + end + " s, not after its start");
    }
    return new Stretch(start, end);
  }

  private Double seconds(Row row, int column) throws Wrong {
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
    throw new Wrong(
        "has "
            + columns.get(column)
            + " '"
            + text
            + "'; it must be a number of seconds, at least 0");
  }

  private Channels channels(Row row) throws Wrong {
    String party = text(row, PARTY);
    String text = text(row, CHANNEL);
    if (text == null) {
      if (party != null) {
        throw new Wrong("has party '" + party + "' but no channel");
      }
      return null;
    }
    // NeMo and others write a list of one as well.
    String number = text.replaceAll("^\\[\\s*(.*?)\\s*]$", "$1");
    if (number.matches("\\d{1,2}(\\.0)?")) {
      int channel = (int) Double.parseDouble(number);
      if (channel < MOST_CHANNELS) {
        return Channels.one(channel, party);
      }
    }
    throw new Wrong(
        "has channel '" + text + "'; it must be a channel's number from 0, and each channel a row");
  }

  /** The clip with its file's length and time. Those of a shard's members are looked up in it. */
  private Clip lookUp(Clip clip, Row row) {
    if (clip.location().member() != null) {
      return clip;
    }
    Long bytes = row.getAs(ManifestTable.BYTES);
    if (bytes != null) {
      return clip.found(bytes, row.getAs(ManifestTable.MODIFIED_MS), null);
    }
    Configuration hadoop = conf.value().value();
    Path path = new Path(clip.uri());
    try {
      Node<?> file = Tree.of(path, hadoop).find(path);
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
