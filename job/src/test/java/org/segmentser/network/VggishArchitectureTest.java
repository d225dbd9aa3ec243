package org.segmentser.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.segmentser.model.MeanFamily;
import org.segmentser.model.ModelException;
import org.segmentser.model.ModelSpec;
import org.segmentser.model.ModelSpec.Head;
import org.segmentser.network.VggishArchitecture.Fc2;
import org.tensorflow.ndarray.Shape;

class VggishArchitectureTest {
  @TempDir Path directory;

  static Stream<VggishArchitecture> architectures() {
    return Stream.of(TestCheckpoints.MINI, TestCheckpoints.FULL);
  }

  @ParameterizedTest
  @MethodSource("architectures")
  void countsTheNumbersOfItsVariables(VggishArchitecture architecture) {
    assertThat(architecture.parameters()).isEqualTo(numbers(architecture, null));
    Head head = new Head(100, List.of("angry", "happy", "sad"));
    assertThat(architecture.parameters() + head.parameters(architecture.embedding()))
        .isEqualTo(numbers(architecture, head));
  }

  private static long numbers(VggishArchitecture architecture, Head head) {
    return Vggish.shapes(architecture, head).values().stream().mapToLong(Shape::size).sum();
  }

  /** The ids of all models that there are follow from it. */
  @Test
  void keepsItsIdentity() {
    String identity = "conv [16, 32, 64, 64, 128, 128]\nfc [256, 256]\nembedding 128\nfc2 relu";
    assertThat(TestCheckpoints.MINI.identity()).isEqualTo(identity);
    VggishArchitecture levelled =
        new VggishArchitecture(
            TestCheckpoints.MINI.conv(), TestCheckpoints.MINI.fc(), 128, Fc2.LINEAR, 1.0, null);
    assertThat(levelled.identity())
        .isEqualTo(identity.replace("relu", "linear") + "\ninput_level 1.0");
    VggishArchitecture offset =
        new VggishArchitecture(levelled.conv(), levelled.fc(), 128, Fc2.LINEAR, 1.0, 0.1);
    assertThat(offset.identity()).isEqualTo(levelled.identity() + "\ninput_offset 0.1");
  }

  @Test
  void isThatOfAModelOfItsFamily() {
    ModelSpec vggish = TestModels.mini(directory.resolve("vggish"), List.of()).spec();
    assertThat(VggishArchitecture.of(vggish)).isEqualTo(TestCheckpoints.MINI);
    ModelSpec other = MeanFamily.make(directory.resolve("mean"), 1, List.of("low")).spec();
    assertThatThrownBy(() -> VggishArchitecture.of(other))
        .isInstanceOf(ModelException.class)
        .hasMessage(
            "model "
                + other.modelId()
                + " is of the family mean; only models of the family vggish can be trained");
  }
}
