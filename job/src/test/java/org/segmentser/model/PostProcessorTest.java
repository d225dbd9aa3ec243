package org.segmentser.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class PostProcessorTest {
  @Test
  void quantisesAsAudioSetDoes() throws IOException {
    PostProcessor post = golden(128);
    float[] embeddings = Golden.floats(Golden.array("model/full.embedding_linear.npy"));
    double[] expected = Golden.array("model/full.postprocessed.npy").data();
    for (int row = 0; row < 10; row++) {
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
    assertThatThrownBy(() -> golden(64))
        .isInstanceOf(ModelException.class)
        .hasMessage(
            "pca_eigen_vectors of the PCA file has the shape [128, 128]; expected [64, 64]");
  }

  private static PostProcessor golden(int size) throws IOException {
    try (InputStream in = Files.newInputStream(Golden.file("model/pca_params.npz"))) {
      return PostProcessor.read(in, size);
    }
  }
}
