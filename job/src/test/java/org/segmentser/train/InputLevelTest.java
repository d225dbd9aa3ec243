package org.segmentser.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.segmentser.features.StoredRows.HEAD;
import static org.segmentser.features.StoredRows.NARROW;
import static org.segmentser.features.StoredRows.PATCH;

import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.segmentser.model.ModelRuntime;
import org.segmentser.network.TrainableModel;
import org.segmentser.network.TrainableModel.Batch;
import org.segmentser.network.TrainableModel.LearningSettings;
import org.segmentser.network.TrainableModel.Loss;
import org.segmentser.network.TrainableModel.Scope;
import org.segmentser.network.VggishArchitecture;

class InputLevelTest {
  private static final VggishArchitecture LEVELLED =
      new VggishArchitecture(
          NARROW.conv(), NARROW.fc(), NARROW.embedding(), NARROW.fc2(), 0.5, 0.2);
  private static final LearningSettings PLAIN =
      new LearningSettings(Scope.ALL, Loss.SOFTMAX, 1e-8, 0, 0, 0, 0);

  private static TrainingPlan plan(TrainingPlan.Mode mode, VggishArchitecture architecture) {
    return new TrainingPlan(
        mode, architecture, HEAD, false, Recipe.DEFAULT, Split.By.NONE, true, 1);
  }

  /** Of speech, of hardly anything, and of digital silence. */
  private static float[] patches() {
    SplittableRandom random = new SplittableRandom(1);
    float[] patches = new float[3 * PATCH];
    for (int i = 0; i < PATCH; i++) {
      patches[i] = Augmenter.SILENCE + 8 * (float) random.nextDouble();
      patches[PATCH + i] = Augmenter.SILENCE + 1e-4f * (float) random.nextDouble();
      patches[2 * PATCH + i] = Augmenter.SILENCE;
    }
    return patches;
  }

  @Test
  void aStepSeesWhatTheNetworkMakesOfThePatchesItself() {
    float[] patches = patches();
    float[] levelled = patches.clone();
    InputLevel.of(plan(TrainingPlan.Mode.SCRATCH, LEVELLED)).apply(levelled);
    float[] targets = new float[3 * HEAD.labels().size()];
    float[] weights = {1, 1, 1};
    try (TrainableModel model = new TrainableModel(LEVELLED, HEAD, PLAIN, ModelRuntime.of(1))) {
      model.initialize(7);
      float[][] expected = model.predict(patches, 3);
      float[][] actual = model.step(new Batch(levelled, targets, weights), 1, 0, 1).logits();
      for (int i = 0; i < 3; i++) {
        assertThat(actual[i]).containsExactly(expected[i], within(1e-5f));
      }
    }
  }

  @Test
  void allLevelsOfAPatchBecomeOne() {
    InputLevel level = InputLevel.of(plan(TrainingPlan.Mode.FINE_TUNE, LEVELLED));
    float[] patch = Arrays.copyOf(patches(), PATCH);
    float[] quieter = new float[PATCH];
    for (int i = 0; i < PATCH; i++) {
      quieter[i] = (float) Math.log((Math.exp(patch[i]) - 0.01) / 10 + 0.01);
    }
    level.apply(patch);
    level.apply(quieter);
    assertThat(quieter).containsExactly(patch, within(1e-4f));
    double mean = 0;
    for (float number : patch) {
      mean += (Math.exp(number) - 0.2) / PATCH;
    }
    assertThat(mean).isCloseTo(0.5, within(1e-5));
  }

  @Test
  void networksWithoutALevelAndHeadsAreFedWhatThereIs() {
    float[] patches = patches();
    for (TrainingPlan plan :
        new TrainingPlan[] {
          plan(TrainingPlan.Mode.SCRATCH, NARROW), plan(TrainingPlan.Mode.HEAD, LEVELLED)
        }) {
      float[] fed = patches.clone();
      InputLevel.of(plan).apply(fed);
      assertThat(fed).isEqualTo(patches);
    }
  }
}
