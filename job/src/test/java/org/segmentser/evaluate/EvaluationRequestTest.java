package org.segmentser.evaluate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.segmentser.ExitCode;
import org.segmentser.UserError;
import org.segmentser.audio.Condition;
import org.segmentser.evaluate.EvaluationRequest.FinishedModel;
import org.segmentser.evaluate.EvaluationRequest.Subject;
import org.segmentser.metrics.BootstrapSettings;
import org.segmentser.model.ModelDirectory;
import org.segmentser.network.TestModels;
import org.segmentser.segment.Segmentation;
import org.segmentser.segment.Speech;

class EvaluationRequestTest {
  @TempDir Path dir;

  private static List<Condition> conditions(Condition... asked) {
    Subject nothing = null;
    return new EvaluationRequest(
            nothing,
            null,
            Segmentation.DEFAULT,
            Speech.OFF,
            List.of(asked),
            BootstrapSettings.DEFAULT,
            null,
            "out")
        .conditions();
  }

  @Test
  void cleanAudioIsAlwaysHeardAndEachConditionOnce() {
    assertThat(conditions()).containsExactly(Condition.CLEAN);
    assertThat(conditions(Condition.NOISE, Condition.DULL, Condition.NOISE))
        .containsExactly(Condition.CLEAN, Condition.DULL, Condition.NOISE);
    assertThat(conditions(Condition.values()))
        .extracting(Condition::label)
        .isSorted()
        .startsWith("clean")
        .hasSize(Condition.values().length);
  }

  @Test
  void aModelWithoutAHeadCannotBeEvaluated() {
    ModelDirectory headless = TestModels.mini(dir.resolve("headless"), List.of());
    assertThatExceptionOfType(UserError.class)
        .isThrownBy(() -> new FinishedModel(headless))
        .withMessage("model " + headless.spec().modelId() + " has no head to evaluate")
        .satisfies(e -> assertThat(e.exitCode()).isEqualTo(ExitCode.INPUT));
    ModelDirectory whole = TestModels.mini(dir.resolve("whole"), List.of("a", "b"));
    assertThat(new FinishedModel(whole).labels()).containsExactly("a", "b");
  }
}
