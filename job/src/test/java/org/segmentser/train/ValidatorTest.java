package org.segmentser.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.segmentser.features.FeatureFile;
import org.segmentser.features.StoredRows;
import org.segmentser.features.Utterance;
import org.segmentser.model.ModelRuntime;
import org.segmentser.network.TrainableModel;
import org.segmentser.network.TrainableModel.Batch;
import org.segmentser.network.TrainableModel.LearningSettings;
import org.segmentser.network.TrainableModel.Loss;
import org.segmentser.network.TrainableModel.Scope;
import org.segmentser.train.EpochFigures.Validation;

class ValidatorTest {
  /** Two segments of the first clip, one of each other. */
  private static final float[] LOGITS = {2, 0, 0, 1, 0, 3, -1, 1};

  private static final List<Utterance> CLIPS =
      List.of(
          StoredRows.utterance("a", 0, null, 0, 2), // right and wrong; mean 1, 0.5: right
          StoredRows.utterance("b", 0, null, 2, 1), // wrong
          StoredRows.utterance("c", 1, null, 3, 1)); // right

  @TempDir private Path directory;

  /** The network's logits are what is stored. */
  private Validation validate(int labels, float[] logits, List<Utterance> clips, Loss loss)
      throws IOException {
    try (FeatureFile file = StoredRows.file(directory.resolve("rows.f32"), labels, logits)) {
      Predictor predictor =
          new Predictor(
              (inputs, count) -> {
                float[][] rows = new float[count][labels];
                for (int i = 0; i < count; i++) {
                  System.arraycopy(inputs, i * labels, rows[i], 0, labels);
                }
                return rows;
              },
              file);
      return new Validator(predictor, clips, labels, loss).validate();
    }
  }

  @Test
  void figuresAreThoseComputedByHand() throws IOException {
    Validation figures = validate(2, LOGITS, CLIPS, Loss.SOFTMAX);
    assertThat(figures.segmentAccuracy()).isEqualTo(2 / 4.0);
    assertThat(figures.clipAccuracy()).isEqualTo(2 / 3.0);
    assertThat(figures.unweightedRecall()).isEqualTo((1 / 2.0 + 1) / 2);
    // ln(1 + e^-2), ln(1 + e), ln(1 + e^3), ln(1 + e^-2)
    assertThat(figures.loss())
        .isCloseTo((0.126928 + 1.313262 + 3.048587 + 0.126928) / 4, within(1e-6));
    assertThat(validate(2, LOGITS, CLIPS, Loss.SIGMOID).loss())
        .isCloseTo((0.410038 + 1.003205 + 1.870867 + 0.313262) / 4, within(1e-6));
  }

  @Test
  void anEmotionWithoutClipsCountsInNoRecall() throws IOException {
    float[] logits = {5, 0, 0, 0, 0, 5, 0, 5, 0, 5, 0, 0};
    List<Utterance> clips =
        List.of(StoredRows.utterance("a", 0, null, 0, 1), StoredRows.utterance("b", 1, null, 2, 1));
    assertThat(validate(3, logits, clips, Loss.SOFTMAX).unweightedRecall()).isEqualTo(1);
    clips =
        List.of(StoredRows.utterance("a", 0, null, 0, 1), StoredRows.utterance("b", 1, null, 1, 1));
    assertThat(validate(3, logits, clips, Loss.SOFTMAX).unweightedRecall()).isEqualTo(0.5);
  }

  @Test
  void greatLogitsDoNotOverflow() throws IOException {
    float[] logits = {1000, 0, -1000, 0};
    List<Utterance> clips = List.of(StoredRows.utterance("a", 0, null, 0, 2));
    assertThat(validate(2, logits, clips, Loss.SOFTMAX).loss()).isCloseTo(500, within(1e-9));
    assertThat(validate(2, logits, clips, Loss.SIGMOID).loss())
        .isCloseTo((Math.log(2) + 1000 + Math.log(2)) / 4, within(1e-9));
  }

  @ParameterizedTest
  @EnumSource(Loss.class)
  void theLossIsTheOneThatIsMinimised(Loss loss) throws IOException {
    float[] rows = StoredRows.twoKinds(6, 8, 1);
    List<Utterance> clips = new ArrayList<>();
    float[] targets = new float[12];
    for (int i = 0; i < 6; i++) {
      int label = i % 3 == 0 ? 0 : 1;
      clips.add(StoredRows.utterance("clip" + i, label, null, i, 1));
      targets[2 * i + label] = 1;
    }
    LearningSettings settings = new LearningSettings(Scope.HEAD, loss, 1e-8, 0, 0, 0, 0);
    try (FeatureFile file = StoredRows.file(directory.resolve("embeddings.f32"), 8, rows);
        TrainableModel model =
            new TrainableModel(StoredRows.NARROW, StoredRows.HEAD, settings, ModelRuntime.of(1))) {
      model.initialize(7);
      Validation figures =
          new Validator(new Predictor(model::predict, file), clips, 2, loss).validate();
      Batch batch = new Batch(rows, targets, new float[] {1, 1, 1, 1, 1, 1});
      assertThat(figures.loss()).isCloseTo(model.step(batch, 1, 0, 1).loss(), within(1e-5));
    }
  }
}
