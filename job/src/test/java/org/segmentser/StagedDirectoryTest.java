package org.segmentser;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The contract on the local disk, and what only shows there. */
class StagedDirectoryTest extends StagedDirectoryContract {
  @TempDir Path dir;

  @Override
  protected String root() {
    return dir.toString();
  }

  @Override
  protected Configuration configuration() {
    return new Configuration();
  }

  @Test
  void noDirectoryIsLeft() throws IOException {
    begin("a/b/out", configuration()).close();
    assertThat(dir).isEmptyDirectory();
    Files.createDirectory(dir.resolve("out"));
    begin("out", configuration()).close();
    assertThat(dir.resolve("out")).isEmptyDirectory();
  }

  @Test
  void noFilesOfChecksumsAreLeftBesideTheOthers() throws IOException {
    Files.createDirectory(dir.resolve("there"));
    for (String name : List.of("new", "there", "at 12:30")) {
      try (StagedDirectory staged = begin(name, configuration())) {
        write(staged, "rows", "marker.json");
        staged.publish("marker.json");
      }
      assertThat(names(name)).containsExactly("marker.json", "rows");
    }
    assertThat(names(".")).containsExactly("at 12:30", "new", "there");
  }

  @Test
  void aPatternOfSparkIsRefused() throws IOException {
    StagedDirectory.refusePattern("s3a://bucket/calls/2026-11");
    for (String name : List.of("a*", "a?", "a[1]", "a{b,c}")) {
      assertThatExceptionOfType(IOException.class)
          .isThrownBy(() -> StagedDirectory.refusePattern("hdfs://host/" + name))
          .withMessage("Spark takes []{}*? in its name for a pattern");
    }
  }

  @Test
  void whereARenameMayNotBeAtomicTheMarkerIsMovedLast() throws IOException {
    List<String> moved = new ArrayList<>();
    try (StagedDirectory staged = begin("hooked", HookedFileSystem.configuration())) {
      write(staged, "a", "marker.json", "z");
      HookedFileSystem.hook(
          (operation, path) -> {
            if (operation.equals("rename")) {
              moved.add(path.getName());
            }
          });
      staged.publish("marker.json");
    }
    assertThat(moved).hasSize(3).endsWith("marker.json");
    assertThat(names("hooked")).containsExactly("a", "marker.json", "z");
  }

  @Test
  void whatWasMovedIsTakenBackIfTheRestCannotBe() throws IOException {
    try (StagedDirectory staged = begin("hooked", HookedFileSystem.configuration())) {
      write(staged, "a", "marker.json", "z");
      HookedFileSystem.hook(
          (operation, path) -> {
            if (operation.equals("rename") && path.getName().equals("marker.json")) {
              throw new IOException("out of order");
            }
          });
      assertThatExceptionOfType(IOException.class)
          .isThrownBy(() -> staged.publish("marker.json"))
          .withMessage("out of order");
    }
    assertThat(dir).isEmptyDirectory();
  }

  @Test
  void closingNeverFails() throws IOException {
    try (StagedDirectory staged = begin("hooked", HookedFileSystem.configuration())) {
      write(staged, "marker.json");
      staged.publish("marker.json");
      HookedFileSystem.hook(
          (operation, path) -> {
            throw new IOException(operation + " is out of order");
          });
    }
    assertThat(names("hooked")).containsExactly("marker.json");
  }

  private StagedDirectory begin(String name, Configuration conf) {
    Path path = dir.resolve(name);
    return StagedDirectory.beginNew(
        conf.get("fs.hooked.impl") == null ? path.toString() : HookedFileSystem.uri(path), conf);
  }

  private static void write(StagedDirectory staged, String... names) throws IOException {
    for (String name : names) {
      staged.write(name, name.getBytes(StandardCharsets.UTF_8));
    }
  }

  private List<String> names(String directory) throws IOException {
    try (Stream<Path> files = Files.list(dir.resolve(directory))) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }
}
