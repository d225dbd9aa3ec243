package org.segmentser.evaluate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.segmentser.metrics.PredictedClips.clip;
import static org.segmentser.metrics.PredictedClips.row;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.segmentser.audio.Condition;
import org.segmentser.evaluate.ReportPage.WorstError;
import org.segmentser.metrics.ClipPrediction;

class ReportPageTest {
  private static final Pattern DATA =
      Pattern.compile("<script type=\"application/json\" id=\"data\">(.*?)</script>");

  @Test
  void dataSurvivesWhateverNamesHold() throws IOException {
    JsonNode data = data(Reports.full());
    assertThat(data.at("/facts/title").asText()).endsWith(Reports.NASTY);
    assertThat(data.at("/facts/lines/1/value").asText()).endsWith(Reports.NASTY);
    assertThat(data.at("/errors/0/clip_id").asText()).isEqualTo(Reports.NASTY);
    assertThat(Reports.full()).doesNotContain("<img src=x");
  }

  @Test
  void dataHoldsTheEvaluationAndTheCurves() throws IOException {
    JsonNode data = data(Reports.full());
    assertThat(data.at("/evaluation/labels")).hasSize(Reports.LABELS.size());
    assertThat(data.at("/evaluation/conditions")).hasSize(3);
    assertThat(data.at("/curves")).hasSize(10);
    assertThat(data.at("/curves/3/held_out").asText()).isEqualTo("speaker 6");
    assertThat(data.at("/curves/0/epochs/1/validation/segment_accuracy").isNumber()).isTrue();
    assertThat(data(Reports.smallest()).at("/errors")).isEmpty();
  }

  @Test
  void thePageLoadsNothing() {
    assertThat(Reports.full())
        .contains("default-src 'none'")
        .doesNotContainPattern("(src|href)\\s*=\\s*[\"']?(https?:)?//")
        .doesNotContainPattern("@import|url\\(\\s*[\"']?http")
        .doesNotContain("<link");
  }

  @Test
  void theWorstErrorsAreTheSurestOfCleanClips() {
    List<ClipPrediction> clips = new ArrayList<>();
    for (int i = 0; i < 12; i++) {
      clips.add(clip("wrong" + i, 0, row(0, 1 + i), row(0, 0)));
    }
    clips.add(clip("right", 1, row(0, 99)));
    clips.add(clip("noisy", null, Condition.NOISE, 0, row(0, 99)));
    List<WorstError> worst = ReportPage.worstErrors(clips);
    assertThat(worst).hasSize(10).extracting(WorstError::clipId).startsWith("wrong11", "wrong10");
    assertThat(worst.get(0).confidence()).isEqualTo(1 / (1 + Math.exp(-6)));
    assertThat(worst.get(0).segments()).hasSize(2);
    assertThat(worst.get(0).segments().get(1).probabilities()).containsExactly(0.5, 0.5);
    assertThat(worst.get(0).segments().get(1).startS()).isEqualTo(0.96);
  }

  private static JsonNode data(String html) throws IOException {
    Matcher data = DATA.matcher(html);
    assertThat(data.find()).isTrue();
    return new JsonMapper().readTree(data.group(1));
  }
}
