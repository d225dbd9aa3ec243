package org.segmentser.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.segmentser.features.StoredRows.PATCH;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.segmentser.ExitCode;
import org.segmentser.Json;
import org.segmentser.UserError;
import org.segmentser.corpus.LabelledInput;
import org.segmentser.features.FeatureSet;
import org.segmentser.features.LabelledFeatures;
import org.segmentser.features.StoredRows;
import org.segmentser.features.Utterance;
import org.segmentser.model.ModelDirectory;
import org.segmentser.model.RemoteFileSystem;
import org.segmentser.segment.Segmentation;
import org.segmentser.segment.Speech;
import org.segmentser.train.TrainingRequest.Checkpoints;
import org.segmentser.train.TrainingRequest.Target;

/** Narrow networks on stored rows, from features to a published model. */
class TrainingRunTest {
  private static final int CLIPS = 30;
  private static final Checkpoints BESIDE_OUTPUT = new Checkpoints(null, false);

  @TempDir Path dir;
  private Path scratch;
  private final Told told = new Told();

  /** Writes down what it is told, and may ask for a stop after some epochs, or fail. */
  private static final class Told implements TrainingListener {
    private final List<String> lines = new ArrayList<>();
    private int epochsToStop = Integer.MAX_VALUE;
    private boolean isTerminated;
    private boolean isKilled;

    @Override
    public void prepared(LabelledFeatures data) {
      throw new AssertionError("told by the job");
    }

    @Override
    public void split(TrainingReport.Sides sides) {
      lines.add("test on " + sides.test().text());
    }

    @Override
    public void resumed(int lastEpoch) {
      lines.add("after " + lastEpoch);
    }

    @Override
    public void calibrationFold(int number, int folds) {
      lines.add("calibration " + number + " of " + folds);
    }

    @Override
    public StopRequest begin(boolean keepsBest) {
      lines.add("begin");
      return new StopRequest() {
        @Override
        public boolean isWanted() {
          return epochsToStop <= 0;
        }

        @Override
        public boolean keepsBest() {
          return !isTerminated;
        }

        @Override
        public int exitCode() {
          return isTerminated ? ExitCode.TERMINATED : ExitCode.INTERRUPTED;
        }

        @Override
        public void close() {
          lines.add("end");
        }
      };
    }

    @Override
    public void epoch(EpochFigures figures, int epochs, boolean isBest, double secondsLeft) {
      lines.add("epoch " + figures.epoch());
      epochsToStop--;
      if (isKilled) {
        throw new IllegalStateException("killed");
      }
    }
  }

  @BeforeEach
  void makeScratch() throws IOException {
    scratch = Files.createDirectory(dir.resolve("scratch"));
  }

  private LabelledFeatures data() throws IOException {
    List<Utterance> clips = new ArrayList<>();
    for (int i = 0; i < CLIPS; i++) {
      clips.add(StoredRows.utterance("clip" + i, i % 2, "s" + i / 3, i, 1));
    }
    Path file = scratch.resolve("features");
    StoredRows.file(file, PATCH, StoredRows.twoKinds(CLIPS, PATCH, 1)).close();
    FeatureSet set = new FeatureSet(file, PATCH, clips.stream().map(Utterance::features).toList());
    return new LabelledFeatures("the corpus", "f00d", set, clips, new TreeMap<>(), List.of());
  }

  private TrainingRun run(Recipe recipe, long seed, String output, Checkpoints checkpoints) {
    return run(recipe, seed, 0, output, checkpoints);
  }

  private TrainingRun run(
      Recipe recipe, long seed, int calibrationFolds, String output, Checkpoints checkpoints) {
    return run(recipe, seed, calibrationFolds, null, output, checkpoints);
  }

  private TrainingRun run(
      Recipe recipe,
      long seed,
      int calibrationFolds,
      ModelDirectory base,
      String output,
      Checkpoints checkpoints) {
    TrainingPlan plan =
        new TrainingPlan(
            base == null ? TrainingPlan.Mode.SCRATCH : TrainingPlan.Mode.FINE_TUNE,
            StoredRows.NARROW,
            StoredRows.HEAD,
            false,
            recipe,
            Split.By.SPEAKERS,
            true,
            seed);
    TrainingRequest request =
        new TrainingRequest(
            new LabelledInput("corpus", "the corpus", null),
            Segmentation.DEFAULT,
            Speech.OFF,
            plan,
            calibrationFolds,
            base,
            null,
            new Target(output, "trained", null),
            checkpoints);
    return new TrainingRun(request, RemoteFileSystem.configuration(), scratch, told);
  }

  private String output() {
    return dir.resolve("model").toString();
  }

  private Path besideOutput() {
    return dir.resolve("model.training");
  }

  @Test
  void trainsTestsAndPublishesAndKeepsNoCheckpoints() throws IOException {
    TrainedModel trained =
        run(StoredRows.recipe(2, 4, 0.01), 1, output(), BESIDE_OUTPUT).train(data());
    assertThat(told.lines)
        .containsExactly("test on 3 clips of 1 speaker", "begin", "epoch 1", "epoch 2", "end");
    assertThat(trained.training().epochs()).hasSize(2);
    assertThat(trained.test().testSet().clips()).isEqualTo(3);
    assertThat(trained.test().trainedOn()).isNull();
    assertThat(trained.model().toString()).isEqualTo(output());
    assertThat(trained.model().spec().modelId()).startsWith("trained-");
    JsonNode report = Json.MAPPER.readTree(trained.model().report().orElseThrow());
    assertThat(report.at("/base_model").isNull()).isTrue();
    assertThat(report.at("/heard/parts/0/clips")).hasSize(CLIPS - 3);
    assertThat(report.at("/test/clips").asInt()).isEqualTo(3);
    assertThat(besideOutput()).doesNotExist();
  }

  @Test
  void itsValidationTellsHowSureAModelMayBe() throws IOException {
    ModelDirectory model =
        run(StoredRows.recipe(2, 4, 0.01), 1, output(), BESIDE_OUTPUT).train(data()).model();
    model.verify();
    assertThat(model.spec().calibration().conformal().clips()).isEqualTo(3);
    assertThat(model.novelty()).isPresent();
  }

  @Test
  void whatTheBaseModelHasHeardDoesNotTellHowSureAModelMayBe() throws IOException {
    Recipe recipe = StoredRows.recipe(2, 4, 0.01);
    Path first = dir.resolve("first");
    ModelDirectory base = run(recipe, 1, first.toString(), BESIDE_OUTPUT).train(data()).model();
    // The same split: the base model was validated on what this one is.
    ModelDirectory model = run(recipe, 1, 0, base, output(), BESIDE_OUTPUT).train(data()).model();
    model.verify();
    assertThat(base.spec().calibration()).isNotNull();
    assertThat(model.spec().calibration()).isNull();
    assertThat(model.novelty()).isEmpty();
    told.lines.clear();
    Path folds = dir.resolve("folds");
    TrainedModel known = run(recipe, 1, 3, base, folds.toString(), BESIDE_OUTPUT).train(data());
    assertThat(told.lines).noneMatch(line -> line.startsWith("calibration"));
    assertThat(known.heldOut()).isNull();
    assertThat(Json.MAPPER.readTree(known.model().report().orElseThrow()).at("/held_out").isNull())
        .isTrue();
  }

  @Test
  void foldsAreTrainedWhereTheBaseModelLeavesSomethingToJudge() throws IOException {
    Recipe recipe = StoredRows.recipe(1, 4, 0.01);
    // Another seed, another test, which that model has not heard.
    ModelDirectory base =
        run(recipe, 2, dir.resolve("base").toString(), BESIDE_OUTPUT).train(data()).model();
    told.lines.clear();
    TrainedModel trained = run(recipe, 1, 3, base, output(), BESIDE_OUTPUT).train(data());
    assertThat(told.lines).filteredOn(line -> line.startsWith("calibration")).hasSize(1);
    assertThat(trained.heldOut().testSet().clips()).isEqualTo(3);
    assertThat(trained.heldOut().calibrations().calibrated()).isNull();
    assertThat(trained.heldOut().trainedOn().told())
        .isEqualTo("the base model was trained on 0 of these 3 clips");
    assertThat(trained.model().spec().calibration().conformal().clips()).isEqualTo(3);
  }

  @Test
  void modelsWithoutAPartOfTheSpeakersTellHowSureAModelMayBe() throws IOException {
    Recipe recipe = StoredRows.recipe(1, 4, 0.01);
    TrainedModel trained = run(recipe, 1, 3, output(), BESIDE_OUTPUT).train(data());
    ModelDirectory model = trained.model();
    assertThat(told.lines)
        .containsExactly(
            "test on 3 clips of 1 speaker",
            "calibration 1 of 3",
            "begin",
            "epoch 1",
            "end",
            "calibration 2 of 3",
            "begin",
            "epoch 1",
            "end",
            "calibration 3 of 3",
            "begin",
            "epoch 1",
            "end",
            "begin",
            "epoch 1",
            "end");
    model.verify();
    assertThat(model.spec().calibration().conformal().clips()).isEqualTo(CLIPS - 3);
    assertThat(model.novelty()).isPresent();
    assertThat(besideOutput()).doesNotExist();
    JsonNode report = Json.MAPPER.readTree(model.report().orElseThrow());
    assertThat(report.at("/calibration_folds").asInt()).isEqualTo(3);
    assertThat(report.at("/held_out/clips").asInt()).isEqualTo(CLIPS - 3);
    assertThat(report.at("/held_out/calibrated/wanted_coverage").asDouble()).isEqualTo(0.9);
    assertThat(trained.heldOut().testSet().clips()).isEqualTo(CLIPS - 3);
  }

  @Test
  void whatStopsAmidCalibrationPublishesNothingAndIsResumed() throws IOException {
    Recipe recipe = StoredRows.recipe(2, 4, 0.01);
    Path whole = dir.resolve("whole");
    ModelDirectory expected =
        run(recipe, 1, 2, whole.toString(), BESIDE_OUTPUT).train(data()).model();
    told.epochsToStop = 3;
    assertThatExceptionOfType(UserError.class)
        .isThrownBy(() -> run(recipe, 1, 2, output(), BESIDE_OUTPUT).train(data()))
        .withMessage("stopped; --resume goes on from there")
        .satisfies(e -> assertThat(e.exitCode()).isEqualTo(ExitCode.INTERRUPTED));
    assertThat(dir.resolve("model")).doesNotExist();
    assertThatExceptionOfType(UserError.class)
        .isThrownBy(() -> run(recipe, 1, 2, output(), BESIDE_OUTPUT).refuseUnfinished())
        .withMessageContaining("holds an unfinished training");
    assertThatExceptionOfType(UserError.class)
        .isThrownBy(
            () -> run(recipe, 1, 0, output(), new Checkpoints(null, true)).refuseUnfinished())
        .withMessageEndingWith("with --calibration-folds; --resume needs it too");
    told.epochsToStop = Integer.MAX_VALUE;
    told.lines.clear();
    ModelDirectory model =
        run(recipe, 1, 2, output(), new Checkpoints(null, true)).train(data()).model();
    assertThat(told.lines.stream().filter(line -> line.startsWith("epoch")))
        .containsExactly("epoch 2", "epoch 1", "epoch 2");
    assertThat(told.lines).contains("after 1").doesNotContain("after 0");
    assertThat(Json.MAPPER.readTree(model.report().orElseThrow()).at("/held_out"))
        .isEqualTo(Json.MAPPER.readTree(expected.report().orElseThrow()).at("/held_out"));
    assertThat(model.spec().modelId()).isEqualTo(expected.spec().modelId());
    assertThat(besideOutput()).doesNotExist();
  }

  @Test
  void aStopPublishesTheBestEpochAndAStopBeforeTheFirstOneNothing() throws IOException {
    told.epochsToStop = 1;
    TrainedModel trained =
        run(StoredRows.recipe(9, 4, 0.01), 1, output(), BESIDE_OUTPUT).train(data());
    assertThat(trained.training().end()).isEqualTo(Trainer.End.STOPPED);
    assertThat(trained.training().bestEpoch()).isEqualTo(1);
    assertThatExceptionOfType(UserError.class)
        .isThrownBy(
            () ->
                run(
                        StoredRows.recipe(9, 4, 0.01),
                        1,
                        dir.resolve("other").toString(),
                        BESIDE_OUTPUT)
                    .train(data()))
        .withMessage("stopped before the first epoch was over; there is nothing to keep")
        .satisfies(e -> assertThat(e.exitCode()).isEqualTo(ExitCode.INTERRUPTED));
    assertThat(dir.resolve("other")).doesNotExist();
    assertThat(dir.resolve("other.training")).doesNotExist();
  }

  @Test
  void whoIsToGoLeavesNoModelButWhatAnotherGoesOnFrom() throws IOException {
    Recipe recipe = StoredRows.recipe(3, 4, 0.01);
    Path whole = dir.resolve("whole");
    ModelDirectory expected = run(recipe, 1, whole.toString(), BESIDE_OUTPUT).train(data()).model();
    told.isTerminated = true;
    told.epochsToStop = 1;
    assertThatExceptionOfType(UserError.class)
        .isThrownBy(() -> run(recipe, 1, output(), BESIDE_OUTPUT).train(data()))
        .withMessage("stopped; --resume goes on from there")
        .satisfies(e -> assertThat(e.exitCode()).isEqualTo(ExitCode.TERMINATED));
    assertThat(dir.resolve("model")).doesNotExist();
    String remote = RemoteFileSystem.uri(dir.resolve("remote"));
    told.epochsToStop = 1;
    assertThatExceptionOfType(UserError.class)
        .isThrownBy(() -> run(recipe, 1, remote, BESIDE_OUTPUT).train(data()))
        .withMessage(
            "stopped; nothing is kept without --checkpoints, as the output is not on this machine");

    told.epochsToStop = Integer.MAX_VALUE;
    ModelDirectory model =
        run(recipe, 1, output(), new Checkpoints(null, true)).train(data()).model();
    assertThat(told.lines).contains("after 1");
    assertThat(model.spec().modelId()).isEqualTo(expected.spec().modelId());
  }

  @Test
  void aStopAfterTheFoldsOfCalibrationSaysThatTheyAreKept() throws IOException {
    Recipe recipe = StoredRows.recipe(1, 4, 0.01);
    told.epochsToStop = 2;
    assertThatExceptionOfType(UserError.class)
        .isThrownBy(() -> run(recipe, 1, 2, output(), BESIDE_OUTPUT).train(data()))
        .withMessage("stopped; --resume goes on from there");
    told.epochsToStop = Integer.MAX_VALUE;
    run(recipe, 1, 2, output(), new Checkpoints(null, true)).train(data());
    assertThat(besideOutput()).doesNotExist();
  }

  @Test
  void clipsThatCanBeReadAgainMakeAnotherTraining() throws IOException {
    Recipe recipe = StoredRows.recipe(3, 4, 0.01);
    interrupt(recipe, BESIDE_OUTPUT);
    LabelledFeatures all = data();
    LabelledFeatures fewer =
        new LabelledFeatures(
            all.description(),
            all.fingerprint(),
            all.features(),
            all.utterances().subList(1, CLIPS),
            all.leftOut(),
            List.of());
    assertThatExceptionOfType(UserError.class)
        .isThrownBy(() -> run(recipe, 1, output(), new Checkpoints(null, true)).train(fewer))
        .withMessageContaining("other data or settings");
  }

  @Test
  void aLossThatIsNaNAtOnceIsOneErrorAndLeavesNothing() {
    assertThatExceptionOfType(UserError.class)
        .isThrownBy(
            () -> run(StoredRows.recipe(3, 1, 1e30), 1, output(), BESIDE_OUTPUT).train(data()))
        .withMessage("the loss became NaN in the first epoch; a lower --learning-rate may help")
        .satisfies(e -> assertThat(e.exitCode()).isEqualTo(ExitCode.FAULT));
    assertThat(dir.resolve("model")).doesNotExist();
    assertThat(besideOutput()).doesNotExist();
  }

  @Test
  void anUnfinishedTrainingIsRefusedOrResumedIfDataAndSettingsAreTheSame() throws IOException {
    Recipe recipe = StoredRows.recipe(3, 4, 0.01);
    ModelDirectory whole =
        run(recipe, 1, dir.resolve("whole").toString(), BESIDE_OUTPUT).train(data()).model();
    Path kept = dir.resolve("kept");
    Checkpoints fresh = new Checkpoints(kept, false);
    Checkpoints resumed = new Checkpoints(kept, true);
    interrupt(recipe, fresh);

    assertThatExceptionOfType(UserError.class)
        .isThrownBy(() -> run(recipe, 1, output(), fresh).refuseUnfinished())
        .withMessage(
            kept
                + " holds an unfinished training, after epoch 1; continue it with --resume or"
                + " delete it");
    run(recipe, 1, output(), resumed).refuseUnfinished();
    for (TrainingRun other :
        List.of(
            run(recipe, 2, output(), resumed),
            run(StoredRows.recipe(3, 5, 0.01), 1, output(), resumed))) {
      assertThatExceptionOfType(UserError.class)
          .isThrownBy(() -> other.train(data()))
          .withMessageContaining("other data or settings");
    }

    told.lines.clear();
    ModelDirectory model = run(recipe, 1, output(), resumed).train(data()).model();
    assertThat(told.lines).contains("after 1", "epoch 2", "epoch 3").doesNotContain("epoch 1");
    assertThat(model.spec().modelId()).isEqualTo(whole.spec().modelId());
    assertThat(kept).doesNotExist();
  }

  /** Leaves the first epoch of a training, as a process that is killed does. */
  private void interrupt(Recipe recipe, Checkpoints checkpoints) {
    told.isKilled = true;
    assertThatExceptionOfType(IllegalStateException.class)
        .isThrownBy(() -> run(recipe, 1, output(), checkpoints).train(data()))
        .withMessage("killed");
    told.isKilled = false;
  }

  @Test
  void aResumedTrainingThatIsNotThereBeginsAnew() throws IOException {
    run(StoredRows.recipe(1, 4, 0.01), 1, output(), new Checkpoints(null, true)).train(data());
    assertThat(told.lines).contains("after 0", "epoch 1");
  }

  @Test
  void checkpointsOfARemoteOutputAreTemporaryAndCannotBeResumed() throws IOException {
    String remote = RemoteFileSystem.uri(dir.resolve("model"));
    Recipe recipe = StoredRows.recipe(1, 4, 0.01);
    run(recipe, 1, remote, BESIDE_OUTPUT).refuseUnfinished();
    run(recipe, 1, remote, BESIDE_OUTPUT).train(data());
    assertThat(dir.resolve("model")).isDirectory();
    assertThat(besideOutput()).doesNotExist();
    assertThatExceptionOfType(UserError.class)
        .isThrownBy(() -> run(recipe, 1, remote, new Checkpoints(null, true)).train(data()))
        .withMessage("--resume needs --checkpoints, as the output is not on this machine");
  }
}
