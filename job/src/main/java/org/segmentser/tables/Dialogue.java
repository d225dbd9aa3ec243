package org.segmentser.tables;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.OptionalDouble;
import java.util.stream.Stream;
import org.segmentser.segment.Turn;

/**
 * Who talks when in a call of two parties, as figures in seconds. Stretches of speech are given by
 * party, in order.
 */
final class Dialogue {
  /** A pause of one party that is shorter does not end its turn, in seconds. */
  static final double PAUSE_S = 0.5;

  private Dialogue() {}

  /** How long both talk. */
  static double overlapS(List<Turn> some, List<Turn> others) {
    double overlap = 0;
    int i = 0;
    int j = 0;
    while (i < some.size() && j < others.size()) {
      Turn one = some.get(i);
      Turn other = others.get(j);
      overlap +=
          Math.max(0, Math.min(one.endS(), other.endS()) - Math.max(one.startS(), other.startS()));
      if (one.endS() < other.endS()) {
        i++;
      } else {
        j++;
      }
    }
    return overlap;
  }

  /** The longest time in which nobody talks, from 0 to the call's duration. */
  static double longestSilenceS(List<Turn> some, List<Turn> others, double durationS) {
    double longest = 0;
    double since = 0;
    for (Turn turn : inOrder(some.stream(), others.stream())) {
      longest = Math.max(longest, Math.min(turn.startS(), durationS) - since);
      since = Math.max(since, turn.endS());
    }
    return Math.max(longest, durationS - since);
  }

  /**
   * How long a party waits when it takes over: the median, over its turns that follow one of the
   * other's, of the time from that turn's end to its own start; below 0 where it starts before the
   * other has ended. A turn within one of the other's, such as a "yes" in between, takes over
   * nothing and is not counted (Heldner and Edlund, "Pauses, gaps and overlaps in conversations",
   * Journal of Phonetics 2010, whose gaps and overlaps between speakers these are).
   *
   * @return nothing if the party never takes over
   */
  static OptionalDouble reactionS(List<Turn> own, List<Turn> others) {
    List<Turn> mine = bridged(own);
    List<Turn> theirs = bridged(others);
    List<Double> gaps = new ArrayList<>();
    Turn mineBefore = new Turn(0, 0);
    Turn theirsBefore = new Turn(0, 0);
    boolean theyWereLast = false;
    int i = 0;
    int j = 0;
    while (i < mine.size()) {
      if (j == theirs.size() || before(mine.get(i), theirs.get(j))) {
        Turn turn = mine.get(i++);
        if (turn.endS() > theirsBefore.endS()) {
          if (theyWereLast) {
            gaps.add(turn.startS() - theirsBefore.endS());
          }
          mineBefore = turn;
          theyWereLast = false;
        }
      } else {
        Turn turn = theirs.get(j++);
        if (turn.endS() > mineBefore.endS()) {
          theirsBefore = turn;
          theyWereLast = true;
        }
      }
    }
    return median(gaps);
  }

  /** Of turns that start together, the longer one is before the other. */
  private static boolean before(Turn one, Turn other) {
    return one.startS() < other.startS()
        || (one.startS() == other.startS() && one.endS() >= other.endS());
  }

  /** One party's turns, with the pauses that do not end one. */
  private static List<Turn> bridged(List<Turn> stretches) {
    List<Turn> turns = new ArrayList<>();
    for (Turn next : stretches) {
      int last = turns.size() - 1;
      if (last >= 0 && next.startS() - turns.get(last).endS() < PAUSE_S) {
        turns.set(last, new Turn(turns.get(last).startS(), next.endS()));
      } else {
        turns.add(next);
      }
    }
    return turns;
  }

  private static List<Turn> inOrder(Stream<Turn> some, Stream<Turn> others) {
    return Stream.concat(some, others).sorted(Comparator.comparingDouble(Turn::startS)).toList();
  }

  private static OptionalDouble median(List<Double> values) {
    double[] sorted = values.stream().mapToDouble(Double::doubleValue).sorted().toArray();
    int middle = sorted.length / 2;
    if (sorted.length == 0) {
      return OptionalDouble.empty();
    }
    return OptionalDouble.of(
        sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2);
  }
}
