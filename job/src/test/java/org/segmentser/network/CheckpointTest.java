package org.segmentser.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.hadoop.conf.Configuration;
import org.assertj.core.api.AbstractThrowableAssert;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.segmentser.model.Golden;
import org.segmentser.model.ModelDirectory;
import org.segmentser.model.ModelException;
import org.segmentser.model.ModelRuntime;
import org.segmentser.model.ModelSpec;
import org.segmentser.network.VggishArchitecture.Fc2;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.types.TFloat64;
import org.tensorflow.types.family.TType;

class CheckpointTest {
  private static final String BIASES = "vggish/fc2/biases";

  @TempDir Path directory;
  private Path prefix;
  private ModelSpec spec;

  @BeforeEach
  void makeModel() {
    ModelDirectory model = TestModels.mini(directory.resolve("m"), List.of());
    spec = model.spec();
    prefix = VggishArchitecture.checkpoint(directory.resolve("m"));
  }

  @Test
  void tellsShapes() {
    Checkpoint checkpoint = new Checkpoint(prefix);
    assertThat(checkpoint.shape(BIASES)).contains(Shape.of(128));
    assertThat(checkpoint.shape("vggish/conv1/weights")).contains(Shape.of(3, 3, 1, 16));
    assertThat(checkpoint.shape("head/fc/weights")).isEmpty();
    Checkpoint v1 = new Checkpoint(tinyV1());
    assertThat(v1.shape(BIASES)).contains(Shape.of(128));
    assertThat(v1.shape("head/fc/weights")).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"run[2]", "what?", "all*", "back\\slash"})
  void aDirectoryMayBeCalledLikeAPattern(String name) throws IOException {
    Path other = Files.move(directory.resolve("m"), directory.resolve(name));
    Checkpoint checkpoint = new Checkpoint(VggishArchitecture.checkpoint(other));
    assertThat(checkpoint.shape(BIASES)).contains(Shape.of(128));
    checkpoint.copyTo(other.resolve("copy"), List.of(BIASES));
    assertThat(new Checkpoint(other.resolve("copy")).shape(BIASES)).contains(Shape.of(128));
    assertThatThrownBy(() -> new Checkpoint(directory.resolve(name)))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining(name + " for a pattern; give it one without any of * ? [ \\");
  }

  @Test
  void copiesOnlyWhatIsNamed() {
    Path copy = directory.resolve("copy");
    new Checkpoint(tinyV1()).copyTo(copy, List.of(BIASES));
    assertThat(new Checkpoint(copy).shape(BIASES)).contains(Shape.of(128));
    assertThat(new Checkpoint(copy).shape("vggish/fc2/weights")).isEmpty();
  }

  @Test
  void namesAMissingVariable() {
    rewrite(BIASES, null);
    assertThatLoading().hasMessage("checkpoint " + prefix + " has no variable " + BIASES);
  }

  @Test
  void namesAVariableOfAnotherShape() {
    rewrite(BIASES, TestCheckpoints.tensor(Shape.of(64), new float[64]));
    assertThatLoading()
        .hasMessage(
            "variable vggish/fc2/biases of checkpoint "
                + prefix
                + " has the shape [64]; expected [128]");
  }

  @Test
  void namesAVariableOfAnotherType() {
    rewrite(BIASES, TFloat64.tensorOf(Shape.of(128)));
    assertThatLoading().hasMessageContaining("variable " + BIASES + " cannot be read");
  }

  @Test
  void namesTheVariableWhereItIsTorn() throws IOException {
    cut(directory.resolve("m/weights.data-00000-of-00001"), 1_000_000);
    assertThatLoading()
        .hasMessageMatching("variable \\S+ cannot be read; checkpoint .* is damaged.*");
  }

  @Test
  void refusesATornIndex() throws IOException {
    cut(directory.resolve("m/weights.index"), 100);
    assertThatLoading().hasMessageContaining("is damaged or not a checkpoint");
  }

  @Test
  void refusesANoCheckpoint() throws IOException {
    Files.delete(directory.resolve("m/weights.index"));
    assertThatLoading().hasMessage("no checkpoint at " + prefix);
    Path v1 = Files.write(directory.resolve("v1"), new byte[1000]);
    prefix = v1;
    assertThatLoading().hasMessageContaining("is damaged or not a checkpoint");
    cut(Files.copy(tinyV1(), v1, StandardCopyOption.REPLACE_EXISTING), 20_000);
    assertThatLoading().hasMessageContaining("is damaged or not a checkpoint");
  }

  /** What is corrupt may be refused, but must not end the process. */
  @ParameterizedTest
  @ValueSource(strings = {"v1", "m/weights.index", "m/weights.data-00000-of-00001"})
  void outlivesCorruptedBytes(String name) throws IOException {
    Path v1 = Files.copy(tinyV1(), directory.resolve("v1"));
    Path file = directory.resolve(name);
    byte[] whole = Files.readAllBytes(file);
    int refused = 0;
    for (int seed = 0; seed < 20; seed++) {
      Random random = new Random(seed);
      byte[] bytes = whole.clone();
      // Where tables have their facts: at either end, or anywhere.
      int end = Math.min(bytes.length, 1000);
      int[] places = {
        random.nextInt(end), bytes.length - 1 - random.nextInt(end), random.nextInt(bytes.length)
      };
      for (int place : places) {
        bytes[place] ^= (byte) (1 + random.nextInt(255));
      }
      Files.delete(file);
      Files.write(file, bytes);
      String uri = name.equals("v1") ? v1.toString() : prefix.toString();
      Path output = directory.resolve("output" + seed);
      try (ModelImporter importer = new ModelImporter(uri, new Configuration())) {
        importer.write(new ModelImporter.Target("c", Fc2.RELU, List.of(), null, output.toString()));
      } catch (ModelException e) {
        assertThat(e.getMessage()).doesNotContain("\n");
        refused++;
      }
    }
    assertThat(refused).isPositive();
  }

  private AbstractThrowableAssert<?, ?> assertThatLoading() {
    return assertThatThrownBy(() -> VggishModel.load(spec, prefix, ModelRuntime.of(1)))
        .isInstanceOf(ModelException.class)
        .hasMessageNotContaining("\n");
  }

  private static Path tinyV1() {
    return Golden.file("model/tiny_v1.ckpt");
  }

  /** Writes the checkpoint again with another tensor, or none, for a variable. */
  private void rewrite(String name, TType replacement) {
    Map<String, TType> tensors = new LinkedHashMap<>();
    Map<String, Shape> shapes = Vggish.shapes(TestCheckpoints.MINI, null);
    FormulaWeights.of(TestCheckpoints.MINI, null)
        .forEach((n, v) -> tensors.put(n, TestCheckpoints.tensor(shapes.get(n), v.get())));
    tensors.remove(name).close();
    if (replacement != null) {
      tensors.put(name, replacement);
    }
    TestCheckpoints.write(prefix, tensors);
    tensors.values().forEach(TType::close);
  }

  private static void cut(Path file, int length) throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    Files.delete(file);
    Files.write(file, Arrays.copyOf(bytes, length));
  }
}
