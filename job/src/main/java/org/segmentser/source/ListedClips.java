package org.segmentser.source;

import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * The clips of a run.
 *
 * @param clips every clip once, by {@link Clip#id()}
 * @param skipped how many files in directories were left out, by the reason: {@code without an
 *     audio extension}
 */
public record ListedClips(List<Clip> clips, SortedMap<String, Long> skipped) {
  public ListedClips {
    skipped = Collections.unmodifiableSortedMap(new TreeMap<>(skipped));
  }

  /** Bytes of all clips whose length is known. */
  public long bytes() {
    return bytes(clips);
  }

  /** Bytes of the clips whose length is known. */
  public static long bytes(List<Clip> clips) {
    return clips.stream().map(Clip::bytes).filter(Objects::nonNull).mapToLong(b -> b).sum();
  }

  /** How many clips are known to be unreadable, and the first of them; empty if none is. */
  public Optional<String> firstUnreadable() {
    List<Clip> found = clips.stream().filter(clip -> clip.unreadable() != null).toList();
    return found.stream()
        .findFirst()
        .map(first -> found.size() + ", first " + first.uri() + ": " + first.unreadable());
  }

  /** Counts and bytes, for the log. */
  String summary() {
    return String.format(
        Locale.ROOT,
        "%,d clips (%,d bytes)%s%s",
        clips.size(),
        bytes(),
        firstUnreadable().map(found -> "; unreadable: " + found).orElse(""),
        skipped.isEmpty() ? "" : "; left out: " + describe(skipped));
  }

  /** What was left out, in words: {@code 3 without an audio extension}. */
  public static String describe(Map<String, Long> skipped) {
    return skipped.entrySet().stream()
        .map(reason -> reason.getValue() + " " + reason.getKey())
        .collect(Collectors.joining(", "));
  }
}
