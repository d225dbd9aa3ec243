package org.segmentser.segment;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Files that ask for much memory are read in a process that has little. */
class BombTest {
  private static final String HEAP = "-Xmx128m";

  /** What the process has in memory with that heap full, and 400 MB for FFmpeg. */
  private static final int MOST_MEGABYTES = 600;

  private static final Map<String, Bomb> OUTCOMES = new HashMap<>();

  private record Bomb(String status, int peakMegabytes, String reason) {}

  @BeforeAll
  static void readAll(@TempDir Path dir) throws IOException, InterruptedException {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin/java").toString(),
                HEAP,
                "-cp",
                System.getProperty("java.class.path"),
                BombReader.class.getName()));
    Map<String, byte[]> bombs = Bombs.all();
    for (Map.Entry<String, byte[]> bomb : bombs.entrySet()) {
      command.add(Files.write(dir.resolve(bomb.getKey()), bomb.getValue()).toString());
    }
    Path errors = dir.resolve("errors.txt");
    Process process = new ProcessBuilder(command).redirectError(errors.toFile()).start();
    String lines = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertThat(process.waitFor()).as(() -> lines + read(errors)).isZero();
    for (String line : lines.lines().toList()) {
      String[] words = line.split("\t", -1);
      OUTCOMES.put(
          Path.of(words[0]).getFileName().toString(),
          new Bomb(words[1], Integer.parseInt(words[2]), words[3]));
    }
    assertThat(OUTCOMES.keySet()).isEqualTo(bombs.keySet());
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      return e.toString();
    }
  }

  @Test
  void eachHasAnOutcomeInLittleMemory() {
    assertThat(OUTCOMES)
        .allSatisfy((name, bomb) -> assertThat(bomb.peakMegabytes()).isLessThan(MOST_MEGABYTES));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          packet.mka      | a packet at 0.000 s has 29,998,000 bytes, more than the 4,194,304 allowed
          laces.mka       | a block of compressed audio has 8,230,005 bytes, more than the 65,536 allowed
          private.mka     | the headers of compressed tracks have 2,469,000 bytes, more than the 65,536 allowed
          index.m4a       | the index claims 300,000,000 entries, more than the 4,194,304 allowed
          chunks.m4a      | the index claims 251,658,240 entries, more than the 4,194,304 allowed
          fragments.m4a   | the index claims 400,000,001 entries, more than the 4,194,304 allowed
          cmov.mov        | the header is compressed, which is not read
          alac.m4a        | a frame at 0.000 s has 33,554,432 samples, more than the 4,194,304 allowed
          channels.wav    | has 65 channels; no more than 64 are decoded
          """)
  void whatWouldCostTooMuchIsRefused(String name, String reason) {
    assertThat(OUTCOMES.get(name)).extracting(Bomb::status).isEqualTo("undecodable");
    assertThat(OUTCOMES.get(name).reason()).isEqualTo(reason);
  }

  @Test
  void whatIsThereBeforeIsScored() {
    assertThat(OUTCOMES.get("late-packet.mka"))
        .extracting(Bomb::status, Bomb::reason)
        .containsExactly(
            "scored", "a packet at 4.000 s has 29,998,000 bytes, more than the 4,194,304 allowed");
  }

  @ParameterizedTest
  @CsvSource({"pictures.mp3", "pictures.wav", "pictures.aiff", "subtitles.mka", "tracks.mka"})
  void whatIsNoAudioIsPassedOver(String name) {
    assertThat(OUTCOMES.get(name))
        .extracting(Bomb::status, Bomb::reason)
        .containsExactly("scored", "null");
  }

  @Test
  void aLongFrameIsReadWhole() {
    Clips.Result clip =
        Clips.read(Bombs.longFrame(1_000_000), "long.mka", ClipSettings.of(Segmentation.DEFAULT));
    assertThat(clip.outcome().reason()).isNull();
    assertThat(clip.outcome().durationS()).isCloseTo(500, within(1e-9));
    assertThat(clip.segments()).hasSize(520);
  }
}
