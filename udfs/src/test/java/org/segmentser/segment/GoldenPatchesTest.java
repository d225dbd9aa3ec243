package org.segmentser.segment;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.segmentser.Golden;

/** Patches against the reference's, for every golden audio file and mode. */
class GoldenPatchesTest {
  private static final double MAX_AT_16K = 1e-4;
  private static final double MAX_RESAMPLED = 0.05;
  private static final double MEAN_RESAMPLED = 0.005;

  @ParameterizedTest
  @CsvSource({
    "padded, padded, NaN",
    "paper-overlap, paper-overlap, NaN",
    "unpadded, unpadded, NaN",
    "unpadded-hop0.48, unpadded, 0.48"
  })
  void patchesAreThoseOfTheReference(String mode, String label, double hopS) throws IOException {
    ClipSettings settings = ClipSettings.of(Segmentation.of(label, hopS));
    List<Path> files;
    try (Stream<Path> audio = Files.list(Golden.path("audio"))) {
      files = audio.sorted().toList();
    }
    assertThat(files).hasSizeGreaterThan(20);
    for (Path file : files) {
      Clips.Result clip = Clips.read(file, settings);
      float[] expected =
          Golden.floats(Golden.path("logmel/" + file.getFileName() + "." + mode + ".npy"));
      float[] actual = Clips.patches(clip.segments());
      assertThat(actual).as("%s %s", file.getFileName(), mode).hasSameSizeAs(expected);
      if (expected.length == 0) {
        assertThat(clip.outcome().status()).isEqualTo(Status.TOO_SHORT);
        continue;
      }
      assertThat(clip.outcome().status()).isEqualTo(Status.SCORED);
      assertThat(clip.outcome().reason()).isNull();
      double max = 0;
      double sum = 0;
      for (int i = 0; i < expected.length; i++) {
        double difference = Math.abs(actual[i] - expected[i]);
        max = Math.max(max, difference);
        sum += difference;
      }
      boolean resampled = clip.outcome().sampleRate() != 16_000;
      assertThat(max)
          .as("largest difference, %s %s", file.getFileName(), mode)
          .isLessThanOrEqualTo(resampled ? MAX_RESAMPLED : MAX_AT_16K);
      assertThat(sum / expected.length)
          .as("mean difference, %s %s", file.getFileName(), mode)
          .isLessThanOrEqualTo(MEAN_RESAMPLED);
    }
  }

  @Test
  void durationIsThatOfTheFile() {
    ClipOutcome outcome =
        Clips.read(
                Golden.path("audio/speech_44100_stereo.wav"), ClipSettings.of(Segmentation.DEFAULT))
            .outcome();
    assertThat(outcome.durationS()).isEqualTo(30044 / 16000.0);
    assertThat(outcome.sampleRate()).isEqualTo(44100);
    assertThat(outcome.channels()).isEqualTo(2);
    assertThat(outcome.codec()).isEqualTo("pcm_s16le");
  }
}
