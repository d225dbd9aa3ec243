package org.segmentser.train;

import static java.util.stream.Collectors.toCollection;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Function;
import org.segmentser.UserError;
import org.segmentser.features.Utterance;

/**
 * Which utterances a model learns from, which choose its best epoch, and which test it. Immutable.
 *
 * @param training to learn from
 * @param validation to choose the epoch; may be empty
 * @param test not seen by the training; may be empty
 */
public record Split(List<Utterance> training, List<Utterance> validation, List<Utterance> test) {
  /** How utterances are divided. */
  public enum By {
    /** All utterances of a speaker are on one side. */
    SPEAKERS,
    /** At random, as the paper does: a speaker is on all sides. */
    CLIPS,
    /** All are learned from. */
    NONE;

    /** The name on the command line. */
    public String label() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** Copies the lists. */
  public Split {
    training = List.copyOf(training);
    validation = List.copyOf(validation);
    test = List.copyOf(test);
  }

  /**
   * Eight tenths to learn from, a tenth to validate and a tenth to test; at least one speaker each.
   *
   * @throws UserError if there are too few speakers, or too few utterances of a class
   */
  public static Split of(List<Utterance> all, By by, List<String> labels, long seed) {
    if (by == By.NONE) {
      return around(List.of(), all, by, labels, seed);
    }
    if (by == By.SPEAKERS) {
      requireThreeSpeakers(all);
    }
    List<List<Utterance>> parts = part(all, by, 10, seed);
    return around(parts.get(1), parts.get(0), by, labels, seed);
  }

  /**
   * The split of a fold whose test is given.
   *
   * @throws UserError if there are too few speakers, or too few utterances of a class
   */
  public static Split around(
      List<Utterance> test, List<Utterance> rest, By by, List<String> labels, long seed) {
    List<List<Utterance>> parts =
        by == By.NONE ? List.of(rest, List.of()) : part(rest, by, 9, seed);
    Split split = new Split(parts.get(0), parts.get(1), test);
    split.requireEveryLabel(labels);
    return split;
  }

  private static void requireThreeSpeakers(List<Utterance> all) {
    SortedSet<String> speakers = speakersOf(all);
    if (speakers.size() < 3) {
      throw tooFewSpeakers(speakers);
    }
  }

  private static SortedSet<String> speakersOf(List<Utterance> all) {
    SortedSet<String> speakers = new TreeSet<>();
    all.forEach(u -> speakers.add(speaker(u)));
    return speakers;
  }

  private static UserError tooFewSpeakers(Set<String> speakers) {
    return UserError.input(
        "there are too few speakers to split by ("
            + String.join(", ", speakers)
            + "); --split clips splits at random, --split none learns from all");
  }

  private void requireEveryLabel(List<String> labels) {
    for (int label = 0; label < labels.size(); label++) {
      if (count(training, label) == 0) {
        throw UserError.input(
            String.format(
                Locale.ROOT,
                "too few clips of '%s': the split leaves none to learn from, %d to validate and %d"
                    + " to test",
                labels.get(label),
                count(validation, label),
                count(test, label)));
      }
    }
  }

  private static long count(List<Utterance> part, int label) {
    return part.stream().filter(u -> u.label() == label).count();
  }

  /**
   * Deals utterances out into parts of about the same size: by speakers, or by clips where {@code
   * by} is that or not all speakers are known. Within a part they keep their order.
   *
   * @param count at least 2
   * @throws UserError if there are fewer speakers or clips
   */
  static List<List<Utterance>> parts(List<Utterance> all, int count, By by, long seed) {
    boolean bySpeakers = by != By.CLIPS && all.stream().allMatch(u -> u.speaker() != null);
    Function<Utterance, Object> group = bySpeakers ? Split::speaker : u -> u.features().clipId();
    List<Object> order =
        new ArrayList<>(all.stream().map(group).collect(toCollection(TreeSet::new)));
    if (order.size() < count) {
      throw UserError.input(
          String.format(
              Locale.ROOT,
              "%,d %s are too few for %,d parts",
              order.size(),
              bySpeakers ? "speakers" : "clips",
              count));
    }
    Collections.shuffle(order, new Random(Batches.mix(seed, count)));
    Map<Object, Integer> partOf = new HashMap<>();
    order.forEach(name -> partOf.put(name, partOf.size() % count));
    List<List<Utterance>> parts = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      int part = i;
      parts.add(all.stream().filter(u -> partOf.get(group.apply(u)) == part).toList());
    }
    return parts;
  }

  /** Most of {@code all}, and one of {@code parts} parts of it. */
  private static List<List<Utterance>> part(List<Utterance> all, By by, int parts, long seed) {
    Set<?> chosen = by == By.SPEAKERS ? speakers(all, parts, seed) : clips(all, parts, seed);
    List<Utterance> most = new ArrayList<>();
    List<Utterance> part = new ArrayList<>();
    for (Utterance u : all) {
      boolean isChosen = chosen.contains(by == By.SPEAKERS ? u.speaker() : u);
      (isChosen ? part : most).add(u);
    }
    return List.of(most, part);
  }

  private static Set<String> speakers(List<Utterance> all, int parts, long seed) {
    SortedSet<String> speakers = speakersOf(all);
    int count = Math.max(1, Math.round((float) speakers.size() / parts));
    if (speakers.size() <= count) {
      throw tooFewSpeakers(speakers);
    }
    List<String> order = new ArrayList<>(speakers);
    Collections.shuffle(order, new Random(Batches.mix(seed, parts)));
    return new HashSet<>(order.subList(0, count));
  }

  static String speaker(Utterance u) {
    if (u.speaker() == null) {
      throw UserError.input(
          "clip "
              + u.features().clipId()
              + " has no speaker, which splitting by speakers needs (--speaker-column); or use --split"
              + " clips or none");
    }
    return u.speaker();
  }

  private static Set<Utterance> clips(List<Utterance> all, int parts, long seed) {
    List<Utterance> order = new ArrayList<>(all);
    Collections.shuffle(order, new Random(Batches.mix(seed, parts)));
    Set<Utterance> chosen = Collections.newSetFromMap(new IdentityHashMap<>());
    chosen.addAll(order.subList(0, Math.round((float) all.size() / parts)));
    return chosen;
  }
}
