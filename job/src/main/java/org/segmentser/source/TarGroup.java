package org.segmentser.source;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.segmentser.Json;
import org.segmentser.UserError;

/**
 * The members of a tar shard that stand together under one key, as WebDataset has them: {@code
 * a/b/c.flac}, {@code a/b/c.json} and {@code a/b/c.txt} are audio and sidecars of {@code a/b/c}.
 */
final class TarGroup {
  /** The column that is the key itself. */
  static final String KEY = "__key__";

  private static final String BYTE_ORDER_MARK = "\uFEFF";

  private final String key;
  private final Set<String> asked;
  private final Map<String, String> texts = new HashMap<>();
  private final Map<String, String> fields = new HashMap<>();
  private final List<Clip> audio = new ArrayList<>();
  private String trouble;
  private boolean hasAudio;
  private long others;

  /**
   * A group without members.
   *
   * @param asked names of the columns whose values are wanted
   */
  TarGroup(String key, Set<String> asked) {
    this.key = key;
    this.asked = asked;
  }

  /** The key of a member: its name up to the first dot of the last part. */
  static String keyOf(String name) {
    int dot = name.indexOf('.', name.lastIndexOf('/') + 1);
    return dot < 0 ? name : name.substring(0, dot);
  }

  /** What follows the key and its dot, in small letters. */
  static String extensionOf(String name) {
    String key = keyOf(name);
    return key.length() == name.length()
        ? ""
        : name.substring(key.length() + 1).toLowerCase(Locale.ROOT);
  }

  String key() {
    return key;
  }

  /** Audio that was added and not taken yet, in the order of the archive. */
  List<Clip> audio() {
    return audio;
  }

  void addAudio(Clip member) {
    audio.add(member);
    hasAudio = true;
  }

  void addOther() {
    others++;
  }

  /** Members that are not audio, if none is. */
  long orphans() {
    return hasAudio ? 0 : others;
  }

  /** Whether the content of a sidecar is wanted. */
  boolean wants(String extension) {
    return asked.contains(extension)
        || (isJson(extension) && asked.stream().anyMatch(column -> !column.equals(KEY)));
  }

  /**
   * Takes the values of a sidecar.
   *
   * @throws IOException if it is malformed; says how
   */
  void addSidecar(String extension, String content) throws IOException {
    String text = content.startsWith(BYTE_ORDER_MARK) ? content.substring(1) : content;
    if (asked.contains(extension)) {
      texts.putIfAbsent(extension, text.strip());
    }
    if (isJson(extension)) {
      fieldsOf(text).forEach(fields::putIfAbsent);
    }
  }

  /** Remembers why values may be missing. */
  void missing(String reason) {
    trouble = reason;
  }

  /** Why values may be missing; null if nothing went wrong. */
  String trouble() {
    return trouble;
  }

  /** The value of a column; null if there is none. */
  String value(String column) {
    if (column.equals(KEY)) {
      return key;
    }
    return texts.containsKey(column) ? texts.get(column) : fields.get(column);
  }

  private static boolean isJson(String extension) {
    return extension.equals("json") || extension.endsWith(".json");
  }

  /** The wanted ones of an object's own fields, objects and arrays as they are written. */
  private Map<String, String> fieldsOf(String json) throws IOException {
    Map<String, String> found = new HashMap<>();
    try (JsonParser parser = Json.MAPPER.createParser(json)) {
      // Python writes NaN.
      parser.enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS.mappedFeature());
      if (parser.nextToken() != JsonToken.START_OBJECT) {
        throw new IOException("not a JSON object");
      }
      while (parser.nextToken() != JsonToken.END_OBJECT) {
        String name = parser.currentName();
        JsonToken value = parser.nextToken();
        int from = (int) parser.currentTokenLocation().getCharOffset();
        String text = value.isStructStart() ? null : parser.getText();
        parser.skipChildren();
        if (value.isStructStart()) {
          text = json.substring(from, (int) parser.currentLocation().getCharOffset());
        }
        if (asked.contains(name) && value != JsonToken.VALUE_NULL) {
          found.put(name, text);
        }
      }
      if (parser.nextToken() != null) {
        throw new IOException("more than one JSON value");
      }
    } catch (IOException e) {
      throw new IOException("malformed JSON: " + UserError.reason(e), e);
    }
    return found;
  }
}
