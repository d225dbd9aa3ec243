package org.segmentser.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.segmentser.ExitCode;
import org.segmentser.UserError;
import org.segmentser.features.StoredRows;
import org.segmentser.model.ModelRuntime;
import org.segmentser.network.TrainableModel;
import org.segmentser.network.TrainableModel.Scope;
import org.segmentser.train.EpochFigures.Validation;

class TrainingStateTest {
  private static final Validation VALIDATION = new Validation(Double.NaN, 0.1, 0.2, 0.3);

  @TempDir private Path temporary;

  private Path directory() {
    return temporary.resolve("some/state");
  }

  private static TrainableModel model(int seed) {
    TrainableModel model =
        new TrainableModel(
            StoredRows.NARROW,
            StoredRows.HEAD,
            StoredRows.recipe(1, 1, 1).settings(Scope.HEAD),
            ModelRuntime.of(1));
    model.initialize(seed);
    return model;
  }

  private static List<EpochFigures> figures(int epochs) {
    List<EpochFigures> figures = new ArrayList<>();
    for (int epoch = 1; epoch <= epochs; epoch++) {
      figures.add(new EpochFigures(epoch, 1.0 / 3, 0.5, epoch % 2 == 0 ? VALIDATION : null, 0.1));
    }
    return figures;
  }

  private static float[][] predict(TrainableModel model) {
    return model.predict(StoredRows.twoKinds(2, 8, 5), 2);
  }

  private List<String> files() throws IOException {
    try (var files = Files.list(directory())) {
      return files.map(f -> f.getFileName().toString()).sorted().toList();
    }
  }

  /** Leaves a training, as a process that has ended does. */
  private void leave(int epochs, int best) {
    try (TrainingState state = TrainingState.open(directory(), "data", false)) {
      keep(state, epochs, best);
    }
  }

  /** Keeps epochs of the models of the seeds 1, 2, and so on. */
  private void keep(TrainingState state, int epochs, int best) {
    for (int epoch = 1; epoch <= epochs; epoch++) {
      try (TrainableModel model = model(epoch)) {
        state.keep(model, epoch, Math.min(epoch, best), figures(epoch));
      }
    }
  }

  @Test
  void theLastAndTheBestEpochComeBackAndOthersAreDeleted() throws IOException {
    leave(12, 1);
    assertThat(files())
        .containsExactly(
            "epoch-1.data-00000-of-00001",
            "epoch-1.index",
            "epoch-12.data-00000-of-00001",
            "epoch-12.index",
            "progress.json");
    try (TrainingState state = TrainingState.open(directory(), "data", true);
        TrainableModel read = model(99);
        TrainableModel first = model(1);
        TrainableModel last = model(12)) {
      assertThat(state.resume(read))
          .contains(new TrainingState.SavedProgress("data", 12, 1, figures(12)));
      assertThat(predict(read)).isDeepEqualTo(predict(last));
      state.restore(read, 1);
      assertThat(predict(read)).isDeepEqualTo(predict(first));
    }
  }

  @Test
  void aFreshOneChangesNothingInTheModel() {
    try (TrainingState state = TrainingState.open(directory(), "data", true);
        TrainableModel model = model(1);
        TrainableModel same = model(1)) {
      assertThat(state.resume(model)).isEmpty();
      assertThat(predict(model)).isDeepEqualTo(predict(same));
    }
  }

  @Test
  void anUnfinishedTrainingIsNotOverwritten() {
    leave(2, 2);
    assertThatExceptionOfType(UserError.class)
        .isThrownBy(() -> TrainingState.open(directory(), "data", false))
        .withMessageContaining("after epoch 2")
        .withMessageContaining("--resume")
        .satisfies(e -> assertThat(e.exitCode()).isEqualTo(ExitCode.USAGE));
  }

  @Test
  void aTrainingOfOtherDataIsNotResumed() {
    leave(1, 1);
    assertThatExceptionOfType(UserError.class)
        .isThrownBy(() -> TrainingState.open(directory(), "other data", true))
        .withMessageContaining("other data or settings");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "{",
        "[1]",
        "no JSON",
        "null",
        "{}",
        "\0\0\0\0\0\0\0\0",
        "{\"fingerprint\": \"data\", \"epoch\": 3, \"best\": 3}",
        "{\"fingerprint\": \"data\", \"epoch\": 3, \"best\": 3, \"figures\": []}",
        "{\"fingerprint\": \"data\", \"epoch\": 0, \"best\": 0, \"figures\": [], \"more\": 1}"
      })
  void brokenProgressIsToldAsSuch(String json) throws IOException {
    Files.createDirectories(directory());
    Files.writeString(directory().resolve("progress.json"), json);
    for (boolean resume : List.of(true, false)) {
      assertThatExceptionOfType(UserError.class)
          .isThrownBy(() -> TrainingState.open(directory(), "data", resume))
          .withMessageContaining("progress.json is broken")
          .satisfies(e -> assertThat(e.exitCode()).isEqualTo(ExitCode.INPUT));
    }
  }

  @Test
  void aDirectoryThatCannotBeMadeIsTold() throws IOException {
    Path file = Files.createFile(temporary.resolve("file"));
    assertThatExceptionOfType(UserError.class)
        .isThrownBy(() -> TrainingState.open(file.resolve("state"), "data", false))
        .withMessageContaining("cannot be written");
  }

  @Test
  void deletingLeavesNothing() {
    TrainingState state = TrainingState.open(directory(), "data", false);
    keep(state, 3, 2);
    state.delete();
    assertThat(directory()).doesNotExist();
    assertThat(directory().getParent()).exists();
  }

  @Test
  void deletingLeavesWhatIsNotOfTheTraining() throws IOException {
    TrainingState state = TrainingState.open(directory(), "data", false);
    keep(state, 1, 1);
    Files.writeString(directory().resolve("notes.txt"), "mine");
    Files.writeString(directory().resolve("epoch-1.pt"), "mine too");
    state.delete();
    assertThat(files()).containsExactly("epoch-1.pt", "notes.txt");
  }

  @Test
  void oneProcessAtATimeTrainsInADirectory() {
    try (TrainingState state = TrainingState.open(directory(), "data", false)) {
      keep(state, 1, 1);
      for (boolean resume : List.of(true, false)) {
        assertThatExceptionOfType(UserError.class)
            .isThrownBy(() -> TrainingState.open(directory(), "data", resume))
            .withMessage("another process is training in " + directory())
            .satisfies(e -> assertThat(e.exitCode()).isEqualTo(ExitCode.BUSY));
        assertThatExceptionOfType(UserError.class)
            .isThrownBy(() -> TrainingState.refuse(directory(), resume))
            .withMessageContaining("another process is training");
      }
    }
    TrainingState.refuse(directory(), true);
    TrainingState.open(directory(), "data", true).close();
    assertThat(directory().resolve("training.lock")).doesNotExist();
  }
}
