package org.segmentser.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.segmentser.GoldenSet;

class PostProcessorTest {
  @ParameterizedTest
  @EnumSource
  void quantisesAsAudioSetDoes(GoldenSet golden) throws IOException {
    PostProcessor post = golden(golden, 128);
    float[] embeddings = Golden.floats(Golden.array(golden, "model/full.embedding_linear.npy"));
    double[] expected = Golden.array(golden, "model/full.postprocessed.npy").data();
    assertThat(embeddings).hasSize(expected.length).hasSizeGreaterThanOrEqualTo(4 * 128);
    for (int row = 0; row < expected.length / 128; row++) {
      byte[] actual = post.quantise(Arrays.copyOfRange(embeddings, row * 128, (row + 1) * 128));
      assertThat(actual).hasSize(128);
      for (int i = 0; i < 128; i++) {
        assertThat((double) Byte.toUnsignedInt(actual[i]))
            .isBetween(expected[row * 128 + i] - 1, expected[row * 128 + i] + 1);
      }
    }
  }

  @Test
  void refusesComponentsOfAnotherSize() {
    assertThatThrownBy(() -> golden(GoldenSet.SUBSET, 64))
        .isInstanceOf(ModelException.class)
        .hasMessage(
            "pca_eigen_vectors of the PCA file has the shape [128, 128]; expected [64, 64]");
  }

  private static PostProcessor golden(GoldenSet golden, int size) throws IOException {
    try (InputStream in = Files.newInputStream(golden.path("model/pca_params.npz"))) {
      return PostProcessor.read(in, size);
    }
  }
}
