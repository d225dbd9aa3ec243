package org.segmentser.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.segmentser.train.EpochFigures.Validation;

class RecipeTest {
  /** By recall. */
  private static final Recipe DEFAULT = Recipe.DEFAULT;

  /** By loss, every 10 epochs, with a patience of 5. */
  private static final Recipe PAPER = Recipe.PAPER;

  private static List<EpochFigures> epochs(Validation... validations) {
    List<EpochFigures> epochs = new ArrayList<>();
    for (Validation validation : validations) {
      epochs.add(new EpochFigures(epochs.size() + 1, 1, 0.5, validation, 1));
    }
    return epochs;
  }

  private static Validation validation(double loss, double recall) {
    return new Validation(loss, 0.5, 0.5, recall);
  }

  @Test
  void theRateClimbsOverATwentiethOfTheStepsAndThenFallsToNothing() {
    double rate = DEFAULT.steps().learningRate();
    assertThat(DEFAULT.rate(25, 1000)).isCloseTo(rate / 2, within(1e-12));
    assertThat(DEFAULT.rate(50, 1000)).isCloseTo(rate, within(1e-12));
    // Half of the cosine's way, and its last step.
    assertThat(DEFAULT.rate(525, 1000)).isCloseTo(rate / 2, within(1e-12));
    assertThat(DEFAULT.rate(999, 1000)).isBetween(0.0, rate / 10_000);
    for (int step = 1; step < 1000; step++) {
      double change = DEFAULT.rate(step, 1000) - DEFAULT.rate(step - 1, 1000);
      assertThat(change > 0).isEqualTo(step <= 50);
    }
  }

  @Test
  void largeCorporaHaveFewerEpochsButEightAtLeast() {
    Recipe.Steps steps = new Recipe.Steps(64, 50_000, 32, 1e-3, Recipe.Schedule.COSINE);
    assertThat(steps.epochs(700, 1)).isEqualTo(64);
    assertThat(steps.epochs(1000, 1)).isEqualTo(50);
    assertThat(steps.epochs(1001, 1)).isEqualTo(50);
    assertThat(steps.epochs(5000, 1)).isEqualTo(10);
    assertThat(steps.epochs(1_000_000, 1)).isEqualTo(8);
    assertThat(steps.epochs(1_000_000, 2)).isEqualTo(24);
    assertThat(steps.epochs(1000, 2)).isEqualTo(50);
    assertThat(steps.epochs(1_000_000, 3)).isEqualTo(24);
    assertThat(new Recipe.Steps(3, 50_000, 32, 1e-3, Recipe.Schedule.COSINE).epochs(1_000_000, 1))
        .isEqualTo(3);
  }

  @Test
  void askedForEpochsAreNotCut() {
    assertThat(DEFAULT.with(100, null, null, null).steps().epochs(1_000_000, 2)).isEqualTo(100);
    assertThat(PAPER.steps().epochs(1_000_000, 2)).isEqualTo(1000);
  }

  @Test
  void aConstantRateIsOne() {
    for (long step : new long[] {0, 1, 500, 999}) {
      assertThat(PAPER.rate(step, 1000)).isEqualTo(1e-6);
    }
  }

  @Test
  void theBestEpochIsTheFirstOfTheLowestLoss() {
    assertThat(PAPER.best(epochs(validation(3, 0.9), validation(1, 0.1), validation(1, 0.8))))
        .isEqualTo(2);
  }

  @Test
  void theBestEpochIsThatOfTheHighestRecallAndThenOfTheLowestLoss() {
    assertThat(DEFAULT.best(epochs(validation(1, 0.1), validation(3, 0.9), validation(4, 0.9))))
        .isEqualTo(2);
    assertThat(DEFAULT.best(epochs(validation(3, 0.9), validation(2, 0.9), validation(1, 0.8))))
        .isEqualTo(2);
  }

  @Test
  void epochsWithoutAValidationAreTheBestOnlyWhereThereIsNone() {
    assertThat(PAPER.best(epochs(null, null, null))).isEqualTo(3);
    assertThat(PAPER.best(epochs(null, validation(9, 0), null))).isEqualTo(2);
  }

  @Test
  void anEpochWhoseLossIsNoNumberIsNotTheBest() {
    assertThat(PAPER.best(epochs(validation(Double.NaN, 0.9), validation(9, 0.1)))).isEqualTo(2);
  }

  @Test
  void patienceCountsValidationsSinceTheBest() {
    Validation bad = validation(9, 0);
    List<EpochFigures> epochs = epochs(validation(1, 1), null, bad, null, bad, bad, bad);
    assertThat(PAPER.isPatienceOver(epochs, 1)).isFalse();
    epochs.add(new EpochFigures(8, 1, 0.5, null, 1));
    assertThat(PAPER.isPatienceOver(epochs, 1)).isFalse();
    epochs.add(new EpochFigures(9, 1, 0.5, bad, 1));
    assertThat(PAPER.isPatienceOver(epochs, 1)).isTrue();
    assertThat(PAPER.isPatienceOver(epochs, 3)).isFalse();
    assertThat(DEFAULT.isPatienceOver(epochs, 1)).isFalse();
  }

  @Test
  void whatIsGivenReplacesWhatTheRecipeHas() {
    Recipe other = DEFAULT.with(3, null, 0.5, DEFAULT.augmentation());
    assertThat(other.steps().epochs()).isEqualTo(3);
    assertThat(other.steps().learningRate()).isEqualTo(0.5);
    assertThat(PAPER.with(3, null, 0.5, null).with(1000, null, 1e-6, null)).isEqualTo(PAPER);
    assertThat(DEFAULT.with(null, 7, null, null).steps().batchSize()).isEqualTo(7);
    assertThat(DEFAULT.with(null, null, null, null).augmentation()).isNull();
  }
}
