package org.segmentser.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NoveltyTest {
  @Test
  void distancesOfHeldOutClipsHaveQuantiles() {
    float[][] known = {{-1}, {1}};
    float[][] heldOut = new float[101][];
    for (int i = 0; i < heldOut.length; i++) {
      heldOut[i] = new float[] {i % 2 == 0 ? i : -i};
    }
    Novelty novelty = CalibratedModels.novelty(0, known, heldOut);
    assertThat(novelty.usualDistance()).isCloseTo(50, within(1e-6));
    assertThat(novelty.farDistance()).isCloseTo(99, within(1e-6));
    assertThat(novelty.known().distance(new double[] {-7})).isCloseTo(7, within(1e-6));
  }

  @Test
  void survivesItsFile() throws IOException {
    SplittableRandom random = new SplittableRandom(1);
    float[][] clips = new float[50][8];
    for (float[] clip : clips) {
      for (int i = 0; i < clip.length; i++) {
        clip[i] = (float) random.nextGaussian();
      }
    }
    Novelty novelty = CalibratedModels.novelty(0.1, clips, clips);
    Novelty read = Novelty.read(new ByteArrayInputStream(novelty.toJson()), 8);
    assertThat(read.toJson()).isEqualTo(novelty.toJson());
    double[] vector = {1, 2, 3, 4, 5, 6, 7, 8};
    assertThat(read.known().distance(vector)).isEqualTo(novelty.known().distance(vector));
    assertThat(read.farDistance()).isEqualTo(novelty.farDistance());
    assertThatThrownBy(() -> Novelty.read(new ByteArrayInputStream(novelty.toJson()), 128))
        .isInstanceOf(ModelException.class)
        .hasMessage("the novelty file is for embeddings of 8 numbers; those of the model have 128");
  }

  /** Files had no offset before. */
  @Test
  void withoutAnOffsetEmbeddingsCountAsTheyAre() throws IOException {
    Novelty novelty = Novelty.read(whole(""), 1);
    assertThat(novelty.known().distance(new double[] {5})).isEqualTo(2);
    assertThatThrownBy(() -> Novelty.read(whole("\"offset\": -1, "), 1))
        .isInstanceOf(ModelException.class)
        .hasMessage("the novelty file is broken: an offset of -1.0");
  }

  private static InputStream whole(String offset) {
    String distances = "0,".repeat(100) + "1";
    String json =
        "{" + offset + "\"mean\": [1], \"factor\": [2], \"distances\": [" + distances + "]}";
    return new ByteArrayInputStream(json.getBytes(StandardCharsets.UTF_8));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "''",
        "null",
        "[]",
        "{}",
        "{\"mean\": [0], \"factor\": [1]}",
        "{\"mean\": [0], \"factor\": [1], \"distances\": [1, 2]}",
        "{\"mean\": [0], \"factor\": [0], \"distances\": []}",
        "{\"mean\": [0, 1], \"factor\": [1, 2], \"distances\": []}",
        "{\"mean\": [1e999], \"factor\": [1], \"distances\": []}",
        "{\"mean\": [0], \"factor\": [1], \"distances\": [2, 1]}",
      })
  void refusesWhatIsNoSuchFile(String json) {
    var in = new ByteArrayInputStream(json.getBytes(StandardCharsets.UTF_8));
    assertThatThrownBy(() -> Novelty.read(in, 1))
        .isInstanceOf(ModelException.class)
        .hasMessageStartingWith("the novelty file is broken: ");
  }

  @Test
  void refusesWhatIsTooLong() {
    var in = new ByteArrayInputStream(new byte[Novelty.MAX_BYTES + 1]);
    assertThatThrownBy(() -> Novelty.read(in, 1))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("larger than");
  }
}
