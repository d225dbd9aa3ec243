package org.segmentser.evaluate;

import com.fasterxml.jackson.core.JsonProcessingException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.segmentser.Json;
import org.segmentser.audio.Condition;
import org.segmentser.metrics.ClipDecision;
import org.segmentser.metrics.ClipPrediction;
import org.segmentser.metrics.ClipPrediction.Reference;
import org.segmentser.metrics.ClipPrediction.SegmentLogits;
import org.segmentser.metrics.Evaluation;
import org.segmentser.metrics.Logits;

/** An evaluation as one HTML page that needs no other file and no network. */
public final class ReportPage {
  /** Name of the file. */
  public static final String FILE_NAME = "report.html";

  private static final int WORST_ERRORS = 10;
  private static final Pattern SLOT = Pattern.compile("\\{\\{(\\w+)}}");

  private ReportPage() {}

  /**
   * Writes the page.
   *
   * @param facts the head of the page
   * @param curves one per fold; none if a finished model was evaluated
   * @param predictions the ones that the evaluation is of; the worst errors are taken from them
   * @return HTML, to be written in UTF-8
   */
  public static String html(
      Evaluation evaluation,
      ReportHeader facts,
      List<FoldCurve> curves,
      List<ClipPrediction> predictions) {
    Map<String, String> slots =
        Map.of(
            "style", resource("report.css"),
            "chart_library", resource("echarts.min.js"),
            "script", resource("report.js"),
            "data", data(new Data(evaluation, facts, curves, worstErrors(predictions))));
    return SLOT.matcher(resource("report.html"))
        .replaceAll(slot -> Matcher.quoteReplacement(slots.get(slot.group(1))));
  }

  /** The wrong decisions on clean clips with the highest confidence, highest first. */
  static List<WorstError> worstErrors(List<ClipPrediction> predictions) {
    return Evaluation.decide(predictions).stream()
        .filter(d -> d.clip().condition() == Condition.CLEAN && !d.isRight())
        .sorted(Comparator.comparing(ClipDecision::confidence).reversed())
        .limit(WORST_ERRORS)
        .map(WorstError::of)
        .toList();
  }

  /** JSON that cannot end the script element that it is in. */
  private static String data(Data data) {
    try {
      return Json.MAPPER.writeValueAsString(data).replace("<", "\\u003c");
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }

  private static String resource(String name) {
    try (InputStream in = ReportPage.class.getResourceAsStream(name)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** What the page's script draws. */
  private record Data(
      Evaluation evaluation, ReportHeader facts, List<FoldCurve> curves, List<WorstError> errors) {}

  /**
   * A clip on which the decision was wrong.
   *
   * @param label index of the true class
   * @param decided index of the class that the mean logits decide on
   * @param confidence probability of that class
   */
  record WorstError(
      String clipId,
      String uri,
      String corpus,
      String speaker,
      int fold,
      int label,
      int decided,
      double confidence,
      List<ErrorSegment> segments) {

    static WorstError of(ClipDecision decision) {
      Reference clip = decision.clip().reference();
      return new WorstError(
          clip.clipId(),
          clip.uri(),
          clip.origin().corpus(),
          clip.origin().speaker(),
          decision.clip().fold(),
          clip.label(),
          decision.mean(),
          decision.confidence(),
          IntStream.range(0, decision.segments().size())
              .mapToObj(s -> ErrorSegment.of(decision, s))
              .toList());
    }
  }

  /**
   * A segment of such a clip.
   *
   * @param startS where it starts, in seconds
   * @param endS where it ends
   * @param decided index of its class
   * @param probabilities one per class
   */
  record ErrorSegment(double startS, double endS, int decided, List<Double> probabilities) {
    static ErrorSegment of(ClipDecision decision, int s) {
      SegmentLogits segments = decision.clip().segments();
      return new ErrorSegment(
          segments.startS()[s],
          segments.endS()[s],
          decision.segments().get(s),
          Arrays.stream(Logits.softmax(segments.logits()[s])).boxed().toList());
    }
  }
}
