package org.segmentser.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.segmentser.model.ModelSpec.Fc2;
import org.segmentser.model.ModelSpec.FileFacts;
import org.segmentser.model.ModelSpec.Head;
import org.segmentser.model.ModelSpec.PostProcessing;
import org.segmentser.model.ModelSpec.Provenance;

class ModelSpecTest {
  private static final String SHA = "0123456789abcdef".repeat(4);

  @Test
  void survivesJson() {
    ModelSpec spec = spec(new Head(100, List.of("angry", "sad")));
    assertThat(ModelSpec.parse(spec.toJson())).isEqualTo(spec);
    ModelSpec.parse(spec.toJson()).checkId();
    assertThat(new String(spec.toJson(), StandardCharsets.UTF_8))
        .contains("\"model_id\" : \"mini-", "\"fc2\" : \"relu\"", "\"log_offset\" : 0.01")
        .endsWith("}\n");
    assertThat(ModelSpec.parse(spec(null).toJson())).isEqualTo(spec(null));
  }

  @Test
  void survivesJavaSerialisation() throws Exception {
    ModelSpec spec = spec(new Head(100, List.of("angry", "sad")));
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
      out.writeObject(spec);
    }
    try (var in = new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
      assertThat(in.readObject()).isEqualTo(spec);
    }
  }

  @Test
  void idFollowsFromWhatDecidesTheNumbers() {
    ModelSpec headless = spec(null);
    assertThat(headless.modelId()).matches("mini-[0-9a-f]{12}");
    assertThat(spec(null).modelId()).isEqualTo(headless.modelId());
    assertThat(spec(new Head(100, List.of("angry", "sad"))).modelId())
        .isNotEqualTo(headless.modelId())
        .isNotEqualTo(spec(new Head(100, List.of("sad", "angry"))).modelId());
    assertThatThrownBy(headless.withFc2(Fc2.LINEAR)::checkId)
        .isInstanceOf(ModelException.class)
        .hasMessageStartingWith("model.json: model_id is mini-");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "\"format\" : 1 | \"format\" : 2 | format is 2; this version reads 1",
        "\"format\" : 1, | | format is 0; this version reads 1",
        "\"mini- | \"/mini- | model_id cannot be /mini-",
        "\"embedding\" : 128 | \"embedding\" : 0 | architecture.embedding cannot be 0",
        "[ 256, 256 ] | [ 256 ] | architecture.fc cannot be [256]",
        "[ 256, 256 ] | [ 256, -1 ] | architecture.fc cannot be [256, -1]",
        "\"hidden\" : 100 | \"hidden\" : 0 | head.hidden cannot be 0",
        "\"sad\" | \"Angry\" | head.labels cannot be [angry, Angry] (a label twice)",
        "\"sad\" | \" \" | head.labels cannot be [angry,  ]",
        "\"mel_bands\" : 64 | \"mel_bands\" : 128 | front_end.mel_bands cannot be 128",
        "\"bytes\" : 1 | \"bytes\" : -1 | files.bytes cannot be -1",
        "\"weights.index\" | \"../weights\" | files cannot be ../weights",
        "\"weights.index\" | \"other\" | files lacks weights.index",
        "\"pca.npz\" | \"pca2.npz\" | files lacks pca2.npz",
        "2026-01-01T00:00:00Z | yesterday | provenance.imported cannot be yesterday",
        "\"tool\" | \"tools\" | provenance.tool is missing",
        "\"front_end\" | \"rear_end\" | front_end is missing",
      })
  void namesTheFieldThatIsWrong(String good, String bad, String problem) {
    String json =
        new String(spec(new Head(100, List.of("angry", "sad"))).toJson(), StandardCharsets.UTF_8);
    assertThat(json).contains(good);
    String broken = json.replace(good, bad == null ? "" : bad);
    if (good.contains("pca.npz")) {
      broken = json.replaceFirst("\"pca\" : \"pca.npz\"", "\"pca\" : \"pca2.npz\"");
    }
    byte[] bytes = broken.getBytes(StandardCharsets.UTF_8);
    assertThatThrownBy(() -> ModelSpec.parse(bytes))
        .isInstanceOf(ModelException.class)
        .hasMessageStartingWith("model.json: " + problem);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "'' | model.json is broken",
        "null | model.json is empty",
        "{\"format\" | model.json is broken at line 1",
        "[] | model.json is broken at line 1",
        "{\"format\": \"new\"} | model.json is broken at line 1",
        "{} {} | model.json",
      })
  void refusesWhatIsNoDescription(String json, String problem) {
    assertThatThrownBy(() -> ModelSpec.parse(json.getBytes(StandardCharsets.UTF_8)))
        .isInstanceOf(ModelException.class)
        .hasMessageStartingWith(problem)
        .hasMessageNotContaining("\n");
  }

  private static ModelSpec spec(Head head) {
    FileFacts facts = new FileFacts(SHA, 1);
    return ModelSpec.create(
        "mini",
        TestCheckpoints.MINI,
        head,
        new PostProcessing("pca.npz"),
        new Provenance("mini.ckpt", SHA, "2026-01-01T00:00:00Z", "test"),
        Map.of("weights.index", facts, "weights.data-00000-of-00001", facts, "pca.npz", facts));
  }
}
