package org.segmentser.official;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.segmentser.model.ModelDirectory;
import org.segmentser.model.ModelException;
import org.segmentser.model.ModelRuntime;
import org.segmentser.model.ModelSpec.PostProcessing;
import org.segmentser.model.ModelSpec.Provenance;
import org.segmentser.model.ModelStaging;
import org.segmentser.network.TestCheckpoints;
import org.segmentser.network.TestModels;
import org.segmentser.network.VggishArchitecture;
import org.segmentser.network.VggishModelTest;

class ModelVerifierTest {
  @TempDir Path directory;
  private final List<String> report = new ArrayList<>();
  private final List<Integer> rates = new ArrayList<>();
  private final ModelVerifier verifier =
      new ModelVerifier(
          (samples, rate) -> {
            assertThat(samples).hasSize(3 * rate);
            rates.add(rate);
            return VggishModelTest.patches(3);
          },
          ModelRuntime.of(2),
          report::add);

  @Test
  void passesAWholeModel() {
    verifier.verify(TestModels.mini(directory.resolve("m"), List.of("angry", "sad")));
    assertThat(report).hasSize(4).allMatch(line -> line.startsWith("ok    "));
    assertThat(rates).isEmpty();
  }

  @Test
  void noticesNumbersThatAreNone() {
    ModelDirectory model = TestModels.notANumber(directory.resolve("m"), List.of());
    assertThatThrownBy(() -> verifier.verify(model))
        .isInstanceOf(ModelException.class)
        .hasMessageEndingWith("does not pass: embeddings of silence and noise are finite");
  }

  @Test
  void noticesThatItsPostProcessingCannotBeRead() throws IOException {
    ModelDirectory model;
    try (ModelStaging staging =
        new ModelStaging(directory.resolve("m").toString(), new Configuration())) {
      TestCheckpoints.write(
          VggishArchitecture.checkpoint(staging.files()), TestCheckpoints.MINI, null);
      Files.writeString(staging.files().resolve("pca_params.npz"), "no zip");
      model =
          staging.publish(
              "m",
              TestCheckpoints.MINI,
              null,
              new PostProcessing("pca_params.npz"),
              new Provenance("m.ckpt", "0".repeat(64), "2026-01-01T00:00:00Z", "test"));
    }
    assertThatThrownBy(() -> verifier.verify(model))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("pca_params.npz");
  }

  @Test
  void holdsOfficialWeightsAgainstWhatIsPublished() {
    // Weights that only say that they are the official ones.
    ModelDirectory model;
    try (ModelStaging staging =
        new ModelStaging(directory.resolve("m").toString(), new Configuration())) {
      TestCheckpoints.write(
          VggishArchitecture.checkpoint(staging.files()), TestCheckpoints.MINI, null);
      model =
          staging.publish(
              "vggish",
              TestCheckpoints.MINI,
              null,
              null,
              new Provenance(
                  "vggish_model.ckpt",
                  OfficialVggish.CHECKPOINT.sha256(),
                  "2026-01-01T00:00:00Z",
                  "test"));
    }
    assertThatThrownBy(() -> verifier.verify(model))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("smoke test, fc2 relu, 44100 Hz: embedding mean")
        .hasMessageContaining("published 0.131")
        .hasMessageContaining("first embedding within 0.050 of the known one")
        .hasMessageContaining("smoke test, fc2 linear, 16000 Hz: embedding std");
    assertThat(rates).containsExactly(44100, 16000);
  }
}
