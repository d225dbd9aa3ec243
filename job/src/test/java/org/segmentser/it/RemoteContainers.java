package org.segmentser.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.segmentser.TestSpark;
import org.segmentser.score.Containers;

/** Runs over everything that audio is kept in, on another file system than the local one. */
final class RemoteContainers {
  private static final int CLIPS = 4;

  private RemoteContainers() {}

  /**
   * Scores the example audio out of all containers in one run, finds nothing new in another, and
   * scores that of a table in a third.
   *
   * @param root URI below which they are put
   * @param local an empty directory
   * @param spark options of {@code spark-submit} that the file system needs
   */
  static void check(String root, Path local, Configuration conf, String... spark) throws Exception {
    try (var files = Files.list(Launcher.AUDIO)) {
      Containers.write(
          TestSpark.session(),
          files
              .filter(file -> file.toString().matches(".*/(angry|happy_09|not)[^/]*\\.wav"))
              .sorted()
              .toList(),
          local.resolve("in"));
    }
    upload(local.resolve("in"), root, conf);
    List<String> all = new ArrayList<>(List.of("score", "--output", root + "/tables"));
    for (String input : List.of("/in/files", "/in/shard.tar", "/in/shard.tar.gz")) {
      all.addAll(List.of("--input", root + input));
    }
    for (String manifest :
        List.of("clips.csv", "nemo.jsonl", "tarred_audio_manifest.json", "recordings.jsonl")) {
      all.addAll(List.of("--manifest", root + "/in/" + manifest));
    }
    assertRun(all, spark, 7 * CLIPS);
    all.add("--incremental");
    Child.Result again = run(all, spark);
    assertThat(again.exitCode()).as(again.toString()).isZero();
    assertThat(again.stdout())
        .isEqualTo("%d clips have an outcome already; 0 are read\n".formatted(7 * CLIPS));
    assertRun(
        List.of(
            "score",
            "--output",
            root + "/tables",
            "--format",
            "parquet",
            "--input",
            root + "/in/hf.parquet",
            "--keep",
            "text"),
        spark,
        CLIPS);
  }

  private static void upload(Path from, String root, Configuration conf) throws IOException {
    org.apache.hadoop.fs.Path to = new org.apache.hadoop.fs.Path(root + "/in");
    FileSystem fs = to.getFileSystem(conf);
    fs.mkdirs(to.getParent());
    fs.copyFromLocalFile(new org.apache.hadoop.fs.Path(from.toUri()), to);
  }

  private static Child.Result run(List<String> command, String[] spark) {
    List<String> words = new ArrayList<>(command);
    words.add("--");
    words.addAll(Arrays.asList(spark));
    return Launcher.run(words.toArray(String[]::new));
  }

  private static void assertRun(List<String> command, String[] spark, int clips) {
    Child.Result result = run(command, spark);
    assertThat(result.exitCode()).as(result.toString()).isZero();
    assertThat(result.stdout())
        .contains(
            "clips     %d: %d scored, %d undecodable"
                .formatted(clips, clips / CLIPS * (CLIPS - 1), clips / CLIPS))
        .contains("scored or rejected: each once");
  }
}
