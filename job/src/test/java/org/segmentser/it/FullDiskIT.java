package org.segmentser.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.segmentser.segment.Clips;

/**
 * Disks that fill up while a run is at work: the run says which, and goes on when there is room.
 */
class FullDiskIT {
  private static final int CLIPS = 120;
  private static final String ROOM = "1g";

  @TempDir static Path dir;
  private static Path audio;

  @BeforeAll
  static void makeArchive() throws IOException {
    audio = Files.createDirectory(dir.resolve("audio"));
    Files.write(audio.resolve("long.wav"), Clips.wav(16_000, Clips.noise(16_000 * 150, CLIPS)));
    for (int i = 0; i < CLIPS; i++) {
      Files.write(
          audio.resolve("clip%04d.wav".formatted(i)),
          Clips.wav(16_000, Clips.noise(32_000 + 100 * (i % 97), i)));
    }
  }

  @Test
  void theOutputs() throws IOException {
    try (SmallDisk disk = SmallDisk.mount(dir.resolve("output"), "800k")) {
      String output = disk.path().resolve("tables").toString();
      assertFails(score(output, Map.of()), "the output " + output);
      assertThat(disk.path().resolve("tables/_staging")).doesNotExist();
      assertThat(files(disk.path().resolve("tables/runs"))).isNotEmpty();
      disk.resize(ROOM);
      assertGoesOn(output, Map.of());
    }
  }

  @Test
  void sparksOwn() throws IOException {
    try (SmallDisk disk = SmallDisk.mount(dir.resolve("local"), "8k")) {
      String output = dir.resolve("of-spark").toString();
      // Sections are put together by a shuffle, whose files are Spark's own.
      String[] local = {"--split-seconds", "60", "--", "--conf", "spark.local.dir=" + disk.path()};
      assertFails(score(output, Map.of(), local), disk.path().toString());
      assertThat(dir.resolve("of-spark/_staging")).doesNotExist();
      assertThat(files(disk.path())).isEmpty();
      disk.resize(ROOM);
      assertGoesOn(output, Map.of(), local);
    }
  }

  @Test
  void thatOfUnpackedLibraries() throws IOException {
    try (SmallDisk disk = SmallDisk.mount(dir.resolve("natives"), "16m")) {
      Path cache = disk.path().resolve("cache");
      Map<String, String> env =
          Map.of(
              "SPARK_SUBMIT_OPTS",
              Child.SHORT_DRIVER + " -Dorg.bytedeco.javacpp.cachedir=" + cache);
      String output = dir.resolve("of-libraries").toString();
      assertFails(score(output, env), cache.toString());
      assertThat(dir.resolve("of-libraries")).doesNotExist();
      disk.resize(ROOM);
      assertGoesOn(output, env);
    }
  }

  private static Child.Result score(String output, Map<String, String> env, String... spark) {
    List<String> args =
        new ArrayList<>(
            List.of(
                "score",
                "--incremental",
                "--max-clips-per-batch",
                "10",
                "--speech",
                "off",
                "--input",
                audio.toString(),
                "--output",
                output));
    args.addAll(Arrays.asList(spark));
    return run(env, args);
  }

  private static Child.Result run(Map<String, String> env, List<String> args) {
    List<String> command = Launcher.command(args.toArray(String[]::new));
    try (Child child = Child.start("full", command, env, null)) {
      return child.await(Duration.ofMinutes(5));
    }
  }

  private static void assertFails(Child.Result result, String place) {
    assertThat(result.exitCode()).as(result.toString()).isEqualTo(1);
    List<String> errors =
        result.stderr().lines().filter(line -> line.startsWith("segment-ser: error: ")).toList();
    assertThat(errors).as(result.toString()).hasSize(1);
    assertThat(errors.get(0)).contains("no space left").contains(place);
  }

  private static void assertGoesOn(String output, Map<String, String> env, String... spark) {
    Child.Result result = score(output, env, spark);
    assertThat(result.exitCode()).as(result.toString()).isZero();
    Child.Result verified =
        run(Map.of(), List.of("verify", "--output", output, "--input", audio.toString()));
    assertThat(verified.exitCode()).as(verified.toString()).isZero();
  }

  private static List<Path> files(Path directory) throws IOException {
    try (Stream<Path> files = Files.walk(directory)) {
      return files.filter(Files::isRegularFile).toList();
    }
  }
}
