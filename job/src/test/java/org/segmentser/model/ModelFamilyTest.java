package org.segmentser.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.segmentser.model.SegmentModel.Output;
import org.segmentser.network.TestModels;
import org.segmentser.network.VggishFamily;

class ModelFamilyTest {
  @TempDir Path directory;

  @Test
  void isFoundByItsName() {
    assertThat(ModelFamily.named("vggish")).isInstanceOf(VggishFamily.class);
    assertThat(ModelFamily.named("mean")).isInstanceOf(MeanFamily.class);
    assertThatThrownBy(() -> ModelFamily.named("crnn"))
        .isInstanceOf(ModelException.class)
        .hasMessage("model.json: family is crnn, which is unknown; known: mean, vggish");
  }

  @Test
  void isNotWrittenWhereItIsTheDefault() throws IOException {
    ModelDirectory model = TestModels.mini(directory.resolve("m"), List.of());
    assertThat(model.spec().family()).isEqualTo("vggish");
    assertThat(Files.readString(directory.resolve("m/model.json"))).doesNotContain("family");
  }

  @ParameterizedTest
  @ValueSource(strings = {"\"vggish\"", "null"})
  void mayBeTheDefaultByName(String family) throws IOException {
    ModelDirectory model = TestModels.mini(directory.resolve("m"), List.of());
    writeFamily(family);
    ModelDirectory named = open();
    assertThat(named.spec()).isEqualTo(model.spec());
    named.verify();
  }

  @ParameterizedTest
  @ValueSource(strings = {"\"crnn\"", "7", "{}"})
  void isRefusedInOneLineIfItIsUnknown(String family) throws IOException {
    TestModels.mini(directory.resolve("m"), List.of());
    writeFamily(family);
    assertThatThrownBy(this::open)
        .isInstanceOf(ModelException.class)
        .hasMessageStartingWith(
            "model " + directory.resolve("m") + " cannot be used: model.json: family is ")
        .hasMessageEndingWith(", which is unknown; known: mean, vggish")
        .hasMessageNotContaining("\n");
  }

  @Test
  void hasAnArchitectureOfItsOwn() throws Exception {
    ModelDirectory model = MeanFamily.make(directory.resolve("m"), 2, List.of("low", "high"));
    assertThat(Files.readString(directory.resolve("m/model.json")))
        .containsSubsequence(
            "\"format\" : 1,\n  \"model_id\" : \"mean-",
            "\"family\" : \"mean\",",
            "\"copies\" : 3");
    model.verify();
    ModelSpec spec = model.spec();
    assertThat(spec.family()).isEqualTo("mean");
    assertThat(spec.architecture()).isEqualTo(new MeanFamily.Mean(3, "log-mel"));
    // Those of the head: 3 to 1 and 1 to 2, with biases.
    assertThat(spec.parameters()).isEqualTo(1 + 4 + 4);
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
      out.writeObject(spec);
    }
    try (var in = new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
      assertThat(in.readObject()).isEqualTo(spec);
    }
  }

  @Test
  void namesTheFieldOfItsArchitectureThatIsWrong() throws IOException {
    MeanFamily.make(directory.resolve("m"), 2, List.of("low", "high"));
    Path file = directory.resolve("m/model.json");
    String good = Files.readString(file);
    Files.writeString(file, good.replace("\"copies\" : 3", "\"copies\" : 0"));
    assertThatThrownBy(this::open)
        .hasMessageEndingWith("model.json: architecture.copies cannot be 0 (must be above 0)");
    Files.writeString(file, good.replace("\"copies\" : 3", "\"copies\" : \"x\""));
    assertThatThrownBy(this::open)
        .hasMessageContaining("model.json is broken at line ")
        .hasMessageContaining("field architecture.copies: ");
    Files.writeString(file, good.replace("weight.txt", "weights.txt"));
    assertThatThrownBy(this::open).hasMessageEndingWith("model.json: files lacks weight.txt");
  }

  @Test
  void isLoadedFromAnyFileSystem() {
    MeanFamily.make(directory.resolve("m"), 2, List.of("low", "high"));
    ModelDirectory remote =
        ModelDirectory.open(
            RemoteFileSystem.uri(directory.resolve("m")), RemoteFileSystem.configuration());
    int open = MeanFamily.OPEN.get();
    try (SegmentModel model = remote.load(ModelRuntime.of(1))) {
      assertThat(model.spec()).isEqualTo(remote.spec());
      Predictions predictions =
          model.predict(
              List.of(MeanFamily.patch(1), MeanFamily.patch(-3)), EnumSet.allOf(Output.class));
      assertThat(predictions.embeddings()).isDeepEqualTo(new float[][] {{2, 2, 2}, {-6, -6, -6}});
      assertThat(predictions.logits()).isDeepEqualTo(new float[][] {{0, 2}, {0, -6}});
    }
    assertThat(MeanFamily.OPEN).hasValue(open);
  }

  private void writeFamily(String json) throws IOException {
    Path file = directory.resolve("m/model.json");
    Files.writeString(
        file, Files.readString(file).replaceFirst("\\{", "{ \"family\" : " + json + ","));
  }

  private ModelDirectory open() {
    return ModelDirectory.open(directory.resolve("m").toString(), new Configuration());
  }
}
