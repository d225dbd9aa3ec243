package org.segmentser.metrics;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.tuple;
import static org.assertj.core.api.Assertions.within;
import static org.segmentser.metrics.PredictedClips.clip;
import static org.segmentser.metrics.PredictedClips.clipOf;
import static org.segmentser.metrics.PredictedClips.row;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.segmentser.GoldenSet;
import org.segmentser.audio.Condition;
import org.segmentser.metrics.ClipPrediction.Reference;
import org.segmentser.metrics.ClipPrediction.SegmentLogits;
import org.segmentser.metrics.Evaluation.Bin;
import org.segmentser.metrics.Evaluation.ClassScores;
import org.segmentser.metrics.Evaluation.ConditionScores;
import org.segmentser.metrics.Evaluation.Estimate;
import org.segmentser.metrics.Evaluation.Group;

class EvaluationTest {
  private static final BootstrapSettings SETTINGS = new BootstrapSettings(200, 7);
  private static final Offset<Double> EXACT = within(1e-12);
  private static final List<String> LABELS = List.of("angry", "happy", "sad");
  private static final double LOG_3 = Math.log(3);

  @ParameterizedTest
  @EnumSource
  void figuresAreThoseOfTheReference(GoldenSet set) throws IOException {
    JsonMapper json = new JsonMapper();
    JsonNode golden = json.readTree(set.path("metrics.json").toFile());
    List<ClipPrediction> clips = new ArrayList<>();
    for (JsonNode c : golden.get("clips")) {
      double[][] logits = json.treeToValue(c.get("logits"), double[][].class);
      clips.add(clip(c.get("clip").asText(), c.get("label").asInt(), logits));
    }
    Evaluation evaluation = Evaluation.of(clips, List.of("a", "b", "c", "d"), SETTINGS);

    JsonNode expected = golden.get("expected");
    JsonNode actual = json.readTree(evaluation.toJson());
    for (String figure :
        List.of(
            "frame_accuracy",
            "absolute_clip_accuracy",
            "standard_clip_accuracy",
            "average_logits_clip_accuracy")) {
      assertThat(actual.at("/figures/" + figure + "/value").asDouble())
          .as(figure)
          .isCloseTo(expected.get(figure).asDouble(), EXACT);
    }
    assertThat(evaluation.rules().majorityVote().unweightedAccuracy())
        .isCloseTo(expected.get("unweighted_average_recall").asDouble(), EXACT);
    assertThat(actual.at("/majority_vote/confusion")).isEqualTo(expected.get("confusion"));
  }

  @Test
  void theTwoRulesMayDifferAndATieOfVotesGoesToTheLowestClass() {
    Evaluation evaluation =
        evaluate(
            clip("1", 0, row(1, 0, 0), row(0, 5, 0)), // a tie of 0 and 1; mean: 1
            clip("2", 1, row(0, 5, 0), row(0, 0, 1), row(0, 0, 1)), // vote: 2; mean: 1
            clip("3", 1, row(0, 2, 0), row(0, 1, 0)),
            clip("4", 0, row(0, 0, 0))); // all equal: 0
    assertThat(evaluation.testSet().clips()).isEqualTo(4);
    assertThat(evaluation.testSet().segments()).isEqualTo(8);
    assertThat(value(evaluation, Figure.FRAME_ACCURACY)).isEqualTo(5 / 8.0);
    assertThat(value(evaluation, Figure.ABSOLUTE_CLIP_ACCURACY)).isEqualTo(2 / 4.0);
    assertThat(value(evaluation, Figure.STANDARD_CLIP_ACCURACY)).isEqualTo(3 / 4.0);
    assertThat(value(evaluation, Figure.AVERAGE_LOGITS_CLIP_ACCURACY)).isEqualTo(3 / 4.0);
    assertThat(evaluation.rules().majorityVote().confusion())
        .containsExactly(List.of(2, 0, 0), List.of(0, 1, 1), List.of(0, 0, 0));
    assertThat(evaluation.rules().meanLogits().confusion())
        .containsExactly(List.of(1, 1, 0), List.of(0, 2, 0), List.of(0, 0, 0));
  }

  @Test
  void aTieOfTheEmotionVoteGoesToTheLargestMeanLogit() {
    Evaluation evaluation =
        evaluate(
            clip("1", 1, row(1, 0, 0), row(0, 5, 0)), // a tie of 0 and 1; mean: 1
            clip("2", 2, row(3, 0, 2.5), row(0, 2, 1.5), row(0, 0, 1), row(4, 0, 3)), // no tie: 0
            clip("3", 2, row(1, 0, 0.9), row(0, 0.5, 0), row(0, 0, 1)), // a tie of all; mean: 2
            clip("4", 0, row(1, 0, 0), row(0, 1, 0)), // a tie, of the means too: 0
            clip("5", 2, row(2, 0, 1.9), row(0, 1, 0.9))); // a tie of 0 and 1; mean: 2, not asked
    assertThat(evaluation.rules().tiedClips()).isEqualTo(4);
    assertThat(value(evaluation, Figure.STANDARD_CLIP_ACCURACY)).isEqualTo(1 / 5.0);
    assertThat(value(evaluation, Figure.EMOTION_VOTE_ACCURACY)).isEqualTo(3 / 5.0);
    assertThat(evaluation.rules().majorityVote().confusion().get(2)).containsExactly(3, 0, 0);
    assertThat(evaluation.rules().emotionVote().confusion().get(2)).containsExactly(2, 0, 1);
    assertThat(evaluation.rules().meanLogits().confusion().get(2)).containsExactly(0, 0, 3);
    assertThat(evaluation.toJson())
        .asString(UTF_8)
        .contains("\"emotion_vote_accuracy\"", "\"emotion_vote\" : {", "\"tied_clips\" : 4");
  }

  @Test
  void tellsWhatTheModelWasTrainedOn() throws IOException {
    Evaluation evaluation = evaluate(clip("1", 0, row(1, 0, 0)));
    assertThat(evaluation.trainedOn()).isNull();
    Evaluation told =
        evaluation.withTrainedOn(new TrainingOverlap(1, 1, "the model was trained on 1 of 1"));
    JsonNode json = new JsonMapper().readTree(told.toJson());
    assertThat(json.at("/trained_on/clips").asInt()).isEqualTo(1);
    assertThat(json.at("/trained_on/told").asText()).endsWith("1 of 1");
    assertThat(told.withTrainedOn(null)).isEqualTo(evaluation);
  }

  @Test
  void theFileHasOneLevelOfFieldsInTheirOrder() throws IOException {
    JsonNode json = new JsonMapper().readTree(evaluate(clip("1", 0, row(1, 0, 0))).toJson());
    assertThat(json.fieldNames())
        .toIterable()
        .containsExactly(
            "format",
            "trained_on",
            "labels",
            "clips",
            "segments",
            "figures",
            "intervals",
            "mean_logits",
            "majority_vote",
            "emotion_vote",
            "tied_clips",
            "clip_calibration",
            "segment_calibration",
            "calibrated",
            "corpora",
            "sexes",
            "sex_gap",
            "ages",
            "speakers",
            "sessions",
            "folds",
            "worst_speaker",
            "conditions");
    assertThat(json.at("/conditions/0").fieldNames())
        .toIterable()
        .containsExactly(
            "name",
            "clips",
            "weighted_accuracy",
            "unweighted_accuracy",
            "segment_accuracy",
            "calibration_error",
            "decided",
            "corpora");
    assertThat(json.at("/corpora/0").fieldNames())
        .toIterable()
        .containsExactly(
            "name",
            "clips",
            "weighted_accuracy",
            "unweighted_accuracy",
            "figures",
            "intervals",
            "decided",
            "sexes");
    assertThat(json.at("/corpora/0/figures")).isEqualTo(json.at("/figures"));
    assertThat(json.at("/sex_gap").isNull()).isTrue();
  }

  @Test
  void corporaSexesAndAgesHaveFiguresOfTheirOwn() {
    Origin man = new Origin("north", "1", null, "male", 29);
    Origin woman = new Origin("north", "2", null, "female", 30);
    Origin namesake = new Origin("south", "1", null, "male", 50);
    Origin unknown = new Origin("south", "3", null, null, null);
    Evaluation evaluation =
        evaluate(
            clipOf("1", man, Condition.CLEAN, 0, row(1, 0, 0)),
            clipOf("2", man, Condition.CLEAN, 1, row(1, 0, 0)),
            clipOf("3", woman, Condition.CLEAN, 0, row(1, 0, 0)),
            clipOf("4", woman, Condition.CLEAN, 1, row(0, 1, 0)),
            clipOf("5", namesake, Condition.CLEAN, 2, row(1, 0, 0)),
            clipOf("6", unknown, Condition.CLEAN, 2, row(0, 0, 1)));
    Breakdown breakdown = evaluation.breakdown();
    assertThat(breakdown.corpora())
        .extracting(Breakdown.CorpusScores::group)
        .containsExactly(new Group("north", 4, 0.75, 0.75), new Group("south", 2, 0.5, 0.5));
    Breakdown.CorpusScores north = breakdown.corpora().get(0);
    assertThat(north.decided()).containsExactly(0.75, 0.25, 0.0);
    assertThat(north.sexes())
        .containsExactly(new Group("female", 2, 1, 1), new Group("male", 2, 0.5, 0.5));
    assertThat(north.intervals().unit()).isEqualTo("speakers");
    assertThat(north.intervals().units()).isEqualTo(2);
    assertThat(north.figures().get(Figure.UNWEIGHTED_ACCURACY))
        .isEqualTo(new Estimate(0.75, 0.5, 1));
    assertThat(breakdown.sexes())
        .containsExactly(new Group("female", 2, 1, 1), new Group("male", 3, 1 / 3.0, 1 / 3.0));
    assertThat(breakdown.sexGap().points()).isCloseTo(200 / 3.0, EXACT);
    assertThat(breakdown.sexGap().corpora()).isEqualTo(Map.of("north", 50.0));
    assertThat(breakdown.ages())
        .extracting(Group::name, Group::clips)
        .containsExactly(tuple("under 30", 2), tuple("30 to 49", 2), tuple("50 and over", 1));
    // Speaker 1 of the one is not speaker 1 of the other.
    assertThat(breakdown.speakers())
        .extracting(Group::name)
        .containsExactly("north/1", "north/2", "south/1", "south/3");
    assertThat(evaluation.headline().intervals().units()).isEqualTo(4);
    assertThat(evaluation.conditions().get(0).corpora())
        .isEqualTo(Map.of("north", 0.75, "south", 0.5));
  }

  @Test
  void classesThatDoNotOccurCountInNoMean() {
    Evaluation evaluation =
        evaluate(
            clip("1", 0, row(1, 0, 0)),
            clip("2", 0, row(1, 0, 0)),
            clip("3", 0, row(0, 0, 1)),
            clip("4", 1, row(1, 0, 0)));
    assertThat(evaluation.rules().meanLogits().classes())
        .containsExactly(
            new ClassScores("angry", 2 / 3.0, 2 / 3.0, 2 / 3.0, 3),
            new ClassScores("happy", null, 0.0, 0.0, 1),
            new ClassScores("sad", 0.0, null, 0.0, 0));
    assertThat(value(evaluation, Figure.WEIGHTED_ACCURACY)).isEqualTo(1 / 2.0);
    assertThat(value(evaluation, Figure.UNWEIGHTED_ACCURACY)).isCloseTo(1 / 3.0, EXACT);
    assertThat(value(evaluation, Figure.MACRO_F1)).isCloseTo(1 / 3.0, EXACT);
    assertThat(evaluation.toJson()).asString().contains("\"recall\" : null");
  }

  @Test
  void aClassThatIsNeitherTrueNorDecidedOnHasNoScores() {
    Evaluation evaluation = evaluate(clip("1", 0, row(1, 0, 0)));
    assertThat(evaluation.rules().meanLogits().classes().get(2))
        .isEqualTo(new ClassScores("sad", null, null, null, 0));
  }

  @Test
  void calibrationErrorIsTheMeanDistanceOfConfidenceAndAccuracy() {
    // Probabilities 0.6, 0.2, 0.2 and 0.2, 0.6, 0.2, in the bin from 8/15 to 9/15.
    Evaluation evaluation =
        evaluate(
            clip("1", 0, row(LOG_3, 0, 0)),
            clip("2", 0, row(0, LOG_3, 0)),
            clip("3", 0, row(0, LOG_3, 0), row(2 * LOG_3, LOG_3, 0)), // mean: even
            clip("4", 0, row(50, 0, 0)));
    List<Bin> bins = evaluation.calibrations().clipCalibration().bins();
    assertThat(bins).hasSize(15);
    assertThat(bins)
        .extracting(Bin::count)
        .satisfies(counts -> assertThat(sum(counts)).isEqualTo(4));
    assertThat(bins.get(14)).isEqualTo(new Bin(14 / 15.0, 1, 1, 1.0, 1.0));
    assertThat(bins.get(0)).isEqualTo(new Bin(0, 1 / 15.0, 0, null, null));
    double tied = 3 / 7.0; // clip 3: mean logits log 3, log 3, 0
    assertThat(value(evaluation, Figure.CALIBRATION_ERROR))
        .isEqualTo(evaluation.calibrations().clipCalibration().error())
        .isCloseTo((Math.abs(1 - 2 * 0.6) + (1 - tied) + 0) / 4, EXACT);
    assertThat(
            sum(
                evaluation.calibrations().segmentCalibration().bins().stream()
                    .map(Bin::count)
                    .toList()))
        .isEqualTo(5);
  }

  @Test
  void withoutACalibrationNothingIsSaidOfOne() throws IOException {
    Evaluation evaluation = evaluate(clip("1", 0, row(1, 0, 0)));
    assertThat(evaluation.headline().figures())
        .doesNotContainKeys(Figure.CALIBRATED_ERROR, Figure.COVERAGE);
    assertThat(new JsonMapper().readTree(evaluation.toJson()).at("/calibrated").isNull()).isTrue();
  }

  @Test
  void aCalibratedModelIsAsSureAsItsTemperatureSaysAndItsSetsCoverWhatTheyHold()
      throws IOException {
    // Mean logits of 2 log 3 at a temperature of 2: probabilities 0.6, 0.2 and 0.2.
    ClipCertainty certainty = new ClipCertainty(2, 0.5);
    ClipCertainty cautious = new ClipCertainty(2, 0.8);
    Evaluation evaluation =
        evaluate(
            clip("1", 0, row(2 * LOG_3, 0, 0)).withCertainty(certainty),
            clip("2", 1, row(2 * LOG_3, 0, 0)).withCertainty(certainty),
            clip("3", 1, row(2 * LOG_3, 0, 0)).withCertainty(cautious),
            clip("4", 0, row(2 * LOG_3, 0, 0)).withCertainty(certainty));
    assertThat(value(evaluation, Figure.CALIBRATED_ERROR)).isCloseTo(Math.abs(0.5 - 0.6), EXACT);
    assertThat(value(evaluation, Figure.CALIBRATION_ERROR))
        .isCloseTo(Math.abs(0.5 - 9 / 11.0), EXACT);
    assertThat(value(evaluation, Figure.COVERAGE)).isEqualTo(3 / 4.0);
    assertThat(evaluation.calibrations().calibrated().setSize()).isEqualTo((1 + 1 + 3 + 1) / 4.0);
    JsonNode json = new JsonMapper().readTree(evaluation.toJson());
    assertThat(json.at("/figures/coverage/value").asDouble()).isEqualTo(0.75);
    assertThat(json.at("/calibrated/wanted_coverage").asDouble()).isEqualTo(0.9);
    assertThat(json.at("/calibrated/bins")).hasSize(15);
  }

  @Test
  void theUpperEdgeIsInTheBin() {
    CalibrationBins bins = new CalibrationBins();
    bins.add(0.2, true);
    bins.add(Math.nextUp(0.2), true);
    bins.add(1, false);
    List<Bin> filled = bins.calibration().bins().stream().filter(bin -> bin.count() > 0).toList();
    assertThat(filled).extracting(Bin::high).containsExactly(3 / 15.0, 4 / 15.0, 1.0);
    assertThat(bins.error()).isCloseTo((0.8 + 0.8 + 1) / 3, EXACT);
  }

  @Test
  void speakersSessionsAndFoldsHaveFiguresOfTheirOwn() {
    Evaluation evaluation =
        evaluate(
            in("1", "bo", "s1", 10, 0, row(1, 0, 0)),
            in("2", "bo", "s1", 10, 1, row(1, 0, 0)),
            in("3", "bo", "s2", 2, 1, row(0, 1, 0)),
            in("4", "al", "s2", 2, 2, row(0, 1, 0)),
            in("5", "al", null, 2, 0, row(1, 0, 0)),
            in("6", null, null, 2, 0, row(1, 0, 0)));
    assertThat(evaluation.breakdown().speakers())
        .containsExactly(new Group("al", 2, 0.5, 0.5), new Group("bo", 3, 2 / 3.0, 0.75));
    assertThat(evaluation.breakdown().worstSpeaker().name()).isEqualTo("al");
    assertThat(evaluation.breakdown().sessions())
        .containsExactly(new Group("s1", 2, 0.5, 0.5), new Group("s2", 2, 0.5, 0.5));
    assertThat(evaluation.breakdown().folds()).extracting(Group::name).containsExactly("2", "10");
    assertThat(evaluation.headline().intervals().unit()).isEqualTo("speakers");
    assertThat(evaluation.headline().intervals().units()).isEqualTo(3);
  }

  @Test
  void headlineFiguresAreOfCleanClips() {
    Evaluation evaluation =
        evaluate(
            clip("1", "al", Condition.NOISE, 0, row(0, 0, 1), row(1, 0, 0)),
            clip("1", "al", Condition.DULL, 0, row(0, 0, 1)),
            clip("1", "al", Condition.CLEAN, 0, row(1, 0, 0)),
            clip("2", "al", Condition.NOISE, 2, row(0, 0, 1)));
    assertThat(evaluation.testSet().clips()).isEqualTo(1);
    assertThat(value(evaluation, Figure.WEIGHTED_ACCURACY)).isEqualTo(1);
    assertThat(evaluation.conditions())
        .extracting(ConditionScores::name)
        .containsExactly("clean", "dull", "noise");
    ConditionScores noise = evaluation.conditions().get(2);
    assertThat(noise.clips()).isEqualTo(2);
    assertThat(noise.weightedAccuracy()).isEqualTo(1);
    assertThat(noise.segmentAccuracy()).isCloseTo(2 / 3.0, EXACT);
    assertThat(noise.decided()).containsExactly(1, 0, 1);
    assertThat(evaluation.conditions().get(1).unweightedAccuracy()).isZero();
  }

  @Test
  void oneSpeakerLeavesClipsToDraw() {
    Evaluation evaluation =
        evaluate(
            clip("1", "al", Condition.CLEAN, 0, row(1, 0, 0)),
            clip("2", "al", Condition.CLEAN, 0, row(0, 1, 0)),
            clip("3", null, Condition.CLEAN, 0, row(0, 1, 0)));
    assertThat(evaluation.headline().intervals().unit()).isEqualTo("clips");
    assertThat(evaluation.headline().intervals().units()).isEqualTo(3);
    assertThat(evaluation.breakdown().worstSpeaker())
        .isEqualTo(evaluation.breakdown().speakers().get(0));
    assertThat(evaluation.toJson()).asString(UTF_8).contains("\"unit\" : \"clips\"");
  }

  @Test
  void ofOneSeedAndAnyOrderComesTheSameFile() {
    List<ClipPrediction> clips = new ArrayList<>(random(40, 5, 0.7, new Random(1)));
    byte[] json = Evaluation.of(clips, LABELS, SETTINGS).toJson();
    Collections.shuffle(clips, new Random(2));
    assertThat(Evaluation.of(clips, LABELS, SETTINGS).toJson()).isEqualTo(json);
    assertThat(Evaluation.of(clips, LABELS, new BootstrapSettings(200, 8)).headline().figures())
        .isNotEqualTo(Evaluation.of(clips, LABELS, SETTINGS).headline().figures());
  }

  @Test
  void intervalsHoldTheTruthAboutAsOftenAsTheySay() {
    int trials = 200;
    int held = 0;
    for (int trial = 0; trial < trials; trial++) {
      List<ClipPrediction> clips = random(200, 0, 0.7, new Random(trial));
      Estimate estimate =
          Evaluation.of(clips, LABELS, SETTINGS).headline().figures().get(Figure.WEIGHTED_ACCURACY);
      assertThat(estimate.value()).isBetween(estimate.low(), estimate.high());
      held += estimate.low() <= 0.7 && 0.7 <= estimate.high() ? 1 : 0;
    }
    assertThat((double) held / trials).isBetween(0.89, 0.99);
  }

  @Test
  void speakersWhoDifferWidenTheInterval() {
    List<ClipPrediction> clips = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      double[] logits = i % 4 == 0 ? row(0, 1, 0) : row(1, 0, 0);
      clips.add(clip("c" + i, "speaker" + i % 4, Condition.CLEAN, 0, logits));
    }
    Estimate estimate =
        Evaluation.of(clips, LABELS, SETTINGS).headline().figures().get(Figure.WEIGHTED_ACCURACY);
    assertThat(estimate.value()).isEqualTo(0.75);
    assertThat(estimate.low()).isLessThanOrEqualTo(0.5);
    assertThat(estimate.high()).isEqualTo(1);
  }

  @Test
  void quantilesAreLinearBetweenNeighbours() {
    double[] sorted = {1, 2, 4};
    assertThat(Bootstrap.quantile(sorted, 0)).isEqualTo(1);
    assertThat(Bootstrap.quantile(sorted, 0.75)).isEqualTo(3);
    assertThat(Bootstrap.quantile(sorted, 1)).isEqualTo(4);
    assertThat(Bootstrap.quantile(new double[] {5}, 0.3)).isEqualTo(5);
  }

  @Test
  void whatIsNoPredictionIsRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(EvaluationTest::evaluate)
        .withMessageContaining("clean");
    for (ClipPrediction bad :
        List.of(
            clip("bad", 0),
            clip("bad", 3, row(1, 0, 0)),
            clip("bad", -1, row(1, 0, 0)),
            clip("bad", 0, row(1, 0)),
            clip("bad", 0, row(1, Double.NaN, 0)))) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> evaluate(clip("good", 0, row(1, 0, 0)), bad))
          .withMessageContaining("clip bad");
    }
    assertThatIllegalArgumentException().isThrownBy(() -> new BootstrapSettings(0, 1));
  }

  private static Evaluation evaluate(ClipPrediction... clips) {
    return Evaluation.of(List.of(clips), LABELS, SETTINGS);
  }

  private static double value(Evaluation evaluation, Figure figure) {
    return evaluation.headline().figures().get(figure).value();
  }

  private static int sum(List<? extends Integer> counts) {
    return counts.stream().mapToInt(Integer::intValue).sum();
  }

  private static ClipPrediction in(
      String id, String speaker, String session, int fold, int label, double[] logits) {
    return new ClipPrediction(
        new Reference(id, "file:/" + id, new Origin("one", speaker, session, null, null), label),
        Condition.CLEAN,
        fold,
        new SegmentLogits(new int[] {0}, row(0), row(0.96), new double[][] {logits}));
  }

  /** Clips of one segment that are right with some probability; no speakers: none is known. */
  private static List<ClipPrediction> random(int clips, int speakers, double right, Random random) {
    List<ClipPrediction> result = new ArrayList<>();
    for (int i = 0; i < clips; i++) {
      int label = random.nextInt(LABELS.size());
      double[] logits = new double[LABELS.size()];
      logits[random.nextDouble() < right ? label : (label + 1) % logits.length] =
          1 + random.nextDouble();
      String speaker = speakers == 0 ? null : "speaker" + i % speakers;
      result.add(clip("c" + i, speaker, Condition.CLEAN, label, logits));
    }
    return result;
  }
}
