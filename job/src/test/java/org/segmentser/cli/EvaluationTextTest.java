package org.segmentser.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.segmentser.metrics.PredictedClips.clip;
import static org.segmentser.metrics.PredictedClips.clipOf;
import static org.segmentser.metrics.PredictedClips.row;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.segmentser.audio.Condition;
import org.segmentser.metrics.BootstrapSettings;
import org.segmentser.metrics.ClipPrediction;
import org.segmentser.metrics.Evaluation;
import org.segmentser.metrics.Origin;

class EvaluationTextTest {
  private static final Origin MAN = new Origin("north", "1", null, "male", 29);
  private static final Origin WOMAN = new Origin("north", "2", null, "female", 30);
  private static final Origin NAMESAKE = new Origin("south", "1", null, "male", 50);

  @Test
  void severalCorporaHaveALineEachAndAColumnAmongTheConditions() {
    List<String> lines =
        told(
            clipOf("1", MAN, Condition.CLEAN, 0, row(1, 0)),
            clipOf("2", MAN, Condition.CLEAN, 1, row(1, 0)),
            clipOf("3", WOMAN, Condition.CLEAN, 1, row(0, 1)),
            clipOf("4", NAMESAKE, Condition.CLEAN, 1, row(0, 1)),
            clipOf("1", MAN, Condition.NOISE, 0, row(0, 1)),
            clipOf("4", NAMESAKE, Condition.NOISE, 1, row(0, 1)));
    assertThat(lines)
        .contains(
            "  worst speaker                 north/1: 0.500 weighted, 0.500 unweighted",
            "  unweighted accuracy by sex    female 1.000, male 0.750; 25.0 points apart (within"
                + " corpora: north 50.0)",
            "  unweighted accuracy by condition and corpus",
            "  condition         north       south",
            "  clean             0.750       1.000",
            "  noise             0.000       1.000");
    assertThat(lines)
        .anySatisfy(
            line ->
                assertThat(line)
                    .startsWith(
                        "  north           3  0.667  (0.500 to 1.000)  0.750  (0.500 to 1.000)")
                    .endsWith("     67%     33%"));
    assertThat(lines).anySatisfy(line -> assertThat(line).startsWith("  south           1  1.000"));
  }

  @Test
  void aSingleCorpusIsNotToldApart() {
    assertThat(String.join("\n", told(clip("1", 0, row(1, 0)), clip("2", 1, row(0, 1)))))
        .doesNotContain("corpus", "by sex");
  }

  private static List<String> told(ClipPrediction... predictions) {
    ByteArrayOutputStream told = new ByteArrayOutputStream();
    EvaluationText.tell(
        Evaluation.of(List.of(predictions), List.of("low", "high"), new BootstrapSettings(200, 1)),
        "report",
        new PrintStream(told, true, UTF_8));
    return told.toString(UTF_8).lines().toList();
  }
}
