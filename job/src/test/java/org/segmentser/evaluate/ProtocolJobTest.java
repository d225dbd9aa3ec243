package org.segmentser.evaluate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatNoException;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.spark.SparkConf;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.segmentser.ExitCode;
import org.segmentser.TestSpark;
import org.segmentser.UserError;
import org.segmentser.audio.Condition;
import org.segmentser.features.FeatureSet;
import org.segmentser.features.LabelledFeatures;
import org.segmentser.features.StoredRows;
import org.segmentser.features.Utterance;
import org.segmentser.metrics.ClipPrediction;
import org.segmentser.train.Recipe;
import org.segmentser.train.Split;
import org.segmentser.train.Trainer;
import org.segmentser.train.TrainingPlan;

/** Folds of narrow networks over stored rows, as tasks of a local Spark. */
class ProtocolJobTest {
  private static final long GB = 1L << 30;
  private static final List<String> LABELS = StoredRows.HEAD.labels();

  /** Two clips of each of three speakers. */
  private static final int CLIPS = 6;

  private static final Protocol PROTOCOL =
      new Protocol(Protocol.Kind.LEAVE_ONE_SPEAKER_OUT, 5, Split.By.NONE, LABELS, 1);

  @TempDir Path dir;

  private static TrainingPlan plan(Recipe recipe) {
    return new TrainingPlan(
        TrainingPlan.Mode.SCRATCH,
        StoredRows.NARROW,
        StoredRows.HEAD,
        false,
        recipe,
        Split.By.NONE,
        true,
        1);
  }

  /** Clips under a condition, without the last ones. */
  private LabelledFeatures data(Condition condition, int count) throws IOException {
    List<Utterance> clips = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      clips.add(StoredRows.utterance("clip" + i, i % 2, "s" + i / 2, i, 1));
    }
    Path file = dir.resolve(condition.label());
    float[] rows =
        StoredRows.twoKinds(CLIPS, StoredRows.PATCH, condition == Condition.CLEAN ? 1 : 2);
    StoredRows.file(file, StoredRows.PATCH, rows).close();
    FeatureSet set =
        new FeatureSet(file, StoredRows.PATCH, clips.stream().map(Utterance::features).toList());
    return new LabelledFeatures("", "", set, clips, new TreeMap<>(), List.of());
  }

  private List<FoldResult> run(Recipe recipe) throws IOException {
    Map<Condition, LabelledFeatures> data = new LinkedHashMap<>();
    data.put(Condition.CLEAN, data(Condition.CLEAN, CLIPS));
    data.put(Condition.NOISE, data(Condition.NOISE, CLIPS - 1));
    SparkSession spark = TestSpark.session();
    return ProtocolJob.run(spark, PROTOCOL, plan(recipe), data, null, 2);
  }

  @Test
  void eachClipIsTestedOnceUnderEachConditionByTheFoldThatHoldsItOut() throws IOException {
    List<FoldResult> results = run(StoredRows.recipe(2, 4, 0.01));
    assertThat(results)
        .extracting(FoldResult::heldOut)
        .containsExactly("speaker s0", "speaker s1", "speaker s2");
    List<ClipPrediction> predictions = new ArrayList<>();
    for (FoldResult result : results) {
      assertThat(result.training().end()).isEqualTo(Trainer.End.FINISHED);
      assertThat(result.curve().epochs()).hasSize(2);
      assertThat(result.predictions())
          .allMatch(p -> p.fold() == result.fold())
          .allMatch(p -> result.heldOut().equals("speaker " + p.reference().origin().speaker()))
          .extracting(ClipPrediction::condition)
          .startsWith(Condition.CLEAN, Condition.CLEAN, Condition.NOISE);
      predictions.addAll(result.predictions());
    }
    // The last clip could not be used under noise.
    assertThat(predictions)
        .extracting(p -> p.condition().label() + " " + p.reference().clipId())
        .hasSize(2 * CLIPS - 1)
        .doesNotHaveDuplicates()
        .contains("clean clip5")
        .doesNotContain("noise clip5");
    assertThat(predictions).allMatch(p -> p.segments().logits()[0].length == LABELS.size());
  }

  @Test
  void theSameSeedGivesTheSamePredictions() throws IOException {
    assertThat(logits(run(StoredRows.recipe(1, 4, 0.01))))
        .isEqualTo(logits(run(StoredRows.recipe(1, 4, 0.01))));
  }

  private static List<Double> logits(List<FoldResult> results) {
    return results.stream()
        .flatMap(result -> result.predictions().stream())
        .map(p -> p.segments().logits()[0][0])
        .toList();
  }

  @Test
  void aFoldThatDivergesIsOneErrorThatNamesIt() {
    assertThatExceptionOfType(UserError.class)
        .isThrownBy(() -> run(StoredRows.recipe(3, 1, 1e30)))
        .withMessage(
            "fold 1, speaker s0: the loss became NaN in epoch 1; a lower --learning-rate may help")
        .satisfies(e -> assertThat(e.exitCode()).isEqualTo(ExitCode.FAULT));
  }

  @Test
  void onlyATrainingThatDivergedIsRefused() {
    for (Trainer.End end : Trainer.End.values()) {
      FoldResult result =
          new FoldResult(7, "part 7", new Trainer.Result(List.of(), 0, end), List.of());
      if (end == Trainer.End.DIVERGED) {
        assertThatExceptionOfType(UserError.class)
            .isThrownBy(() -> ProtocolJob.refuseDiverged(result))
            .withMessageStartingWith("fold 7, part 7: the loss became NaN in epoch 1;");
      } else {
        assertThatNoException().isThrownBy(() -> ProtocolJob.refuseDiverged(result));
      }
    }
  }

  @Test
  void whatOnlyTheTestSeesOfADivergenceIsRefusedToo() throws IOException {
    List<FoldResult> results = run(StoredRows.recipe(1, 1, 0.01));
    FoldResult fold = results.get(0);
    fold.predictions().get(0).segments().logits()[0][0] = Double.NaN;
    assertThatExceptionOfType(UserError.class)
        .isThrownBy(() -> ProtocolJob.refuseDiverged(fold))
        .withMessageStartingWith("fold 1, speaker s0: the loss became NaN in epoch 1;");
  }

  @Test
  void executorsOfAClusterHaveWhatSparkIsToldOfThem() {
    SparkConf conf =
        new SparkConf(false)
            .set("spark.executor.instances", "3")
            .set("spark.executor.cores", "8")
            .set("spark.task.cpus", "2")
            .set("spark.executor.memoryOverhead", "4g");
    assertThat(ProtocolJob.capacity(conf, 24, 1)).isEqualTo(new Capacity(3, 4, 4 * GB));
    // More came than were asked for.
    assertThat(ProtocolJob.capacity(conf, 40, 5)).isEqualTo(new Capacity(5, 4, 4 * GB));
  }

  @Test
  void whatSparkIsNotToldFollowsFromWhatIsThere() {
    SparkConf conf = new SparkConf(false).set("spark.executor.memory", "10g");
    assertThat(ProtocolJob.capacity(conf, 12, 3)).isEqualTo(new Capacity(3, 4, GB));
    conf.set("spark.executor.memory", "1g");
    assertThat(ProtocolJob.capacity(conf, 12, 3)).isEqualTo(new Capacity(3, 4, 384L << 20));
    conf.set("spark.executor.memoryOverheadFactor", "0.5");
    assertThat(ProtocolJob.capacity(conf, 12, 3)).isEqualTo(new Capacity(3, 4, GB / 2));
    // No executor has registered yet.
    assertThat(ProtocolJob.capacity(conf, 2, 0)).isEqualTo(new Capacity(1, 2, GB / 2));
    conf.set("spark.task.cpus", "4");
    assertThat(ProtocolJob.capacity(conf, 2, 1).tasks()).isEqualTo(1);
  }

  @Test
  void oneMachineAffordsAtLeastOneFoldAndNoMoreThanItHasCores() {
    SparkSession spark = TestSpark.session();
    assertThat(ProtocolJob.affordable(spark, 1)).isBetween(1, 2);
    assertThat(ProtocolJob.affordable(spark, 1_000_000_000_000L)).isEqualTo(1);
  }
}
