package org.segmentser.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.segmentser.features.ClipFeatures;
import org.segmentser.features.FeatureFile;
import org.segmentser.features.StoredRows;
import org.segmentser.features.Utterance;
import org.segmentser.model.ModelRuntime;
import org.segmentser.network.TrainableModel;
import org.segmentser.network.TrainableModel.Scope;

class PredictorTest {
  private static final int WIDTH = 8;

  @TempDir private Path directory;

  @Test
  void batchesOverTheBordersOfClipsGiveWhatOneByOneGives() throws IOException {
    int[] rows = {3, 64, 1, 60, 5, 17};
    List<Utterance> clips = new ArrayList<>();
    int total = 0;
    for (int count : rows) {
      clips.add(StoredRows.utterance("clip" + count, 0, null, total, count));
      total += count;
    }
    float[] values = StoredRows.twoKinds(total, WIDTH, 1);
    Recipe recipe = StoredRows.recipe(1, 1, 1);
    List<Integer> calls = new ArrayList<>();
    try (FeatureFile file = StoredRows.file(directory.resolve("rows.f32"), WIDTH, values);
        TrainableModel model =
            new TrainableModel(
                StoredRows.NARROW,
                StoredRows.HEAD,
                recipe.settings(Scope.HEAD),
                ModelRuntime.of(1))) {
      model.initialize(7);
      Predictor predictor =
          new Predictor(
              (inputs, count) -> {
                calls.add(count);
                return model.predict(inputs, count);
              },
              file);
      // In another order than the file's.
      List<Utterance> asked = List.of(clips.get(5), clips.get(1), clips.get(0), clips.get(3));
      List<float[][]> together = predictor.predict(asked);
      assertThat(calls).containsExactly(64, 64, 16);
      for (int i = 0; i < asked.size(); i++) {
        ClipFeatures clip = asked.get(i).features();
        assertThat(together.get(i)).hasNumberOfRows(clip.rows());
        for (int row = 0; row < clip.rows(); row++) {
          float[] input = new float[WIDTH];
          file.read(clip.firstRow() + row, 1, input, 0);
          assertThat(together.get(i)[row])
              .containsExactly(model.predict(input, 1)[0], within(1e-5f));
        }
      }
      calls.clear();
      assertThat(predictor.predict(List.of())).isEmpty();
      assertThat(predictor.predict(List.of(clips.get(1))).get(0)).hasNumberOfRows(64);
      assertThat(calls).containsExactly(64);
    }
  }
}
