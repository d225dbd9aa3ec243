package org.segmentser.source;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Files that hold many clips, or name them, which {@code --input} does not read. */
enum Container {
  /** Archives other than tar shards. */
  ARCHIVE(
      "of archives, .tar, .tar.gz and .tgz are read: repack others, or unpack them",
      ".tar.bz2",
      ".tar.xz",
      ".tar.zst",
      ".zip"),
  /** Datasets of Hugging Face, or manifests. */
  TABLE(
      "a table that holds audio is read with --format, such as --format parquet; one of file names"
          + " is a --manifest",
      ".parquet",
      ".orc",
      ".arrow"),
  /** Manifests of any kind. */
  TEXT(
      "CSV and JSON files are not read as audio: give a table of file names as --manifest",
      ".csv",
      ".csv.gz",
      ".json",
      ".jsonl",
      ".jsonl.gz",
      ".ndjson");

  private final String remedy;

  @SuppressWarnings("ImmutableEnumChecker") // it is made by List.of
  private final List<String> extensions;

  Container(String remedy, String... extensions) {
    this.remedy = remedy;
    this.extensions = List.of(extensions);
  }

  /** What a file of this name is; empty if it is none. */
  static Optional<Container> of(String name) {
    String lower = name.toLowerCase(Locale.ROOT);
    return Arrays.stream(values())
        .filter(container -> container.extensions.stream().anyMatch(lower::endsWith))
        .findFirst();
  }

  /** That it is not read, and what to do. */
  String remedy() {
    return remedy;
  }
}
