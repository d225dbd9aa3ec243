package org.segmentser.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The packaged jar, into which the lists of services of many jars are merged, has its families. */
class ModelFamilyIT {
  @TempDir Path dir;

  @Test
  void vggishIsFoundAndOthersAreRefusedInOneLine() throws IOException {
    Path model = dir.resolve("model");
    Launcher.importModel(model.toString());
    Child.Result verified = Launcher.run("model", "verify", model.toString());
    assertThat(verified.exitCode()).as(verified.toString()).isZero();
    Path description = model.resolve("model.json");
    Files.writeString(
        description, Files.readString(description).replaceFirst("\\{", "{ \"family\" : \"crnn\","));
    Child.Result refused = Launcher.run("model", "show", model.toString());
    assertThat(refused.exitCode()).as(refused.toString()).isEqualTo(3);
    assertThat(refused.stdout()).isEmpty();
    assertThat(refused.stderr())
        .isEqualToNormalizingNewlines(
            "segment-ser: error: model "
                + model
                + " cannot be used: model.json: family is crnn, which is unknown; known: vggish\n");
  }
}
