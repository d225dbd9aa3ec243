package org.segmentser.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.segmentser.features.StoredRows.HEAD;
import static org.segmentser.features.StoredRows.NARROW;
import static org.segmentser.features.StoredRows.PATCH;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.segmentser.features.FeatureFile;
import org.segmentser.features.StoredRows;
import org.segmentser.features.Utterance;
import org.segmentser.model.ModelRuntime;
import org.segmentser.network.TestCheckpoints;
import org.segmentser.network.TrainableModel;
import org.segmentser.network.TrainableModel.Loss;
import org.segmentser.network.TrainableModel.Scope;
import org.segmentser.train.Trainer.End;
import org.segmentser.train.Trainer.Result;

/** Trains narrow networks on clips of one row: a head on embeddings, or all on patches. */
class TrainerTest {
  private static final int WIDTH = 8;
  private static final int CLIPS = 8;

  /** All that is random. */
  private static final Recipe RANDOM =
      new Recipe(
          new Recipe.Steps(3, 0, 6, 3e-3, Recipe.Schedule.COSINE),
          new Recipe.Optimization(Loss.SOFTMAX, 1e-8, 0.3, 0.01, 1, 0.9, 0),
          new Recipe.Examples(0.1, true, true, Augmentation.DEFAULT),
          new Recipe.EarlyStopping(1, 0, Recipe.Selection.LOSS));

  @TempDir private Path directory;

  /** What came of a training: its result, its weights, and the weights after each epoch. */
  private record Trained(Result result, List<Double> weights, List<List<Double>> ofEpochs) {}

  /** Their rows are of two kinds in turn, which is what they are told to be, or not. */
  private static List<Utterance> clips(int from, int count, boolean isTold) {
    List<Utterance> clips = new ArrayList<>();
    for (int i = from; i < from + count; i++) {
      clips.add(StoredRows.utterance("clip" + i, isTold ? i % 2 : 1 - i % 2, null, i, 1));
    }
    return clips;
  }

  /** Learns from eight clips, and validates with four of the same kinds. */
  private static Split split() {
    return new Split(clips(0, CLIPS, true), clips(CLIPS, 4, true), List.of());
  }

  /** As it learns, it comes to be wrong about what it is validated with. */
  private static Split misled() {
    return new Split(clips(0, CLIPS, true), clips(CLIPS, 4, false), List.of());
  }

  private static Split unvalidated() {
    return new Split(clips(0, CLIPS, true), List.of(), List.of());
  }

  private Trained train(Recipe recipe, Split split, Path state, boolean resume) throws IOException {
    return train(recipe, split, state, resume, TrainerTest::never, 7, 1);
  }

  private Trained train(
      Recipe recipe,
      Split split,
      Path state,
      boolean resume,
      BooleanSupplier stop,
      int start,
      long seed)
      throws IOException {
    return train(recipe, split, state, resume, stop, start, seed, 2);
  }

  private Trained train(
      Recipe recipe,
      Split split,
      Path state,
      boolean resume,
      BooleanSupplier stop,
      int start,
      long seed,
      int makers)
      throws IOException {
    Scope scope = recipe.augmentation() == null ? Scope.HEAD : Scope.ALL;
    int width = scope == Scope.HEAD ? WIDTH : PATCH;
    List<List<Double>> ofEpochs = new ArrayList<>();
    float[] rows = StoredRows.twoKinds(CLIPS + 4, width, 1);
    try (FeatureFile file = StoredRows.file(directory.resolve("rows.f32"), width, rows);
        TrainingState kept = TrainingState.open(state, "data", resume);
        TrainableModel model =
            new TrainableModel(NARROW, HEAD, recipe.settings(scope), ModelRuntime.of(2))) {
      model.initialize(start);
      Result result =
          new Trainer(model, plan(recipe, seed), file, split, makers)
              .train(
                  kept,
                  (figures, epochs, isBest, secondsLeft) -> ofEpochs.add(weights(model, width)),
                  stop);
      return new Trained(result, weights(model, width), ofEpochs);
    }
  }

  private static TrainingPlan plan(Recipe recipe, long seed) {
    return new TrainingPlan(
        TrainingPlan.Mode.SCRATCH, NARROW, HEAD, false, recipe, Split.By.NONE, true, seed);
  }

  /** To the bit, as what they make of some inputs. */
  private static List<Double> weights(TrainableModel model, int width) {
    List<Double> logits = new ArrayList<>();
    for (float[] row : model.predict(StoredRows.twoKinds(4, width, 99), 4)) {
      for (float logit : row) {
        logits.add((double) logit);
      }
    }
    return logits;
  }

  private static List<EpochFigures> withoutTimes(Result result) {
    return result.epochs().stream()
        .map(e -> new EpochFigures(e.epoch(), e.loss(), e.accuracy(), e.validation(), 0))
        .toList();
  }

  private static boolean never() {
    return false;
  }

  /** Stops once it has been asked some times: before that step. */
  private static BooleanSupplier after(int steps) {
    int[] asked = new int[1];
    return () -> asked[0]++ >= steps;
  }

  private Path state(String name) {
    return directory.resolve(name);
  }

  @Test
  void learnsAndTellsItsFigures() throws IOException {
    Trained trained = train(StoredRows.recipe(20, 4, 0.02), split(), state("a"), false);
    Result result = trained.result();
    assertThat(result.end()).isEqualTo(End.FINISHED);
    assertThat(result.epochs()).extracting(EpochFigures::epoch).hasSize(20).isSorted();
    EpochFigures first = result.epochs().get(0);
    EpochFigures last = result.epochs().get(19);
    assertThat(last.loss()).isLessThan(first.loss() / 2);
    assertThat(last.accuracy()).isEqualTo(1);
    assertThat(last.validation().loss()).isLessThan(first.validation().loss());
    assertThat(last.validation().clipAccuracy()).isEqualTo(1);
  }

  @Test
  void theSameSeedGivesTheSameWeightsToTheBit() throws IOException {
    Trained one = train(RANDOM, split(), state("a"), false);
    Trained same = train(RANDOM, split(), state("b"), false);
    Trained other = train(RANDOM, split(), state("c"), false, TrainerTest::never, 7, 2);
    assertThat(same.weights()).isEqualTo(one.weights());
    assertThat(withoutTimes(same.result())).isEqualTo(withoutTimes(one.result()));
    assertThat(other.weights()).isNotEqualTo(one.weights());
  }

  @Test
  void theNumberOfThreadsThatMakeBatchesChangesNothing() throws IOException {
    Trained one = train(RANDOM, split(), state("a"), false);
    for (int makers : new int[] {1, 3}) {
      Path state = state("of" + makers);
      Trained same = train(RANDOM, split(), state, false, TrainerTest::never, 7, 1, makers);
      assertThat(same.weights()).isEqualTo(one.weights());
      assertThat(withoutTimes(same.result())).isEqualTo(withoutTimes(one.result()));
    }
  }

  @Test
  void aFailureToMakeABatchIsThrownAsItIs() throws Exception {
    List<Utterance> beyond = List.of(StoredRows.utterance("beyond", 0, null, 1000, 1));
    Split split = new Split(beyond, List.of(), List.of());
    assertThatThrownBy(() -> train(RANDOM, split, state("a"), false))
        .isInstanceOf(UncheckedIOException.class)
        .hasMessageContaining("before the rows asked for");
    new BatchesAheadTest().noThreadIsLeft();
  }

  @Test
  void aResumedTrainingEqualsOneThatWasNotInterrupted() throws IOException {
    Trained whole = train(RANDOM, split(), state("a"), false);
    // Two steps an epoch: stopped in the second and in the third, with weights begun from anew.
    Trained first = train(RANDOM, split(), state("b"), false, after(3), 7, 1);
    assertThat(first.result().end()).isEqualTo(End.STOPPED);
    assertThat(first.result().epochs()).hasSize(1);
    Trained second = train(RANDOM, split(), state("b"), true, after(3), 8, 1);
    assertThat(second.result().epochs()).hasSize(2);
    Trained third = train(RANDOM, split(), state("b"), true, TrainerTest::never, 9, 1);
    assertThat(third.result().end()).isEqualTo(End.FINISHED);
    assertThat(third.ofEpochs()).hasSize(1);
    assertThat(third.ofEpochs().get(0)).isEqualTo(whole.ofEpochs().get(2));
    assertThat(third.weights()).isEqualTo(whole.weights());
    assertThat(third.result().bestEpoch()).isEqualTo(whole.result().bestEpoch());
    assertThat(withoutTimes(third.result())).isEqualTo(withoutTimes(whole.result()));
  }

  @Test
  void aFinishedTrainingIsResumedToItsResult() throws IOException {
    Recipe recipe = StoredRows.recipe(3, 4, 0.02);
    Trained trained = train(recipe, misled(), state("a"), false);
    Trained again = train(recipe, misled(), state("a"), true, TrainerTest::never, 9, 1);
    assertThat(again.ofEpochs()).isEmpty();
    assertThat(again.weights()).isEqualTo(trained.weights());
    assertThat(again.result()).isEqualTo(trained.result());
  }

  @Test
  void theWeightsAreThoseOfTheBestEpochAndOnlyItsAndTheLastStayOnDisk() throws IOException {
    Trained trained = train(StoredRows.recipe(12, 4, 0.02), misled(), state("a"), false);
    assertThat(trained.result().bestEpoch()).isEqualTo(1);
    assertThat(trained.weights()).isEqualTo(trained.ofEpochs().get(0));
    assertThat(trained.weights()).isNotEqualTo(trained.ofEpochs().get(11));
    assertThat(files(state("a")))
        .containsExactly(
            "epoch-1.data-00000-of-00001",
            "epoch-1.index",
            "epoch-12.data-00000-of-00001",
            "epoch-12.index",
            "progress.json");
  }

  private static List<String> files(Path directory) throws IOException {
    try (var files = Files.list(directory)) {
      return files.map(f -> f.getFileName().toString()).sorted().toList();
    }
  }

  @Test
  void aStopKeepsTheBestWholeEpoch() throws IOException {
    Recipe recipe = StoredRows.recipe(12, 4, 0.02);
    Trained misled = train(recipe, misled(), state("a"), false, after(7), 7, 1);
    assertThat(misled.result().end()).isEqualTo(End.STOPPED);
    assertThat(misled.result().epochs()).hasSize(3);
    assertThat(misled.weights()).isEqualTo(misled.ofEpochs().get(0));
    Trained right = train(recipe, split(), state("b"), false, after(7), 7, 1);
    assertThat(right.result().bestEpoch()).isEqualTo(3);
    assertThat(right.weights()).isEqualTo(right.ofEpochs().get(2));
  }

  @Test
  void aStopBeforeTheFirstEpochIsOverLeavesNothing() throws IOException {
    Trained trained =
        train(StoredRows.recipe(2, 4, 0.02), split(), state("a"), false, after(1), 7, 1);
    assertThat(trained.result()).isEqualTo(new Result(List.of(), 0, End.STOPPED));
    assertThat(state("a")).doesNotExist();
  }

  @Test
  void manyExamplesMakeFewerEpochsWithTheWholeScheduleInThem() throws IOException {
    Recipe limited = with(new Recipe.Steps(20, 1, 4, 0.02, Recipe.Schedule.COSINE));
    Recipe eight = with(new Recipe.Steps(8, 0, 4, 0.02, Recipe.Schedule.COSINE));
    Trained cut = train(limited, split(), state("a"), false);
    assertThat(cut.result().epochs()).hasSize(8);
    assertThat(cut.ofEpochs()).isEqualTo(train(eight, split(), state("b"), false).ofEpochs());
  }

  @Test
  void severalCorporaAreLearnedForLonger() throws IOException {
    List<Utterance> clips = new ArrayList<>(clips(0, CLIPS / 2, true));
    for (int i = CLIPS / 2; i < CLIPS; i++) {
      clips.add(StoredRows.utterance("clip" + i, i % 2, "other", null, i, 1));
    }
    Recipe limited = with(new Recipe.Steps(30, 1, 4, 0.02, Recipe.Schedule.COSINE));
    Split split = new Split(clips, List.of(), List.of());
    assertThat(train(limited, split, state("a"), false).result().epochs()).hasSize(24);
  }

  private static Recipe with(Recipe.Steps steps) {
    Recipe recipe = StoredRows.recipe(1, 4, 0.02);
    return new Recipe(steps, recipe.optimization(), recipe.examples(), recipe.stopping());
  }

  @Test
  void theResultIsMixedWithTheModelThatItBeganWith() throws IOException {
    Path base = directory.resolve("base");
    TestCheckpoints.write(base, NARROW, HEAD);
    Recipe recipe = RANDOM.withBaseShare(1);
    float[] rows = StoredRows.twoKinds(CLIPS + 4, PATCH, 1);
    List<Double> learned = new ArrayList<>();
    try (FeatureFile file = StoredRows.file(directory.resolve("rows.f32"), PATCH, rows);
        TrainingState kept = TrainingState.open(state("a"), "data", false);
        TrainableModel model =
            new TrainableModel(NARROW, HEAD, recipe.settings(Scope.ALL), ModelRuntime.of(2))) {
      model.load(base, true, 7);
      List<Double> before = weights(model, PATCH);
      new Trainer(model, plan(recipe, 1), file, unvalidated(), 2)
          .train(
              kept,
              (figures, epochs, isBest, secondsLeft) -> learned.addAll(weights(model, PATCH)),
              TrainerTest::never);
      assertThat(learned.get(0)).isNotCloseTo(before.get(0), within(1e-3));
      List<Double> after = weights(model, PATCH);
      for (int i = 0; i < before.size(); i++) {
        assertThat(after.get(i)).isCloseTo(before.get(i), within(1e-5));
      }
    }
  }

  @Test
  void patienceEndsATrainingThatGetsNoBetter() throws IOException {
    Recipe patient = with(StoredRows.recipe(50, 4, 0.02), 2, 3);
    Trained trained = train(patient, misled(), state("a"), false);
    assertThat(trained.result().end()).isEqualTo(End.EARLY);
    assertThat(trained.result().bestEpoch()).isEqualTo(2);
    assertThat(trained.result().epochs()).hasSize(8);
    assertThat(trained.weights()).isEqualTo(trained.ofEpochs().get(1));
    assertThat(trained.result().epochs())
        .allSatisfy(e -> assertThat(e.validation() != null).isEqualTo(e.epoch() % 2 == 0));
  }

  private static Recipe with(Recipe recipe, int validateEvery, int patience) {
    return new Recipe(
        recipe.steps(),
        recipe.optimization(),
        recipe.examples(),
        new Recipe.EarlyStopping(validateEvery, patience, recipe.stopping().selection()));
  }

  @Test
  void withoutValidationTheWeightsAreThoseOfTheLastEpoch() throws IOException {
    Trained trained = train(StoredRows.recipe(3, 4, 0.02), unvalidated(), state("a"), false);
    assertThat(trained.result().bestEpoch()).isEqualTo(3);
    assertThat(trained.result().epochs()).extracting(EpochFigures::validation).containsOnlyNulls();
    assertThat(trained.weights()).isEqualTo(trained.ofEpochs().get(2));
    assertThat(trained.weights()).isNotEqualTo(trained.ofEpochs().get(1));
  }

  @Test
  void aLossThatIsNoNumberEndsTheTrainingWithTheBestEpochSoFar() throws IOException {
    Trained sane = train(StoredRows.recipe(2, 2, 0.02), split(), state("a"), false);
    Trained wild =
        train(StoredRows.recipe(9, 2, 1e30), split(), state("a"), true, TrainerTest::never, 9, 1);
    assertThat(wild.result())
        .isEqualTo(new Result(sane.result().epochs(), sane.result().bestEpoch(), End.DIVERGED));
    assertThat(wild.weights()).isEqualTo(sane.weights());
    Trained fresh = train(StoredRows.recipe(9, 2, 1e30), split(), state("b"), false);
    assertThat(fresh.result()).isEqualTo(new Result(List.of(), 0, End.DIVERGED));
  }

  @Test
  void anEpochWhoseLastStepBreaksTheWeightsIsNotKept() throws IOException {
    // One step an epoch, whose loss is that of the weights before it.
    Trained trained = train(StoredRows.recipe(1, CLIPS, 1e30), split(), state("a"), false);
    assertThat(trained.result()).isEqualTo(new Result(List.of(), 0, End.DIVERGED));
  }
}
