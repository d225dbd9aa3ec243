package org.segmentser.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.segmentser.Json;
import org.segmentser.model.ModelDirectory;

/** What is told of a model. */
class ModelTextTest {
  @Test
  void aModelThatIsMixedWithItsBaseSaysSo() throws IOException {
    ModelDirectory model = ModelDirectory.openOrDefault(null, new Configuration());
    JsonNode report = Json.MAPPER.readTree(model.report().orElseThrow());
    assertThat(text(model, report)).doesNotContain("mixed with");
    ((ObjectNode) report.at("/settings/recipe")).put("base_share", 0.5);
    assertThat(text(model, report)).contains(", mixed with 50 % of the base model's");
  }

  private static String text(ModelDirectory model, JsonNode report) throws IOException {
    return ModelText.of(model.spec(), Optional.of(Json.MAPPER.writeValueAsBytes(report)));
  }
}
