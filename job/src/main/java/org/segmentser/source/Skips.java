package org.segmentser.source;

import java.util.EnumSet;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;

/** Counts what a listing leaves out, by the reason. Not thread-safe. */
final class Skips {
  /** Why a file is left out, as the summary counts it. */
  static final String NOT_AUDIO = "without an audio extension";

  /** Why a pipe, a device or a link is left out. */
  static final String SPECIAL = "not a regular file";

  private final SortedMap<String, Long> counts = new TreeMap<>();
  private final Set<Container> containers = EnumSet.noneOf(Container.class);

  void addSpecial() {
    add(SPECIAL, 1);
  }

  /** A file that is not taken for audio. */
  void addOther(String name) {
    add(NOT_AUDIO, 1);
    Container.of(name).ifPresent(containers::add);
  }

  void add(String reason, long count) {
    counts.merge(reason, count, Long::sum);
  }

  SortedMap<String, Long> counts() {
    return counts;
  }

  /** Files that hold or name clips, and that are read when they are given in another way. */
  Set<Container> containers() {
    return containers;
  }

  /** The counts as a listing tells them. */
  Stream<Listed> listed() {
    return counts.entrySet().stream().map(e -> Listed.skipped(e.getKey(), e.getValue()));
  }
}
