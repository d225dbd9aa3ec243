package org.segmentser.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.segmentser.GoldenSet;
import org.segmentser.model.Golden;
import org.segmentser.model.ModelDirectory;
import org.segmentser.model.ModelRuntime;
import org.segmentser.model.ModelRuntime.Convolution;
import org.segmentser.model.ModelSpec;
import org.segmentser.model.Predictions;
import org.segmentser.model.SegmentModel;
import org.segmentser.model.SegmentModel.Output;
import org.segmentser.network.VggishArchitecture.Fc2;
import org.segmentser.segment.Patch;

public class VggishModelTest {
  private static final Set<Output> EMBEDDINGS = EnumSet.of(Output.EMBEDDINGS);
  private static final List<String> LABELS = List.of("angry", "happy", "sad", "neutral");

  @TempDir Path directory;

  @ParameterizedTest
  @CsvSource({
    "WHOLE, mini, mini_v1.ckpt, RELU",
    "WHOLE, mini, mini_v1.ckpt, LINEAR",
    "WHOLE, mini, mini_v2.ckpt, RELU",
    "SUBSET, tiny, tiny_v1.ckpt, RELU",
    "SUBSET, tiny, tiny_v1.ckpt, LINEAR",
    "SUBSET, tiny, tiny_v2.ckpt, RELU"
  })
  void embedsAsTheGoldenNetwork(GoldenSet golden, String name, String checkpoint, Fc2 fc2) {
    List<byte[]> patches = Golden.patches(golden);
    try (ModelImporter importer =
        new ModelImporter(prefix(golden, checkpoint).toString(), new Configuration())) {
      ModelDirectory imported =
          importer.write(
              new ModelImporter.Target(
                  name, fc2, List.of(), null, directory.resolve("m").toString()));
      for (Convolution way : Convolution.values()) {
        try (SegmentModel model = imported.load(ModelRuntime.of(1).with(way))) {
          Golden.assertClose(
              model.predict(patches, EMBEDDINGS).embeddings(),
              golden,
              "model/" + name + ".embedding_" + fc2 + ".npy");
        }
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "WHOLE, mini, mini_v1.ckpt",
    "WHOLE, mini, mini_v2.ckpt",
    "SUBSET, tiny, tiny_v1.ckpt",
    "SUBSET, tiny, tiny_v2.ckpt"
  })
  void readsBothFormatsWithoutImport(GoldenSet golden, String name, String checkpoint) {
    List<byte[]> patches = Golden.patches(golden);
    Path made = directory.resolve("m");
    ModelSpec spec =
        (name.equals("mini") ? TestModels.mini(made, List.of()) : TestModels.tiny(made, List.of()))
            .spec();
    try (SegmentModel model =
        VggishModel.load(spec, prefix(golden, checkpoint), ModelRuntime.of(1))) {
      Golden.assertClose(
          model.predict(patches, EMBEDDINGS).embeddings(),
          golden,
          "model/" + name + ".embedding_relu.npy");
    }
  }

  @ParameterizedTest
  @EnumSource
  void scoresAsTheGoldenHead(Convolution way) {
    try (SegmentModel model =
        TestModels.tiny(directory.resolve("m"), LABELS).load(ModelRuntime.of(1).with(way))) {
      Golden.assertClose(
          model.predict(Golden.patches(GoldenSet.SUBSET), EnumSet.of(Output.LOGITS)).logits(),
          GoldenSet.SUBSET,
          "model/tiny.head_logits.npy");
    }
  }

  /** More patches than go through the convolutions together, and fewer. */
  @ParameterizedTest
  @EnumSource
  void doesNotDependOnTheBatch(Convolution way) {
    List<byte[]> patches = patches(43);
    try (SegmentModel model =
        TestModels.mini(directory.resolve("m"), LABELS).load(ModelRuntime.of(2).with(way))) {
      float[][] whole = model.predict(patches, EnumSet.of(Output.LOGITS)).logits();
      for (int size : new int[] {1, 2, 5, 17}) {
        for (int from = 0; from < patches.size(); from += size) {
          List<byte[]> part = patches.subList(from, Math.min(patches.size(), from + size));
          float[][] logits = model.predict(part, EnumSet.of(Output.LOGITS)).logits();
          for (int i = 0; i < logits.length; i++) {
            Golden.assertClose(logits[i], whole[from + i]);
          }
        }
      }
    }
  }

  @Test
  void returnsWhatIsAskedFor() {
    List<byte[]> patches = patches(2);
    try (SegmentModel model =
        TestModels.mini(directory.resolve("m"), LABELS).load(ModelRuntime.of(1))) {
      Predictions both = model.predict(patches, EnumSet.allOf(Output.class));
      assertThat(both.embeddings()).hasDimensions(2, 128);
      assertThat(both.logits()).hasDimensions(2, 4);
      Predictions logits = model.predict(patches, EnumSet.of(Output.LOGITS));
      assertThat(logits.logits()).isDeepEqualTo(both.logits());
      assertThatThrownBy(logits::embeddings).isInstanceOf(IllegalStateException.class);
      assertThat(model.predict(List.of(), EnumSet.allOf(Output.class)).logits()).isEmpty();
      assertThatThrownBy(() -> model.predict(List.of(new byte[3]), EMBEDDINGS))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("a patch of 3 bytes; expected 24576");
    }
  }

  @Test
  void theHeadAloneGivesTheSameLogits() {
    try (SegmentModel model =
        TestModels.mini(directory.resolve("m"), LABELS).load(ModelRuntime.of(1))) {
      Predictions both = model.predict(patches(5), EnumSet.allOf(Output.class));
      float[][] logits = model.logits(List.of(both.embeddings()));
      assertThat(logits).hasDimensions(5, 4);
      for (int i = 0; i < logits.length; i++) {
        Golden.assertClose(logits[i], both.logits()[i]);
      }
      assertThat(model.logits(List.of())).isEmpty();
      assertThatThrownBy(() -> model.logits(List.of(new float[127])))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("an embedding of 127 numbers; expected 128");
    }
  }

  @Test
  void modelsThatDifferInTheirHeadsHaveOneEmbedder() {
    String id = TestModels.mini(directory.resolve("m"), LABELS).embedderId().orElseThrow();
    // It stands in tables, so it must never change.
    assertThat(id).isEqualTo("vggish-1df60e51cf34cb76");
    for (List<String> others : List.of(List.of("calm", "tense"), List.<String>of())) {
      assertThat(TestModels.mini(directory.resolve("m" + others.size()), others).embedderId())
          .contains(id);
    }
    assertThat(TestModels.tiny(directory.resolve("tiny"), LABELS).embedderId())
        .hasValueSatisfying(other -> assertThat(other).isNotEqualTo(id));
  }

  @Test
  void withoutHeadGivesNoLogits() {
    SegmentModel model =
        TestModels.mini(directory.resolve("m"), List.of()).load(ModelRuntime.of(1));
    assertThatThrownBy(() -> model.predict(patches(1), EnumSet.of(Output.LOGITS)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageEndingWith("has no head");
    assertThatThrownBy(() -> model.logits(List.of(new float[128])))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageEndingWith("has no head");
    model.close();
    model.close();
    assertThatThrownBy(() -> model.predict(patches(1), EMBEDDINGS))
        .isInstanceOf(IllegalStateException.class);
  }

  @ParameterizedTest
  @EnumSource
  void servesManyThreadsAtOnce(Convolution way) throws Exception {
    List<byte[]> patches = patches(4);
    ExecutorService threads = Executors.newFixedThreadPool(8);
    try (SegmentModel model =
        TestModels.mini(directory.resolve("m"), LABELS).load(ModelRuntime.of(2).with(way))) {
      List<Future<float[][]>> futures = new ArrayList<>();
      for (int i = 0; i < 64; i++) {
        byte[] patch = patches.get(i % 4);
        futures.add(
            threads.submit(
                () -> model.predict(List.of(patch), EnumSet.of(Output.LOGITS)).logits()));
      }
      float[][] expected = model.predict(patches, EnumSet.of(Output.LOGITS)).logits();
      for (int i = 0; i < futures.size(); i++) {
        float[] actual = futures.get(i).get()[0];
        Golden.assertClose(actual, expected[i % 4]);
      }
    } finally {
      threads.shutdownNow();
    }
  }

  /** What names a checkpoint: its file or, of the V2 format, what its files begin with. */
  private static Path prefix(GoldenSet golden, String checkpoint) {
    return golden.path("model").resolve(checkpoint);
  }

  /** Patches that differ. */
  public static List<byte[]> patches(int count) {
    List<byte[]> patches = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      patches.add(patch(i));
    }
    return Collections.unmodifiableList(patches);
  }

  private static byte[] patch(int number) {
    float[] values = FormulaWeights.uniform(1000 + number, Patch.FRAMES * Patch.BANDS, 4);
    ByteBuffer bytes = ByteBuffer.allocate(Patch.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(values);
    return bytes.array();
  }
}
