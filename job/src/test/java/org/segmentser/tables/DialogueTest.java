package org.segmentser.tables;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.segmentser.segment.Turn;

class DialogueTest {
  private static final List<Turn> NONE = List.of();

  @Test
  void aQuestionAndItsAnswer() {
    List<Turn> agent = turns(1, 3, 8, 9);
    List<Turn> customer = turns(4.5, 7);
    assertThat(Dialogue.overlapS(agent, customer)).isZero();
    assertThat(Dialogue.reactionS(customer, agent)).hasValue(1.5);
    assertThat(Dialogue.reactionS(agent, customer)).hasValue(1);
    assertThat(Dialogue.longestSilenceS(agent, customer, 10)).isEqualTo(1.5);
    assertThat(Dialogue.longestSilenceS(agent, customer, 12)).isEqualTo(3);
  }

  @Test
  void whoInterruptsHasWaitedForLessThanNothing() {
    List<Turn> agent = turns(0, 5);
    List<Turn> customer = turns(4, 9);
    assertThat(Dialogue.overlapS(agent, customer)).isEqualTo(1);
    assertThat(Dialogue.reactionS(customer, agent)).hasValue(-1);
    assertThat(Dialogue.reactionS(agent, customer)).isEmpty();
  }

  @Test
  void aYesInBetweenTakesOverNothing() {
    List<Turn> agent = turns(0, 20, 24, 26);
    List<Turn> customer = turns(5, 5.5, 21, 23);
    assertThat(Dialogue.overlapS(agent, customer)).isEqualTo(0.5);
    assertThat(Dialogue.reactionS(customer, agent)).hasValue(1);
    assertThat(Dialogue.reactionS(agent, customer)).hasValue(1);
  }

  /** But while neither talks, it does. */
  @Test
  void aShortPauseEndsNoTurn() {
    List<Turn> agent = turns(0, 2, 2.375, 4);
    List<Turn> customer = turns(2.125, 2.25, 5, 6);
    assertThat(Dialogue.reactionS(customer, agent)).hasValue(1);
    assertThat(Dialogue.reactionS(agent, customer)).isEmpty();
    List<Turn> slower = turns(0, 2, 2.5, 4);
    assertThat(Dialogue.reactionS(customer, slower)).hasValue((0.125 + 1) / 2);
    assertThat(Dialogue.reactionS(slower, customer)).hasValue(0.25);
  }

  @Test
  void whereNobodyTalksAllIsSilence() {
    assertThat(Dialogue.overlapS(NONE, NONE)).isZero();
    assertThat(Dialogue.longestSilenceS(NONE, NONE, 7)).isEqualTo(7);
    assertThat(Dialogue.reactionS(NONE, NONE)).isEmpty();
    assertThat(Dialogue.reactionS(turns(1, 2), NONE)).isEmpty();
    assertThat(Dialogue.longestSilenceS(turns(0, 7), NONE, 7)).isZero();
    assertThat(Dialogue.longestSilenceS(turns(0, 7.5), NONE, 7)).isZero();
  }

  static List<Random> randoms() {
    return List.of(new Random(1), new Random(2), new Random(3), new Random(4));
  }

  @ParameterizedTest
  @MethodSource("randoms")
  void agreesWithTheDefinitions(Random random) {
    int reactions = 0;
    for (int call = 0; call < 500; call++) {
      int steps = 1 + random.nextInt(1500);
      List<Turn> some = RandomTurns.turns(random, 20, steps);
      List<Turn> others = RandomTurns.turns(random, 20, steps);
      String which = some + " and " + others;
      assertThat(Dialogue.overlapS(some, others))
          .as(which)
          .isCloseTo(RandomTurns.overlapS(some, others, steps), within(1e-9))
          .isCloseTo(Dialogue.overlapS(others, some), within(1e-9));
      assertThat(Dialogue.longestSilenceS(some, others, steps * RandomTurns.STEP_S))
          .as(which)
          .isCloseTo(RandomTurns.longestSilenceS(some, others, steps), within(1e-9));
      if (some.stream().noneMatch(turn -> others.contains(turn))) {
        Optional<Double> expected = RandomTurns.reactionS(some, others);
        OptionalDouble actual = Dialogue.reactionS(some, others);
        assertThat(actual.isPresent()).as(which).isEqualTo(expected.isPresent());
        if (expected.isPresent()) {
          assertThat(actual.getAsDouble()).as(which).isCloseTo(expected.get(), within(1e-9));
          reactions++;
        }
      }
    }
    assertThat(reactions).isGreaterThan(200);
  }

  private static List<Turn> turns(double... times) {
    List<Turn> turns = new ArrayList<>();
    for (int i = 0; i < times.length; i += 2) {
      turns.add(new Turn(times[i], times[i + 1]));
    }
    return turns;
  }
}
