package org.segmentser.corpus;

import static java.util.regex.Pattern.CASE_INSENSITIVE;

import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What the files of a corpus are called, where a file's name says who speaks and how. The case of
 * letters does not matter.
 *
 * @param pattern of the name without its extension, with the groups {@code speaker} and {@code
 *     emotion}; a {@code /} lets the directory count as a part of the name
 * @param emotions the plain names, by what the second group holds, in lower case
 * @param others why clips whose names begin so are left out whatever their emotion
 * @param expected an example and what it says, for the user
 */
record FileNames(
    Pattern pattern, Map<String, String> emotions, Map<String, String> others, String expected) {

  /**
   * What a name says.
   *
   * @param utterance the same for every copy of it
   * @param other why it is left out whatever its emotion; empty if it is not
   */
  record Named(String utterance, String speaker, String emotion, Optional<String> other) {}

  static FileNames of(
      String pattern, Map<String, String> emotions, Map<String, String> others, String expected) {
    return new FileNames(
        Pattern.compile("(?:.*/)?(?<utterance>" + pattern + ")\\.\\w+", CASE_INSENSITIVE),
        emotions,
        others,
        expected);
  }

  /** What the name of a file says; empty if it does not fit. */
  Optional<Named> read(String uri) {
    Matcher name = pattern.matcher(uri);
    if (!name.matches()) {
      return Optional.empty();
    }
    String speaker = name.group("speaker").toUpperCase(Locale.ROOT);
    String utterance = name.group("utterance").toLowerCase(Locale.ROOT).replace('/', '_');
    return Optional.of(
        new Named(
            utterance,
            // TESS holds an OA_bite_neutral.wav.
            speaker.equals("OA") ? "OAF" : speaker,
            emotions.get(name.group("emotion").toLowerCase(Locale.ROOT)),
            others.keySet().stream().filter(utterance::startsWith).findFirst().map(others::get)));
  }
}
