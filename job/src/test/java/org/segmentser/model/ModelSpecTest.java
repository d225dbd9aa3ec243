package org.segmentser.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.segmentser.model.Calibration.Conformal;
import org.segmentser.model.ModelSpec.FileFacts;
import org.segmentser.model.ModelSpec.Head;
import org.segmentser.model.ModelSpec.PostProcessing;
import org.segmentser.model.ModelSpec.Provenance;
import org.segmentser.network.TestCheckpoints;
import org.segmentser.network.VggishArchitecture;
import org.segmentser.network.VggishArchitecture.Fc2;

class ModelSpecTest {
  private static final String SHA = "0123456789abcdef".repeat(4);

  private static final FileFacts FACTS = new FileFacts(SHA, 1);
  private static final Map<String, FileFacts> FILES =
      Map.of("weights.index", FACTS, "weights.data-00000-of-00001", FACTS, "pca.npz", FACTS);

  @Test
  void survivesJson() {
    ModelSpec spec = spec(new Head(100, List.of("angry", "sad")));
    assertThat(ModelJson.read(spec.toJson())).isEqualTo(spec);
    ModelJson.read(spec.toJson()).checkId();
    assertThat(new String(spec.toJson(), StandardCharsets.UTF_8))
        .contains("\"model_id\" : \"mini-", "\"fc2\" : \"relu\"", "\"log_offset\" : 0.01")
        .endsWith("}\n");
    assertThat(ModelJson.read(spec(null).toJson())).isEqualTo(spec(null));
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
    assertThatThrownBy(headless.withArchitecture(TestCheckpoints.MINI.withFc2(Fc2.LINEAR))::checkId)
        .isInstanceOf(ModelException.class)
        .hasMessageStartingWith("model.json: model_id is mini-");
  }

  /** The id of a model that was there before descriptions could have a calibration. */
  @Test
  void idIsAsBeforeWithoutCalibrationAndAnotherWithOne() {
    Head head = new Head(100, List.of("angry", "sad"));
    ModelSpec plain = spec(head);
    ModelSpec calibrated = calibrated(1.5, null);
    assertThat(new String(plain.toJson(), StandardCharsets.UTF_8)).doesNotContain("calibration");
    assertThat(calibrated.modelId())
        .isNotEqualTo(plain.modelId())
        .isNotEqualTo(calibrated(1.6, null).modelId())
        .isNotEqualTo(calibrated(1.5, "pca.npz").modelId());
    assertThat(ModelJson.read(calibrated.toJson())).isEqualTo(calibrated);
    ModelJson.read(calibrated.toJson()).checkId();
    assertThatThrownBy(() -> calibrated(1.5, "novelty.json"))
        .hasMessage("model.json: files lacks novelty.json");
    assertThatThrownBy(() -> spec(null, TestCheckpoints.MINI, calibrated.calibration(), FILES))
        .hasMessage("model.json: head of a calibrated model is missing");
  }

  private static ModelSpec calibrated(double temperature, String novelty) {
    Head head = new Head(100, List.of("angry", "sad"));
    Conformal conformal = new Conformal(7, Collections.nCopies(50, 0.5));
    return spec(
        head, TestCheckpoints.MINI, new Calibration(temperature, conformal, novelty), FILES);
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
        "\"sad\" | \"Angry\" | head.labels cannot be [angry, Angry] (a label must not occur twice)",
        "\"sad\" | \" \" | head.labels cannot be   (a label must be 1 to 100 characters",
        "\"embedding\" : 128 | \"embedding\" : 2000000000 | architecture.embedding cannot be 2000000000"
            + " (must be between 1 and 4,096)",
        "[ 16, | [ 2000000000, | architecture.conv cannot be [2000000000, 32, 64, 64, 128, 128]"
            + " (must be 6 widths between 1 and 2048)",
        "[ 16, | [ 2049, | architecture.conv cannot be [2049, 32, 64, 64, 128, 128]",
        "[ 256, 256 ] | [ 16385, 256 ] | architecture.fc cannot be [16385, 256]",
        "\"hidden\" : 100 | \"hidden\" : 2000000000 | head.hidden cannot be 2000000000"
            + " (must be between 1 and 16,384)",
        "\"fc2\" : \"relu\" | \"fc2\" : \"relu\", \"input_level\" : 1e-300"
            + " | architecture.input_level cannot be 1.0E-300 (must be between",
        "\"fc2\" : \"relu\" | \"fc2\" : \"relu\", \"input_level\" : 1e308"
            + " | architecture.input_level cannot be 1.0E308 (must be between",
        "\"fc2\" : \"relu\" | \"fc2\" : \"relu\", \"input_level\" : 1, \"input_offset\" : 0"
            + " | architecture.input_offset cannot be 0.0 (must be between",
        "\"fc2\" : \"relu\" | \"fc2\" : \"relu\", \"input_offset\" : 0.1"
            + " | architecture.input_offset cannot be 0.1 (needs an input_level)",
        "\"bytes\" : 1 | \"bytes\" : 9223372036854775807 | files.bytes cannot be 92233",
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
    assertThatThrownBy(() -> ModelJson.read(bytes))
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
    assertThatThrownBy(() -> ModelJson.read(json.getBytes(StandardCharsets.UTF_8)))
        .isInstanceOf(ModelException.class)
        .hasMessageStartingWith(problem)
        .hasMessageNotContaining("\n");
  }

  @Test
  void refusesMoreThanATableOrADirectoryHolds() {
    List<String> labels = IntStream.range(0, 257).mapToObj(i -> "label" + i).toList();
    assertThatThrownBy(() -> new Head(100, labels))
        .hasMessage(
            "model.json: the number of head.labels cannot be 257 (must be between 1 and 256)");
    assertThatThrownBy(() -> new Head(100, List.of("x".repeat(101))))
        .hasMessageStartingWith("model.json: head.labels cannot be xxx")
        .hasMessageContaining("...")
        .hasMessageNotContaining("x".repeat(101));
    assertThat(new Head(100, labels.subList(0, 256)).labels()).hasSize(256);
    assertThat(ModelSpec.isName("n".repeat(ModelSpec.MAX_NAME))).isTrue();
    assertThat(ModelSpec.isName("n".repeat(ModelSpec.MAX_NAME + 1))).isFalse();
    FileFacts facts = new FileFacts(SHA, 1);
    Map<String, FileFacts> files = new TreeMap<>();
    IntStream.range(0, 33).forEach(i -> files.put("file" + i, facts));
    assertThatThrownBy(() -> spec(null, TestCheckpoints.MINI, files))
        .hasMessage("model.json: the number of files cannot be 33 (must be between 1 and 32)");
  }

  @Test
  void takesTheOfficialWidthsAndWiderOnes() {
    assertThat(spec(null, TestCheckpoints.FULL, FILES).parameters()).isEqualTo(72_141_184);
    VggishArchitecture wide =
        new VggishArchitecture(
            List.of(128, 256, 512, 512, 1024, 1024), List.of(8192, 8192), 512, Fc2.LINEAR);
    Head head = new Head(400, List.of("angry", "sad"));
    assertThat(spec(head, wide, FILES).parameters()).isLessThan(ModelSpec.MAX_PARAMETERS);
    VggishArchitecture tooWide =
        new VggishArchitecture(
            List.of(2048, 2048, 2048, 2048, 2048, 2048), List.of(16384, 16384), 4096, Fc2.LINEAR);
    assertThatThrownBy(() -> spec(head, tooWide, FILES))
        .isInstanceOf(ModelException.class)
        .hasMessageStartingWith("model.json: the number of parameters cannot be 13")
        .hasMessageEndingWith(" (must be between 1 and 500,000,000)");
  }

  private static ModelSpec spec(Head head) {
    return spec(head, TestCheckpoints.MINI, FILES);
  }

  private static ModelSpec spec(
      Head head, VggishArchitecture architecture, Map<String, FileFacts> files) {
    return spec(head, architecture, null, files);
  }

  private static ModelSpec spec(
      Head head,
      VggishArchitecture architecture,
      Calibration calibration,
      Map<String, FileFacts> files) {
    return ModelSpec.create(
        "mini",
        architecture,
        head,
        new PostProcessing("pca.npz"),
        calibration,
        new Provenance("mini.ckpt", SHA, "2026-01-01T00:00:00Z", "test"),
        files);
  }
}
