package org.segmentser.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.assertj.core.api.AbstractThrowableAssert;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.segmentser.UserError;
import org.segmentser.network.ModelImporter;
import org.segmentser.network.TestCheckpoints;
import org.segmentser.network.TestModels;
import org.segmentser.network.VggishArchitecture.Fc2;

class ModelDirectoryTest {
  private static final List<String> LABELS = List.of("angry", "happy", "sad", "neutral");

  @TempDir Path directory;
  private Path model;
  private final Configuration conf = RemoteFileSystem.configuration();

  @BeforeEach
  void makeModel() {
    model = directory.resolve("my model");
    TestModels.mini(model, LABELS);
  }

  @Test
  void opensByPathAndByUri() {
    ModelSpec spec = open(model.toString()).spec();
    assertThat(spec.head().labels()).isEqualTo(LABELS);
    assertThat(open("file:" + model).spec()).isEqualTo(spec);
    assertThat(open(model.toString()).localPath()).contains(model);
    assertThatCode(open(model.toString())::verify).doesNotThrowAnyException();
  }

  @Test
  void leavesNothingButTheModel() throws IOException {
    try (Stream<Path> files = Files.list(model)) {
      assertThat(files.map(f -> f.getFileName().toString()))
          .containsExactlyInAnyOrder("model.json", "weights.index", "weights.data-00000-of-00001");
    }
    try (Stream<Path> files = Files.list(directory)) {
      assertThat(files).containsExactly(model);
    }
  }

  @Test
  void loadsFromAnyFileSystem() {
    ModelDirectory remote = open(RemoteFileSystem.uri(model));
    assertThat(remote.localPath()).isEmpty();
    remote.verify();
    remote.load(ModelRuntime.of(1)).close();
  }

  @Test
  void isMadeOnAnyFileSystem() throws IOException {
    Path checkpoint = directory.resolve("formula.ckpt");
    TestCheckpoints.write(checkpoint, TestCheckpoints.MINI, null);
    Path output = Files.createDirectories(directory.resolve("below/it"));
    try (ModelImporter importer = new ModelImporter(RemoteFileSystem.uri(checkpoint), conf)) {
      importer
          .write(
              new ModelImporter.Target(
                  "mini", Fc2.RELU, List.of(), null, RemoteFileSystem.uri(output)))
          .verify();
    }
    open(output.toString()).verify();
    try (Stream<Path> files = Files.list(output.getParent())) {
      assertThat(files).containsExactly(output);
    }
  }

  @Test
  void saysThatThereIsNone() throws IOException {
    assertThatOpening(directory.resolve("none"))
        .hasMessage("no model at " + directory.resolve("none") + ": there is no such directory");
    assertThatOpening(model.resolve("model.json")).hasMessageEndingWith("it is not a directory");
    Files.delete(model.resolve("model.json"));
    assertThatOpening(model).hasMessage("no model at " + model + ": it has no model.json");
    assertThatThrownBy(() -> open("nofs://x/y"))
        .isInstanceOf(UserError.class)
        .hasMessage("nofs://x/y: no file system has the scheme nofs");
    assertThatThrownBy(() -> open("")).isInstanceOf(ModelException.class);
  }

  @Test
  void saysThatItsDescriptionIsBroken() throws IOException {
    Files.writeString(model.resolve("model.json"), "{\"format\": 1,");
    assertThatOpening(model)
        .hasMessageStartingWith(
            "model " + model + " cannot be used: model.json is broken at line 1");
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void readsADescriptionUpToABound(boolean isLocal) throws IOException {
    Path file = model.resolve("model.json");
    String padding = " ".repeat(ModelSpec.MAX_BYTES - (int) Files.size(file));
    Files.writeString(file, padding, StandardOpenOption.APPEND);
    String uri = isLocal ? model.toString() : RemoteFileSystem.uri(model);
    assertThat(open(uri).spec().head().labels()).isEqualTo(LABELS);
    Files.writeString(file, " ", StandardOpenOption.APPEND);
    assertThatThrownBy(() -> open(uri))
        .isInstanceOf(ModelException.class)
        .hasMessageEndingWith("model.json is larger than the 1,048,576 bytes allowed");
  }

  @Test
  void refusesAbsurdWidthsBeforeAnythingIsLoaded() throws IOException {
    Path file = model.resolve("model.json");
    String good = Files.readString(file);
    Files.writeString(file, good.replace("\"embedding\" : 128", "\"embedding\" : 2147483647"));
    assertThatOpening(model)
        .hasMessage(
            "model "
                + model
                + " cannot be used: model.json: architecture.embedding cannot be 2147483647 (must"
                + " be between 1 and 4,096)");
    Files.writeString(file, good.replace("[ 256, 256 ]", "[ 2147483647, 2147483647 ]"));
    assertThatOpening(model).hasMessageContaining("architecture.fc cannot be [2147483647, ");
  }

  @Test
  void readsACardUpToABound() throws IOException {
    ModelDirectory copy = ModelDirectory.ofDefault(conf);
    Path files = Files.createDirectory(directory.resolve("copy"));
    copy.localCopy(files);
    assertThat(open(files.toString()).card()).isPresent();
    assertThat(open(files.toString()).report()).isPresent();
    Files.write(files.resolve("card.md"), new byte[ModelSpec.MAX_CARD_BYTES + 1]);
    assertThatThrownBy(() -> open(files.toString()).card())
        .isInstanceOf(ModelException.class)
        .hasMessageEndingWith("card.md is larger than the 1,048,576 bytes allowed");
  }

  @Test
  void noticesAChangedDescription() throws IOException {
    Path file = model.resolve("model.json");
    Files.writeString(file, Files.readString(file).replace("\"relu\"", "\"linear\""));
    assertThatThrownBy(open(model.toString())::verify)
        .isInstanceOf(ModelException.class)
        .hasMessageStartingWith("model " + model + " cannot be used: model.json: model_id is ");
  }

  @Test
  void noticesMissingAndChangedFiles() throws IOException {
    ModelDirectory opened = open(model.toString());
    Path data = model.resolve("weights.data-00000-of-00001");
    byte[] bytes = Files.readAllBytes(data);
    bytes[bytes.length / 2] ^= 1;
    Files.write(data, bytes);
    assertThatThrownBy(opened::verify)
        .isInstanceOf(ModelException.class)
        .hasMessageStartingWith(data + " has the SHA-256 ");
    Files.write(data, "torn".getBytes(StandardCharsets.UTF_8));
    assertThatThrownBy(opened::verify)
        .isInstanceOf(ModelException.class)
        .hasMessage(data + " has 4 bytes; model.json says " + bytes.length);
    Files.delete(data);
    assertThatThrownBy(opened::verify)
        .isInstanceOf(ModelException.class)
        .hasMessage("a file of the model is missing: " + data);
    assertThatThrownBy(() -> opened.localCopy(directory))
        .isInstanceOf(ModelException.class)
        .hasMessage("a file of the model is missing: " + data);
  }

  private ModelDirectory open(String uri) {
    return ModelDirectory.open(uri, conf);
  }

  private AbstractThrowableAssert<?, ?> assertThatOpening(Path path) {
    return assertThatThrownBy(() -> open(path.toString())).isInstanceOf(ModelException.class);
  }
}
