package org.segmentser.segment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Speech through lossy formats keeps its segments, and its patches come close to the source's. The
 * bound on the mean difference tells a codec's loss from a fault such as a shift, a wrong rate or
 * noise, which differ by 1 and more.
 */
class LossyFormatsTest {
  private static final ClipSettings PADDED = ClipSettings.of(Segmentation.DEFAULT);

  @TempDir Path dir;

  @ParameterizedTest
  @CsvSource({
    "mp3, 64, 0.1, ffmpeg -c:a libmp3lame -b:a 128k",
    "ogg, 64, 0.1, ffmpeg -c:a libvorbis -q:a 8",
    "opus, 64, 0.1, ffmpeg -c:a libopus -b:a 96k",
    "m4a, 64, 0.15, ffmpeg -c:a aac -b:a 128k",
    // ADTS does not say that its encoder began late, so its audio is shifted.
    "aac, 64, Infinity, ffmpeg -c:a aac -b:a 128k",
    "g722, 64, 0.25, ffmpeg -c:a g722",
    "wav, 64, 0.1, ffmpeg -c:a pcm_mulaw",
    "wav, 64, 0.3, ffmpeg -c:a adpcm_ima_wav",
    // Telephone codecs leave nothing above 3.4 kHz.
    "gsm, 40, 0.6, ffmpeg -c:a libgsm -ar 8000",
    "amr, 40, 0.6, sox -r 8000 -t amr-nb -C 7",
  })
  void keepTheirSegments(String extension, int bands, double bound, String encoder)
      throws Exception {
    Path source =
        Path.of(System.getProperty("segmentser.root", ".."), "examples/audio/angry_08a01Wa.wav");
    Clips.Result expected = Clips.read(source, PADDED);
    Clips.Result actual = Clips.read(encoded(source, extension, encoder), PADDED);

    assertThat(actual.outcome().status()).isEqualTo(Status.SCORED);
    if (extension.equals("g722")) {
      assertThat(actual.outcome().reason())
          .isEqualTo(
              "the format g722 was taken from the file's name; nothing in the file tells it");
    } else {
      assertThat(actual.outcome().reason()).isNull();
    }
    int fewer = Math.min(expected.segments().size(), actual.segments().size());
    int more = Math.max(expected.segments().size(), actual.segments().size());
    assertThat(more - fewer).isLessThanOrEqualTo(1);
    float[] a = Clips.patches(expected.segments().subList(0, fewer));
    float[] b = Clips.patches(actual.segments().subList(0, fewer));
    double sum = 0;
    int count = 0;
    for (int i = 0; i < a.length; i++) {
      if (i % Patch.BANDS < bands) {
        sum += Math.abs(a[i] - b[i]);
        count++;
      }
    }
    assertThat(sum / count).as("mean difference of patches").isLessThan(bound);
  }

  private Path encoded(Path source, String extension, String encoder) throws Exception {
    List<String> words = List.of(encoder.split(" "));
    Path target = dir.resolve("speech." + extension);
    List<String> command = new ArrayList<>();
    command.add(words.get(0));
    if (words.get(0).equals("ffmpeg")) {
      command.addAll(List.of("-v", "error", "-i"));
    }
    command.add(source.toString());
    command.addAll(words.subList(1, words.size()));
    command.add(target.toString());
    Process process;
    try {
      process = new ProcessBuilder(command).redirectErrorStream(true).start();
    } catch (IOException e) {
      assumeTrue(false, "skipped: no " + words.get(0) + " on the PATH");
      throw e;
    }
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(1, TimeUnit.MINUTES)).isTrue();
    assertThat(process.exitValue()).as(said).isZero();
    assertThat(Files.size(target)).isPositive();
    return target;
  }
}
