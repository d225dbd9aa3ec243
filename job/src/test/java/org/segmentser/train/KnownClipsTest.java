package org.segmentser.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.segmentser.Json;
import org.segmentser.features.StoredRows;
import org.segmentser.features.Utterance;
import org.segmentser.metrics.TrainingOverlap;
import org.segmentser.model.ModelDirectory;
import org.segmentser.model.ModelException;
import org.segmentser.model.ModelRuntime;
import org.segmentser.network.TestModels;
import org.segmentser.network.TrainableModel;
import org.segmentser.network.TrainableModel.Scope;
import org.segmentser.segment.Segmentation;

class KnownClipsTest {
  private static final Segmentation UNPADDED = Segmentation.of(Segmentation.Mode.UNPADDED, 0.5);
  private static final List<Utterance> CLIPS =
      List.of(clip("a"), clip("b"), clip("c"), clip("d"), clip("e"));

  @TempDir Path dir;

  private record Report(KnownClips heard) {}

  private static Utterance clip(String id) {
    return StoredRows.utterance(id, 0, null, 0, 1);
  }

  @Test
  void countsTheClipsThatWereLearnedFromAndValidatedWith() {
    ModelDirectory model = trained("m", Segmentation.DEFAULT, null, 2, 3);
    assertThat(KnownClips.overlap(model, "the model", CLIPS, Segmentation.DEFAULT))
        .isEqualTo(new TrainingOverlap(3, 5, "the model was trained on 3 of these 5 clips"));
    List<Utterance> others = List.of(clip("x"), clip("y"));
    assertThat(KnownClips.overlap(model, "the model", others, Segmentation.DEFAULT))
        .isEqualTo(new TrainingOverlap(0, 2, "the model was trained on 0 of these 2 clips"));
  }

  @Test
  void saysThatClipsCutOtherwiseCannotBeTold() {
    ModelDirectory model = trained("m", Segmentation.DEFAULT, null, 2, 3);
    assertThat(KnownClips.overlap(model, "the model", CLIPS, UNPADDED))
        .isEqualTo(
            new TrainingOverlap(
                null,
                5,
                "it cannot be told which of these clips the model was trained on, as it was trained"
                    + " on clips that were cut differently (padded)"));
  }

  @Test
  void whatABaseModelHasKnownClipsIsKnownClips() {
    ModelDirectory base = trained("base", Segmentation.DEFAULT, null, 1, 2);
    ModelDirectory tuned = trained("tuned", Segmentation.DEFAULT, base, 2, 4);
    assertThat(KnownClips.overlap(tuned, "it", CLIPS, Segmentation.DEFAULT).clips()).isEqualTo(4);
    ModelDirectory other = trained("other", UNPADDED, tuned, 0, 5);
    assertThat(KnownClips.overlap(other, "the model", CLIPS, UNPADDED))
        .isEqualTo(
            new TrainingOverlap(
                5,
                5,
                "the model was trained on 5 of these 5 clips; there may be more, as it was trained on"
                    + " clips that were cut differently (padded)"));
    assertThat(KnownClips.overlap(other, "it", CLIPS, Segmentation.DEFAULT).clips()).isEqualTo(4);
  }

  @Test
  void findsTheClipsThatNoModelBeforeHasHeard() {
    ModelDirectory base = trained("base", Segmentation.DEFAULT, null, 1, 2);
    ModelDirectory tuned = trained("tuned", Segmentation.DEFAULT, base, 2, 4);
    assertThat(KnownClips.unheard(tuned, CLIPS, Segmentation.DEFAULT))
        .containsExactly(CLIPS.get(4));
    assertThat(KnownClips.unheard(tuned, CLIPS, UNPADDED)).isEqualTo(CLIPS);
    ModelDirectory imported = TestModels.mini(dir.resolve("imported"), List.of());
    assertThat(KnownClips.unheard(imported, CLIPS, Segmentation.DEFAULT)).isEqualTo(CLIPS);
  }

  @Test
  void saysThatAModelDoesNotSay() {
    ModelDirectory imported = TestModels.mini(dir.resolve("imported"), List.of());
    assertThat(KnownClips.overlap(imported, "the model", CLIPS, Segmentation.DEFAULT))
        .isEqualTo(
            new TrainingOverlap(null, 5, "the model does not say which clips it was trained on"));
    ModelDirectory old = published("old", "{\"data\": {}}");
    assertThat(KnownClips.overlap(old, "the model", CLIPS, Segmentation.DEFAULT).clips()).isNull();
    ModelDirectory tuned = trained("tuned", Segmentation.DEFAULT, imported, 0, 1);
    assertThat(KnownClips.overlap(tuned, "the model", CLIPS, Segmentation.DEFAULT).told())
        .isEqualTo(
            "the model was trained on 1 of these 5 clips; there may be more, as its base model "
                + imported.spec().modelId()
                + " does not say what it was trained on");
  }

  @Test
  void refusesABrokenReport() {
    ModelDirectory broken = published("broken", "{\"heard\": {\"parts\": 7}}");
    assertThatThrownBy(() -> KnownClips.overlap(broken, "it", CLIPS, Segmentation.DEFAULT))
        .isInstanceOf(ModelException.class)
        .hasMessageStartingWith("training.json of model " + dir.resolve("broken") + " is broken: ")
        .hasMessageNotContaining("\n");
    ModelDirectory empty = published("empty", "{\"heard\": {}}");
    assertThatThrownBy(() -> KnownClips.overlap(empty, "it", CLIPS, Segmentation.DEFAULT))
        .isInstanceOf(ModelException.class);
  }

  /** A model that learned from the clips from one to before another, the last to validate with. */
  private ModelDirectory trained(
      String name, Segmentation segmentation, ModelDirectory base, int validated, int to) {
    Split split = new Split(CLIPS.subList(0, validated), CLIPS.subList(validated, to), CLIPS);
    KnownClips heard = KnownClips.of(split, segmentation, base);
    byte[] report = Json.indented(new Report(heard));
    return published(name, new String(report, StandardCharsets.UTF_8));
  }

  private ModelDirectory published(String name, String report) {
    TrainableModel.LearningSettings settings = StoredRows.recipe(1, 1, 1e-3).settings(Scope.ALL);
    try (TrainableModel model =
        new TrainableModel(StoredRows.NARROW, StoredRows.HEAD, settings, ModelRuntime.of(1))) {
      model.initialize(1);
      return model.publish(
          name,
          "some data",
          report.getBytes(StandardCharsets.UTF_8),
          null,
          null,
          null,
          dir.resolve(name).toString(),
          new Configuration());
    }
  }
}
