package org.segmentser.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.segmentser.Golden;
import org.segmentser.Json;

/** The model inside the packaged jar, evaluated as a user would. */
class DefaultModelIT {
  @TempDir Path dir;

  /** It has heard these clips, so this is no figure of its worth; an untrained one gets a third. */
  @Test
  void knowsTheClipsThatItLearnedFromLoudAndQuietAndByTelephone() throws IOException {
    Path report = dir.resolve("report");
    Child.Result result =
        Launcher.run(
            "evaluate",
            "--corpus",
            "emodb",
            "--input",
            Golden.shared("data/emodb").toAbsolutePath().toString(),
            "--conditions",
            "quiet,telephone",
            "--resamples",
            "10",
            "--output",
            report.toString());
    assertThat(result.exitCode()).as(result.toString()).isZero();
    JsonNode metrics = Json.MAPPER.readTree(report.resolve("metrics.json").toFile());
    assertThat(metrics.get("clips").asInt()).isEqualTo(339);
    // It must not flatter itself without a word.
    String told = "the model was trained on 339 of these 339 clips";
    assertThat(result.stdout()).contains(told);
    assertThat(metrics.at("/trained_on/clips").asInt()).isEqualTo(339);
    assertThat(metrics.at("/trained_on/of").asInt()).isEqualTo(339);
    assertThat(report.resolve("report.html")).content().contains(told);
    assertThat(recall(metrics, "clean")).isGreaterThan(0.9);
    assertThat(recall(metrics, "quiet")).isGreaterThan(0.9);
    assertThat(recall(metrics, "telephone")).isGreaterThan(0.7);
    assertThat(List.of("predictions.parquet", "report.html"))
        .allSatisfy(file -> assertThat(report.resolve(file)).exists());
  }

  private static double recall(JsonNode metrics, String condition) {
    return StreamSupport.stream(metrics.get("conditions").spliterator(), false)
        .filter(c -> c.get("name").asText().equals(condition))
        .findFirst()
        .orElseThrow()
        .get("unweighted_accuracy")
        .asDouble();
  }
}
