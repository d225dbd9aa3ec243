package org.segmentser.segment;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.segmentser.Golden;
import org.segmentser.GoldenSet;
import org.segmentser.segment.Segmentation.Mode;

/** Patches against the reference's, for every mode and every golden audio file that has it. */
class GoldenPatchesTest {
  private static final double MAX_AT_16K = 1e-4;
  private static final double MAX_RESAMPLED = 0.05;
  private static final double MEAN_RESAMPLED = 0.005;

  @ParameterizedTest
  @CsvSource({
    "WHOLE, padded, PADDED, NaN",
    "WHOLE, paper-overlap, PAPER_OVERLAP, NaN",
    "WHOLE, unpadded, UNPADDED, NaN",
    "WHOLE, unpadded-hop0.48, UNPADDED, 0.48",
    "SUBSET, padded, PADDED, NaN",
    "SUBSET, paper-overlap, PAPER_OVERLAP, NaN",
    "SUBSET, unpadded, UNPADDED, NaN",
    "SUBSET, unpadded-hop0.48, UNPADDED, 0.48"
  })
  void patchesAreThoseOfTheReference(GoldenSet golden, String name, Mode mode, double hopS)
      throws IOException {
    ClipSettings settings = ClipSettings.of(Segmentation.of(mode, hopS));
    String suffix = "." + name + ".npy";
    List<Path> files;
    try (Stream<Path> patches = Files.list(golden.path("logmel"))) {
      files =
          patches
              .map(file -> file.getFileName().toString())
              .filter(patch -> patch.endsWith(suffix))
              .map(patch -> golden.path("audio/" + patch.replace(suffix, "")))
              .sorted()
              .toList();
    }
    assertThat(files).hasSizeGreaterThan(golden == GoldenSet.WHOLE ? 20 : 2);
    for (Path file : files) {
      Clips.Result clip = Clips.read(file, settings);
      float[] expected = Golden.floats(golden.path("logmel/" + file.getFileName() + suffix));
      float[] actual = Clips.patches(clip.segments());
      assertThat(actual).as("%s %s", file.getFileName(), name).hasSameSizeAs(expected);
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
          .as("largest difference, %s %s", file.getFileName(), name)
          .isLessThanOrEqualTo(resampled ? MAX_RESAMPLED : MAX_AT_16K);
      assertThat(sum / expected.length)
          .as("mean difference, %s %s", file.getFileName(), name)
          .isLessThanOrEqualTo(MEAN_RESAMPLED);
    }
  }

  @ParameterizedTest
  @CsvSource({"speech_44100_stereo.wav, 44100, 2", "speech_8000.wav, 8000, 1"})
  void durationIsThatOfTheFile(String name, int sampleRate, int channels) {
    ClipOutcome outcome =
        Clips.read(Golden.path("audio/" + name), ClipSettings.of(Segmentation.DEFAULT)).outcome();
    assertThat(outcome.durationS()).isEqualTo(30044 / 16000.0);
    assertThat(outcome.sampleRate()).isEqualTo(sampleRate);
    assertThat(outcome.channels()).isEqualTo(channels);
    assertThat(outcome.codec()).isEqualTo("pcm_s16le");
  }
}
