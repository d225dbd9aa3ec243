package org.segmentser.score;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.segmentser.TestSpark;
import org.segmentser.segment.ClipSettings;
import org.segmentser.segment.Clips;
import org.segmentser.segment.Segmentation;
import org.segmentser.source.CorpusListing;
import org.segmentser.source.Inputs;
import org.segmentser.tables.RunColumns.Kind;

/** Files that are not what they were when they were listed. */
class ChangedArchiveTest {
  private final SparkSession spark = TestSpark.session();

  @TempDir Path dir;
  private Path archive;

  @BeforeEach
  void makeArchive() throws IOException {
    archive = Files.createDirectory(dir.resolve("archive"));
    for (String name :
        List.of("same", "gone", "longer", "shorter", "empty", "text", "other", "directory")) {
      Files.write(archive.resolve(name + ".wav"), wav(2, name.length()));
    }
    for (String name : List.of("same", "gone", "shorter")) {
      Files.write(archive.resolve(name + ".tar"), tar());
    }
  }

  @Test
  void eachHasItsReasonAndIsReadAgain() throws IOException {
    Map<String, String> first = night(this::change);
    String shorter = "the file became shorter: 64,044 bytes were listed, ";
    assertThat(first)
        .hasSize(8 + 3 * 3)
        .containsEntry("same.wav", "scored: null")
        .containsEntry(
            "longer.wav",
            "scored: the file became longer: 64,044 bytes were listed, 96,044 are there")
        .containsEntry("shorter.wav", "scored: " + shorter + "40,000 are there")
        .containsEntry("other.wav", "scored: null")
        .containsEntry("same.tar!1.wav", "scored: null");
    assertThat(first.get("empty.wav")).startsWith("undecodable: " + shorter + "0 are there");
    assertThat(first.get("gone.wav")).startsWith("unreadable: ").contains("gone.wav");
    assertThat(first.get("text.wav")).startsWith("undecodable: ");
    assertThat(first.get("directory.wav")).isEqualTo("unreadable: not a regular file");
    for (int member = 0; member < 3; member++) {
      assertThat(first.get("gone.tar!" + member + ".wav"))
          .startsWith("unreadable: ")
          .contains("gone.tar");
    }
    assertThat(first.get("shorter.tar!2.wav")).contains("the file became shorter");

    // What is there now has other lengths or times than those in the tables.
    Map<String, String> second = night(() -> {});
    assertThat(second.keySet())
        .contains("longer.wav", "shorter.wav", "empty.wav", "text.wav", "other.wav")
        .doesNotContain("same.wav", "gone.wav", "same.tar!0.wav", "gone.tar!0.wav");
    assertThat(second)
        .containsEntry("longer.wav", "scored: null")
        .containsEntry("other.wav", "scored: null");
  }

  private void change() {
    try {
      Files.delete(archive.resolve("gone.wav"));
      Files.write(archive.resolve("longer.wav"), wav(3, 1));
      Files.write(archive.resolve("shorter.wav"), Arrays.copyOf(wav(2, 1), 40_000));
      Files.write(archive.resolve("empty.wav"), new byte[0]);
      Files.writeString(archive.resolve("text.wav"), "no audio at all. ".repeat(5_000));
      Path other = Files.write(dir.resolve("other"), wav(2, 9));
      Files.move(other, archive.resolve("other.wav"), StandardCopyOption.REPLACE_EXISTING);
      Files.delete(archive.resolve("directory.wav"));
      Files.createDirectory(archive.resolve("directory.wav"));
      Files.delete(archive.resolve("gone.tar"));
      byte[] tar = tar();
      Files.write(archive.resolve("shorter.tar"), Arrays.copyOf(tar, tar.length * 2 / 3));
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  /** What became of each clip of an incremental run, with a change after it was listed. */
  private Map<String, String> night(Runnable change) throws IOException {
    RunRequest request =
        new RunRequest(
            "score",
            Inputs.of(List.of(archive.toString())),
            CorpusListing.DEFAULT_SPLIT_S,
            new RunRequest.Target(
                dir.resolve("out").toString(), "night", LocalDate.parse("2026-11-29"), false),
            ClipSettings.of(Segmentation.DEFAULT),
            new ScoreSettings(null, Set.of(Kind.EMOTIONS)),
            new RunRequest.Incremental(1_000, 1L << 40, Set.of()));
    List<RunSummary> runs = new ArrayList<>();
    try (PreparedRun run = PreparedRun.prepare(spark, request, null)) {
      change.run();
      run.run(runs::add);
    }
    Map<String, String> outcomes = new TreeMap<>();
    for (RunSummary run : runs) {
      for (Row clip :
          spark
              .read()
              .parquet(dir.resolve("out/clips").toString())
              .where("run_id = '" + run.runId() + "'")
              .select("clip_id", "status", "reason")
              .collectAsList()) {
        String name = clip.getString(0).replaceFirst(".*/archive/", "");
        String outcome = clip.getString(1) + ": " + clip.getString(2);
        assertThat(outcomes.put(name, outcome)).as(name).isNull();
      }
    }
    return outcomes;
  }

  private static byte[] wav(int seconds, long seed) {
    return Clips.wav(16_000, Clips.noise(16_000 * seconds, seed));
  }

  private static byte[] tar() throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (TarArchiveOutputStream tar = new TarArchiveOutputStream(bytes)) {
      for (int member = 0; member < 3; member++) {
        byte[] wav = wav(2, member);
        TarArchiveEntry entry = new TarArchiveEntry(member + ".wav");
        entry.setSize(wav.length);
        tar.putArchiveEntry(entry);
        tar.write(wav);
        tar.closeArchiveEntry();
      }
    }
    return bytes.toByteArray();
  }
}
