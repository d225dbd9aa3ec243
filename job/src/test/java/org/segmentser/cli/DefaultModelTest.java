package org.segmentser.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.segmentser.Json;
import org.segmentser.model.ModelDirectory;
import org.segmentser.model.ModelSpec;
import org.segmentser.model.Novelty;
import org.segmentser.train.TrainingPlan;

/** The model inside the jar is a trained one that describes itself. */
class DefaultModelTest {
  private static final long MOST_BYTES = 6 << 20;

  @TempDir static Path dir;
  private static ModelDirectory model;

  @BeforeAll
  static void open() {
    model = ModelDirectory.ofDefault(new Configuration());
  }

  @Test
  void isTheNarrowNetworkOfThePapersEmotions() {
    model.verify();
    assertThat(model.spec().modelId()).startsWith("default-");
    assertThat(model.spec().architecture()).isEqualTo(TrainingPlan.NARROW);
    assertThat(model.spec().head().labels()).isEqualTo(TrainingOptions.EMOTIONS);
    assertThat(model.spec().files().values().stream().mapToLong(ModelSpec.FileFacts::bytes).sum())
        .isLessThan(MOST_BYTES);
  }

  @Test
  void knowsHowSureItIsAndWhatItHasNotHeard() {
    assertThat(model.spec().calibration().conformal().clips()).isEqualTo(2799);
    assertThat(model.spec().calibration().novelty()).isEqualTo(Novelty.FILE_NAME);
  }

  @Test
  void carriesItsCardAndItsReport() throws IOException {
    assertThat(model.card().orElseThrow())
        .isEqualTo(Files.readString(Path.of(System.getProperty("segmentser.root"), "docs/card.md")))
        .contains("EmoDB", "CREMA-D", "Open Database License", "Not for");
    Path files = Files.createDirectory(dir.resolve("files"));
    model.localCopy(files);
    JsonNode report = Json.MAPPER.readTree(files.resolve(ModelSpec.REPORT).toFile());
    assertThat(report.at("/data/clips/angry").asInt()).isEqualTo(747);
    assertThat(report.at("/settings/mode").asText()).isEqualTo("SCRATCH");
    assertThat(report.at("/end").asText()).isEqualTo("FINISHED");
  }
}
