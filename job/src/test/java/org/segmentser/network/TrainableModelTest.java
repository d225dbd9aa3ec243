package org.segmentser.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.segmentser.model.ModelDirectory;
import org.segmentser.model.ModelException;
import org.segmentser.model.ModelRuntime;
import org.segmentser.model.ModelRuntime.Convolution;
import org.segmentser.model.ModelSpec;
import org.segmentser.model.ModelSpec.Head;
import org.segmentser.model.SegmentModel;
import org.segmentser.network.TrainableModel.Batch;
import org.segmentser.network.TrainableModel.LearningSettings;
import org.segmentser.network.TrainableModel.Loss;
import org.segmentser.network.TrainableModel.Scope;
import org.segmentser.network.TrainableModel.Step;
import org.segmentser.network.VggishArchitecture.Fc2;
import org.segmentser.segment.Patch;

class TrainableModelTest {
  /** Equal to the bit, as another way to compute convolutions is not. */
  private static final ModelRuntime AS_IN_TRAINING = ModelRuntime.of(1).with(Convolution.DIRECT);

  private static final VggishArchitecture NARROW =
      new VggishArchitecture(List.of(4, 4, 8, 8, 8, 8), List.of(16, 16), 8, Fc2.RELU);
  private static final Head HEAD = new Head(10, List.of("low", "high"));
  private static final int PATCH = Patch.FRAMES * Patch.BANDS;

  @TempDir private Path directory;

  private static LearningSettings settings(Scope scope, Loss loss) {
    return new LearningSettings(scope, loss, 1e-8, 0, 0, 0, 0);
  }

  /** Two kinds of patches: loud in the low bands, and in the high ones. */
  private static Batch patches(int count, int seed) {
    SplittableRandom random = new SplittableRandom(seed);
    float[] inputs = new float[count * PATCH];
    float[] targets = new float[count * 2];
    for (int i = 0; i < count; i++) {
      int label = i % 2;
      targets[2 * i + label] = 1;
      for (int j = 0; j < PATCH; j++) {
        boolean loud = (j % Patch.BANDS < Patch.BANDS / 2) == (label == 0);
        inputs[i * PATCH + j] = (loud ? 1 : -3) + (float) random.nextDouble();
      }
    }
    float[] weights = new float[count];
    Arrays.fill(weights, 1f);
    return new Batch(inputs, targets, weights);
  }

  private static Step learn(TrainableModel model, int steps) {
    Step step = null;
    for (int i = 1; i <= steps; i++) {
      step = model.step(patches(8, i), i, 3e-3, i);
    }
    return step;
  }

  @ParameterizedTest
  @EnumSource(Loss.class)
  void learnsToTellPatchesApart(Loss loss) {
    try (TrainableModel model =
        new TrainableModel(NARROW, HEAD, settings(Scope.ALL, loss), ModelRuntime.of(1))) {
      model.initialize(7);
      double first = learn(model, 1).loss();
      assertThat(learn(model, 60).loss()).isLessThan(first / 5);
      float[][] logits = model.predict(patches(4, 99).inputs(), 4);
      assertThat(logits[0][0]).isGreaterThan(logits[0][1]);
      assertThat(logits[1][1]).isGreaterThan(logits[1][0]);
    }
  }

  @Test
  void stepsOnlyAsAdamSays() {
    // The first step of Adam moves a weight by the rate, whatever the gradient's length: here the
    // logits' biases, whose gradient is clear of epsilon.
    LearningSettings settings = settings(Scope.HEAD, Loss.SOFTMAX);
    Batch batch = new Batch(new float[8], new float[] {1, 0}, new float[] {1});
    try (TrainableModel model = new TrainableModel(NARROW, HEAD, settings, ModelRuntime.of(1))) {
      model.initialize(7);
      // Of an embedding of zeros the logits are the biases alone.
      assertThat(model.predict(new float[8], 1)[0]).containsExactly(0f, 0f);
      Step step = model.step(batch, 1, 0.01, 1);
      assertThat(step.loss()).isCloseTo(Math.log(2), within(1e-6));
      float[] after = model.predict(new float[8], 1)[0];
      assertThat(after[0]).isCloseTo(0.01f, within(1e-6f));
      assertThat(after[1]).isCloseTo(-0.01f, within(1e-6f));
    }
  }

  @Test
  void theSigmoidLossIsTheMeanOverLabels() {
    Batch batch = new Batch(new float[8], new float[] {1, 0}, new float[] {1});
    LearningSettings settings = settings(Scope.HEAD, Loss.SIGMOID);
    try (TrainableModel model = new TrainableModel(NARROW, HEAD, settings, ModelRuntime.of(1))) {
      model.initialize(7);
      assertThat(model.step(batch, 1, 0, 1).loss()).isCloseTo(Math.log(2), within(1e-6));
    }
  }

  @Test
  void weightsScaleTheLossOfTheirExample() {
    float[] targets = {1, 0, 0, 1};
    LearningSettings settings = settings(Scope.HEAD, Loss.SOFTMAX);
    try (TrainableModel model = new TrainableModel(NARROW, HEAD, settings, ModelRuntime.of(1))) {
      model.initialize(7);
      model.step(new Batch(new float[8], new float[] {1, 0}, new float[] {1}), 1, 1, 1);
      double right = model.step(oneOf(targets, 1, 0), 1, 0, 1).loss();
      double wrong = model.step(oneOf(targets, 0, 1), 1, 0, 1).loss();
      assertThat(right).isLessThan(wrong);
      assertThat(model.step(oneOf(targets, 1, 3), 1, 0, 1).loss())
          .isCloseTo(right + 3 * wrong, within(1e-5));
    }
  }

  private static Batch oneOf(float[] targets, float first, float second) {
    return new Batch(new float[16], targets, new float[] {first, second});
  }

  @Test
  void theSameSeedGivesTheSameNetworkToTheBit() {
    LearningSettings settings =
        new LearningSettings(Scope.ALL, Loss.SOFTMAX, 1e-8, 0.3, 0.01, 1, 0.99);
    float[] probe = patches(2, 5).inputs();
    float[][][] results =
        IntStream.of(7, 7, 8)
            .mapToObj(
                seed -> {
                  try (TrainableModel model =
                      new TrainableModel(NARROW, HEAD, settings, ModelRuntime.of(2))) {
                    model.initialize(seed);
                    learn(model, 10);
                    return model.predict(probe, 2);
                  }
                })
            .toArray(float[][][]::new);
    assertThat(results[0]).isDeepEqualTo(results[1]);
    assertThat(results[0][0]).isNotEqualTo(results[2][0]);
  }

  @Test
  void goesOnFromWhatItSaved() {
    LearningSettings settings =
        new LearningSettings(Scope.ALL, Loss.SOFTMAX, 1e-8, 0.3, 0.01, 1, 0.9);
    float[] probe = patches(2, 5).inputs();
    Path saved = directory.resolve("state");
    float[][] expected;
    try (TrainableModel model = new TrainableModel(NARROW, HEAD, settings, ModelRuntime.of(1))) {
      model.initialize(7);
      model.step(patches(8, 1), 1, 3e-3, 1);
      model.save(saved);
      model.step(patches(8, 2), 2, 3e-3, 2);
      expected = model.predict(probe, 2);
    }
    try (TrainableModel model = new TrainableModel(NARROW, HEAD, settings, ModelRuntime.of(1))) {
      model.restore(saved);
      model.step(patches(8, 2), 2, 3e-3, 2);
      assertThat(model.predict(probe, 2)).isDeepEqualTo(expected);
    }
  }

  @Test
  void averagesFollowTheWeightsMoreSlowly() {
    Batch batch = new Batch(new float[8], new float[] {1, 0}, new float[] {1});
    LearningSettings settings = new LearningSettings(Scope.HEAD, Loss.SOFTMAX, 1e-8, 0, 0, 0, 0.99);
    try (TrainableModel model = new TrainableModel(NARROW, HEAD, settings, ModelRuntime.of(1))) {
      model.initialize(7);
      model.step(batch, 1, 0.01, 1);
      // Of the first step 2 / 11 is kept.
      assertThat(model.predict(new float[8], 1)[0][0]).isCloseTo(0.01f * 9 / 11, within(1e-6f));
    }
  }

  @Test
  void aSavedNetworkIsAModelThatPredictsTheSame() {
    LearningSettings settings = new LearningSettings(Scope.ALL, Loss.SOFTMAX, 1e-8, 0.3, 0, 0, 0.9);
    VggishArchitecture levelled =
        new VggishArchitecture(NARROW.conv(), NARROW.fc(), NARROW.embedding(), Fc2.RELU, 0.5, 0.2);
    Batch probe = patches(2, 5);
    float[][] expected;
    ModelDirectory written;
    try (TrainableModel model = new TrainableModel(levelled, HEAD, settings, ModelRuntime.of(1))) {
      model.initialize(7);
      learn(model, 5);
      expected = model.predict(probe.inputs(), 2);
      byte[] report = "{}".getBytes(StandardCharsets.UTF_8);
      String output = directory.resolve("model").toString();
      written =
          model.publish("test", "some data", report, null, null, null, output, new Configuration());
    }
    ModelDirectory read = ModelDirectory.open(written.toString(), new Configuration());
    read.verify();
    assertThat(read.spec().architecture()).isEqualTo(levelled);
    assertThat(read.spec().files()).containsKey(ModelSpec.REPORT);
    try (SegmentModel model = read.load(AS_IN_TRAINING)) {
      List<byte[]> patches = List.of(bytes(probe.inputs(), 0), bytes(probe.inputs(), 1));
      assertThat(model.predict(patches, Set.of(SegmentModel.Output.LOGITS)).logits())
          .isDeepEqualTo(expected);
    }
  }

  private static byte[] bytes(float[] patches, int index) {
    ByteBuffer bytes = ByteBuffer.allocate(Patch.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(patches, index * PATCH, PATCH);
    return bytes.array();
  }

  @Test
  void aLevelledNetworkDoesNotHearTheLevel() {
    VggishArchitecture levelled =
        new VggishArchitecture(NARROW.conv(), NARROW.fc(), NARROW.embedding(), Fc2.RELU, 0.5, 0.2);
    float[] patch = Arrays.copyOf(patches(1, 5).inputs(), PATCH);
    float[] quieter = new float[PATCH];
    for (int i = 0; i < PATCH; i++) {
      quieter[i] = (float) Math.log((Math.exp(patch[i]) - 0.01) / 10 + 0.01);
    }
    for (VggishArchitecture architecture : List.of(NARROW, levelled)) {
      try (TrainableModel model =
          new TrainableModel(
              architecture, HEAD, settings(Scope.ALL, Loss.SOFTMAX), ModelRuntime.of(1))) {
        model.initialize(7);
        float difference = model.predict(patch, 1)[0][0] - model.predict(quieter, 1)[0][0];
        if (architecture.inputLevel() == null) {
          assertThat(Math.abs(difference)).isGreaterThan(1e-2f);
        } else {
          assertThat(difference).isCloseTo(0, within(1e-4f));
        }
      }
    }
  }

  @Test
  void aCheckpointOfAnotherNetworkIsRefused() {
    Path saved = directory.resolve("state");
    LearningSettings settings = settings(Scope.HEAD, Loss.SOFTMAX);
    try (TrainableModel model = new TrainableModel(NARROW, HEAD, settings, ModelRuntime.of(1))) {
      model.initialize(7);
      model.save(saved);
    }
    Head wider = new Head(20, HEAD.labels());
    try (TrainableModel model = new TrainableModel(NARROW, wider, settings, ModelRuntime.of(1))) {
      assertThatThrownBy(() -> model.restore(saved))
          .isInstanceOf(ModelException.class)
          .hasMessageContaining("head/fc/weights")
          .hasMessageContaining("shape");
    }
  }

  private static float[][] embeddings(SegmentModel model, Batch probe) {
    List<byte[]> patches = List.of(bytes(probe.inputs(), 0), bytes(probe.inputs(), 1));
    return model.predict(patches, Set.of(SegmentModel.Output.EMBEDDINGS)).embeddings();
  }

  private static float[][] logits(SegmentModel model, float[] probe) {
    List<byte[]> patches = List.of(bytes(probe, 0), bytes(probe, 1));
    return model.predict(patches, Set.of(SegmentModel.Output.LOGITS)).logits();
  }

  private SegmentModel published(TrainableModel model, String name) {
    byte[] report = "{}".getBytes(StandardCharsets.UTF_8);
    String output = directory.resolve(name).toString();
    return model
        .publish("test", "some data", report, null, null, null, output, new Configuration())
        .load(AS_IN_TRAINING);
  }

  @Test
  void takesAModelWithOrWithoutItsHead() {
    Path bare = directory.resolve("bare");
    Path headed = directory.resolve("headed");
    TestCheckpoints.write(bare, NARROW, null);
    TestCheckpoints.write(headed, NARROW, HEAD);
    float[] probe = patches(2, 5).inputs();
    LearningSettings settings = new LearningSettings(Scope.ALL, Loss.SOFTMAX, 1e-8, 0, 0, 0, 0.9);
    try (TrainableModel model = new TrainableModel(NARROW, HEAD, settings, ModelRuntime.of(1))) {
      model.load(headed, true, 7);
      float[][] whole = model.predict(probe, 2);
      model.load(headed, true, 8);
      assertThat(model.predict(probe, 2)).isDeepEqualTo(whole);
      model.load(bare, false, 7);
      float[][] random = model.predict(probe, 2);
      assertThat(random[0]).isNotEqualTo(whole[0]);
      model.load(headed, false, 7);
      assertThat(model.predict(probe, 2)).isDeepEqualTo(random);
      model.load(headed, false, 8);
      assertThat(model.predict(probe, 2)[0]).isNotEqualTo(random[0]);
      assertThatThrownBy(() -> model.load(bare, true, 7))
          .isInstanceOf(ModelException.class)
          .hasMessageContaining("has no variable head/fc/weights");
      model.load(headed, true, 7);
      try (SegmentModel written = published(model, "model")) {
        assertThat(logits(written, probe)).isDeepEqualTo(whole);
      }
    }
  }

  @Test
  void loadingBeginsLearningAnew() {
    Path headed = directory.resolve("headed");
    TestCheckpoints.write(headed, NARROW, HEAD);
    float[] probe = patches(2, 5).inputs();
    LearningSettings settings =
        new LearningSettings(Scope.ALL, Loss.SOFTMAX, 1e-8, 0, 0.01, 1, 0.9);
    try (TrainableModel model = new TrainableModel(NARROW, HEAD, settings, ModelRuntime.of(1))) {
      model.load(headed, true, 7);
      learn(model, 3);
      float[][] expected = model.predict(probe, 2);
      // Neither Adam's moments nor the averages know of what was before.
      model.load(headed, true, 7);
      learn(model, 3);
      assertThat(model.predict(probe, 2)).isDeepEqualTo(expected);
    }
  }

  @Test
  void weightsAreBlendedWithThoseThatWereLoaded() {
    Path headed = directory.resolve("headed");
    TestCheckpoints.write(headed, NARROW, HEAD);
    float[] probe = patches(2, 5).inputs();
    LearningSettings settings = new LearningSettings(Scope.ALL, Loss.SOFTMAX, 1e-8, 0, 0, 1, 0.9);
    try (TrainableModel model = new TrainableModel(NARROW, HEAD, settings, ModelRuntime.of(1))) {
      model.load(headed, true, 7);
      float[][] base = model.predict(probe, 2);
      float[][] learned = blended(model, headed, probe, 0);
      assertThat(learned[0][0]).isNotCloseTo(base[0][0], within(0.1f));
      assertClose(blended(model, headed, probe, 1), base);
      float[][] most = blended(model, headed, probe, 0.75);
      assertClose(blended(model, headed, probe, 0.5, 0.5), most);
      assertThat(most[0][0]).isNotCloseTo(base[0][0], within(0.01f));
      assertThat(most[0][0]).isNotCloseTo(learned[0][0], within(0.01f));
      try (SegmentModel written = published(model, "blended")) {
        assertThat(logits(written, probe)).isDeepEqualTo(model.predict(probe, 2));
      }
      model.initialize(7);
      assertThatIllegalStateException().isThrownBy(() -> model.blend(0.5));
    }
  }

  /** What a model says that has learned and is then blended, once for each part. */
  private static float[][] blended(
      TrainableModel model, Path base, float[] probe, double... parts) {
    model.load(base, true, 7);
    learn(model, 20);
    for (double part : parts) {
      model.blend(part);
    }
    return model.predict(probe, 2);
  }

  private static void assertClose(float[][] actual, float[][] expected) {
    for (int i = 0; i < expected.length; i++) {
      assertThat(actual[i]).containsExactly(expected[i], within(1e-4f));
    }
  }

  @ParameterizedTest
  @EnumSource(Scope.class)
  void onlyTheHeadLearnsWhereThatIsAsked(Scope scope) {
    Path headed = directory.resolve("headed");
    TestCheckpoints.write(headed, NARROW, HEAD);
    Batch probe = patches(2, 5);
    LearningSettings settings = new LearningSettings(scope, Loss.SOFTMAX, 1e-8, 0.3, 0.1, 1, 0.9);
    try (TrainableModel model = new TrainableModel(NARROW, HEAD, settings, ModelRuntime.of(1))) {
      model.load(headed, true, 7);
      float[][] embeddings;
      try (SegmentModel before = published(model, "before")) {
        embeddings = embeddings(before, probe);
      }
      float[] inputs = scope == Scope.HEAD ? joined(embeddings) : probe.inputs();
      float[][] logits = model.predict(inputs, 2);
      for (int i = 1; i <= 5; i++) {
        model.step(new Batch(inputs, probe.targets(), probe.weights()), i, 1e-2, i);
      }
      assertThat(model.predict(inputs, 2)[0]).isNotEqualTo(logits[0]);
      try (SegmentModel after = published(model, "after")) {
        if (scope == Scope.HEAD) {
          assertThat(embeddings(after, probe)).isDeepEqualTo(embeddings);
          assertThat(embedder("after")).isEqualTo(embedder("before"));
        } else {
          assertThat(embeddings(after, probe)[0]).isNotEqualTo(embeddings[0]);
          assertThat(embedder("after")).isNotEqualTo(embedder("before"));
        }
      }
    }
  }

  private String embedder(String name) {
    String uri = directory.resolve(name).toString();
    return ModelDirectory.open(uri, new Configuration()).embedderId().orElseThrow();
  }

  private static float[] joined(float[][] rows) {
    float[] values = new float[rows.length * rows[0].length];
    for (int i = 0; i < rows.length; i++) {
      System.arraycopy(rows[i], 0, values, i * rows[i].length, rows[i].length);
    }
    return values;
  }
}
