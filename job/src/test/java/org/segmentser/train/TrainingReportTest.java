package org.segmentser.train;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.segmentser.BuildInfo;
import org.segmentser.audio.Condition;
import org.segmentser.features.FeatureSet;
import org.segmentser.features.LabelledFeatures;
import org.segmentser.features.StoredRows;
import org.segmentser.features.Utterance;
import org.segmentser.metrics.BootstrapSettings;
import org.segmentser.metrics.Evaluation;
import org.segmentser.segment.Segmentation;
import org.segmentser.segment.Speech;
import org.segmentser.train.EpochFigures.Validation;

class TrainingReportTest {
  private static final List<String> LABELS = StoredRows.HEAD.labels();
  private static final List<Utterance> CLIPS =
      List.of(
          StoredRows.utterance("a", 0, "Ann", 0, 2),
          StoredRows.utterance("b", 1, "Bob", 2, 3),
          StoredRows.utterance("c", 1, "Ann", 5, 1));

  private static TrainingReport report(Evaluation test, Validation validation) {
    FeatureSet set =
        new FeatureSet(Path.of("rows"), 8, CLIPS.stream().map(Utterance::features).toList());
    LabelledFeatures data =
        new LabelledFeatures(
            "the corpus",
            "f00d",
            set,
            CLIPS,
            new TreeMap<>(Map.of("bored", 4L)),
            List.of("file:/audio/d: corrupt: no audio"));
    Split split = new Split(CLIPS.subList(0, 2), CLIPS.subList(2, 3), List.of());
    TrainingPlan plan =
        new TrainingPlan(
            TrainingPlan.Mode.FINE_TUNE,
            StoredRows.NARROW,
            StoredRows.HEAD,
            true,
            Recipe.DEFAULT,
            Split.By.CLIPS,
            true,
            17);
    return new TrainingReport(
        TrainingReport.Data.of(data, Speech.GATE, LABELS),
        TrainingReport.Sides.of(split, LABELS),
        KnownClips.of(split, Segmentation.DEFAULT, null),
        plan,
        0,
        null,
        "vggish-123",
        new Trainer.Result(
            List.of(
                new EpochFigures(1, 0.7, 0.5, null, 2.5),
                new EpochFigures(2, 0.6, 0.75, validation, 2.5)),
            2,
            Trainer.End.EARLY),
        test,
        TrainingReport.Environment.current());
  }

  /** Of one clip. */
  private static Evaluation test() {
    float[][] logits = {{1, 0}, {1, 0}};
    return Evaluation.of(
        List.of(CLIPS.get(0).prediction(Condition.CLEAN, 0, logits)),
        LABELS,
        new BootstrapSettings(1, 1));
  }

  @Test
  void tellsTheDataTheSplitTheSettingsAndTheFigures() throws IOException {
    byte[] json = report(test(), new Validation(0.9, 0.4, 0.3, 0.2)).toJson();
    JsonNode report = new JsonMapper().readTree(json);
    JsonNode data = report.get("data");
    assertThat(data.get("description").asText()).isEqualTo("the corpus");
    assertThat(data.get("fingerprint").asText()).isEqualTo("f00d");
    assertThat(data.get("clips")).hasToString("{\"high\":2,\"low\":1}");
    assertThat(data.get("segments").asInt()).isEqualTo(6);
    assertThat(data.get("left_out")).hasToString("{\"bored\":4}");
    assertThat(data.get("rejected").get(0).asText()).contains("corrupt");
    JsonNode split = report.get("split");
    assertThat(split.get("training"))
        .hasToString(
            "{\"clips\":{\"high\":1,\"low\":1},\"speakers\":[\"Ann\",\"Bob\"],"
                + "\"corpora\":{\"one\":{\"clips\":{\"high\":1,\"low\":1},"
                + "\"speakers\":[\"Ann\",\"Bob\"]}},\"unheard\":0}");
    assertThat(split.get("validation"))
        .hasToString(
            "{\"clips\":{\"high\":1},\"speakers\":[\"Ann\"],\"corpora\":{\"one\":"
                + "{\"clips\":{\"high\":1},\"speakers\":[\"Ann\"]}},\"unheard\":0}");
    assertThat(split.get("test"))
        .hasToString("{\"clips\":{},\"speakers\":[],\"corpora\":{},\"unheard\":0}");
    assertThat(data.at("/corpora/one/clips")).hasToString("{\"high\":2,\"low\":1}");
    assertThat(data.at("/corpora/one/speakers/0"))
        .hasToString("{\"name\":\"Ann\",\"sex\":null,\"age\":null,\"clips\":2}");
    assertThat(report.get("heard"))
        .hasToString(
            "{\"parts\":[{\"segmentation\":\"padded\",\"hop_frames\":96,"
                + "\"clips\":[\"hash of a\",\"hash of b\",\"hash of c\"]}],\"unknown\":[]}");
    JsonNode settings = report.get("settings");
    assertThat(settings.get("mode").asText()).isEqualTo("FINE_TUNE");
    assertThat(settings.get("seed").asInt()).isEqualTo(17);
    assertThat(settings.get("architecture").get("conv")).hasSize(6);
    assertThat(settings.get("head").get("labels")).hasSize(2);
    assertThat(settings.get("recipe").get("label_smoothing").asDouble())
        .isEqualTo(Recipe.DEFAULT.examples().labelSmoothing());
    assertThat(settings.get("recipe").get("augmentation").get("tempo").asDouble()).isEqualTo(0.15);
    assertThat(report.get("base_model").asText()).isEqualTo("vggish-123");
    assertThat(report.get("epochs")).hasSize(2);
    assertThat(report.get("epochs").get(0).get("validation").isNull()).isTrue();
    JsonNode validation = report.get("epochs").get(1).get("validation");
    assertThat(validation.get("unweighted_recall").asDouble()).isEqualTo(0.2);
    assertThat(report.get("best_epoch").asInt()).isEqualTo(2);
    assertThat(report.get("end").asText()).isEqualTo("EARLY");
    assertThat(report.get("test").get("clips").asInt()).isEqualTo(1);
    assertThat(report.get("environment").get("version").asText()).isEqualTo(BuildInfo.VERSION);
    assertThat(report.get("environment").get("processors").asInt()).isPositive();
  }

  @Test
  void theFileHasItsFieldsInTheirOrder() throws IOException {
    byte[] json = report(null, new Validation(0.9, 0.4, 0.3, 0.2)).toJson();
    JsonNode report = new JsonMapper().readTree(json);
    assertThat(report.fieldNames())
        .toIterable()
        .containsExactly(
            "data",
            "split",
            "heard",
            "settings",
            "calibration_folds",
            "held_out",
            "base_model",
            "epochs",
            "best_epoch",
            "end",
            "test",
            "environment");
    JsonNode settings = report.get("settings");
    assertThat(settings.fieldNames())
        .toIterable()
        .containsExactly(
            "mode", "architecture", "head", "keeps_head", "recipe", "split", "joins", "seed");
    assertThat(settings.get("recipe").fieldNames())
        .toIterable()
        .containsExactly(
            "epochs",
            "max_examples",
            "batch_size",
            "learning_rate",
            "schedule",
            "loss",
            "epsilon",
            "dropout",
            "weight_decay",
            "max_gradient_norm",
            "averaging",
            "base_share",
            "label_smoothing",
            "class_weights",
            "even_corpora",
            "augmentation",
            "validate_every",
            "patience",
            "selection");
    assertThat(settings.at("/recipe/augmentation").fieldNames())
        .toIterable()
        .containsExactly(
            "offset",
            "tempo",
            "pitch",
            "room",
            "noise",
            "silence",
            "equalizer",
            "equalizer_db",
            "band_limits",
            "codec",
            "gain_db",
            "mask",
            "mask_frames",
            "mask_bands");
  }

  @Test
  void aLossThatIsNoNumberLeavesItJson() throws IOException {
    byte[] json = report(null, new Validation(Double.NaN, 0, 0, 0)).toJson();
    JsonNode report = new JsonMapper().readTree(json);
    assertThat(report.get("epochs").get(1).get("validation").get("loss").asText()).isEqualTo("NaN");
    assertThat(report.get("test").isNull()).isTrue();
  }

  @Test
  void aSideIsToldInAWordOrTwo() {
    assertThat(TrainingReport.Side.of(CLIPS, LABELS, false).text())
        .isEqualTo("3 clips of 2 speakers");
    List<Utterance> unknown =
        List.of(StoredRows.utterance("d", 0, null, 6, 1), StoredRows.utterance("e", 0, null, 7, 1));
    assertThat(TrainingReport.Side.of(unknown, LABELS, false).text()).isEqualTo("2 clips");
    List<Utterance> corpora =
        List.of(
            StoredRows.utterance("d", 0, "north", "Ann", 6, 1),
            StoredRows.utterance("e", 0, "south", "Ann", 7, 1));
    TrainingReport.Side side = TrainingReport.Side.of(corpora, LABELS, true);
    assertThat(side.speakers()).containsExactly("north/Ann", "south/Ann");
    assertThat(side.text())
        .isEqualTo(
            "2 clips of 2 speakers (north 1 clips of 1 speaker; south 1 clips of 1 speaker)");
  }
}
