package org.segmentser.tables;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.DoubleStream;
import org.segmentser.segment.Turn;

/** Stretches of speech at random, and the figures of {@link Dialogue} by their definitions. */
final class RandomTurns {
  /** All times are multiples of it, in seconds. */
  static final double STEP_S = 0.032;

  private RandomTurns() {}

  /** Up to so many stretches within a call of so many steps. */
  static List<Turn> turns(Random random, int most, int steps) {
    List<Turn> turns = new ArrayList<>();
    int at = random.nextInt(40);
    for (int i = random.nextInt(most + 1); i > 0; i--) {
      int end = at + 1 + random.nextInt(random.nextBoolean() ? 20 : 150);
      if (end > steps) {
        break;
      }
      turns.add(new Turn(at * STEP_S, end * STEP_S));
      // From 4 steps on, as shorter pauses are no part of the table.
      at = end + 4 + random.nextInt(random.nextBoolean() ? 12 : 120);
    }
    return turns;
  }

  /** Step by step. */
  static double overlapS(List<Turn> some, List<Turn> others, int steps) {
    int both = 0;
    for (int step = 0; step < steps; step++) {
      if (talks(some, step) && talks(others, step)) {
        both++;
      }
    }
    return both * STEP_S;
  }

  /** Step by step. */
  static double longestSilenceS(List<Turn> some, List<Turn> others, int steps) {
    int longest = 0;
    int silent = 0;
    for (int step = 0; step < steps; step++) {
      silent = talks(some, step) || talks(others, step) ? 0 : silent + 1;
      longest = Math.max(longest, silent);
    }
    return longest * STEP_S;
  }

  /** By comparing all with all. */
  static Optional<Double> reactionS(List<Turn> own, List<Turn> others) {
    List<Turn> mine = bridged(own);
    List<Turn> theirs = bridged(others);
    List<Turn> takers = new ArrayList<>(without(mine, theirs));
    List<Turn> theirTakers = without(theirs, mine);
    List<Double> gaps = new ArrayList<>();
    for (Turn turn : takers) {
      Turn before = last(theirTakers, turn.startS());
      Turn ownBefore = last(takers, turn.startS());
      if (before != null && (ownBefore == null || ownBefore.startS() < before.startS())) {
        gaps.add(turn.startS() - before.endS());
      }
    }
    if (gaps.isEmpty()) {
      return Optional.empty();
    }
    List<Double> sorted = gaps.stream().sorted().toList();
    return Optional.of(
        DoubleStream.of(sorted.get(sorted.size() / 2), sorted.get((sorted.size() - 1) / 2))
            .average()
            .orElseThrow());
  }

  /** Those that do not lie within one of the others. */
  private static List<Turn> without(List<Turn> turns, List<Turn> others) {
    return turns.stream()
        .filter(
            turn ->
                others.stream()
                    .noneMatch(
                        other -> other.startS() <= turn.startS() && other.endS() >= turn.endS()))
        .toList();
  }

  private static Turn last(List<Turn> turns, double beforeS) {
    Turn last = null;
    for (Turn turn : turns) {
      last = turn.startS() < beforeS ? turn : last;
    }
    return last;
  }

  private static List<Turn> bridged(List<Turn> stretches) {
    List<Turn> turns = new ArrayList<>();
    int i = 0;
    while (i < stretches.size()) {
      int last = i;
      while (last + 1 < stretches.size()
          && stretches.get(last + 1).startS() - stretches.get(last).endS() < 0.5) {
        last++;
      }
      turns.add(new Turn(stretches.get(i).startS(), stretches.get(last).endS()));
      i = last + 1;
    }
    return turns;
  }

  private static boolean talks(List<Turn> turns, int step) {
    double middle = (step + 0.5) * STEP_S;
    return turns.stream().anyMatch(turn -> turn.startS() < middle && middle < turn.endS());
  }
}
