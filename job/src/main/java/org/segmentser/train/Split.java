package org.segmentser.train;

import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.joining;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.segmentser.UserError;
import org.segmentser.corpus.LabelledCorpus;
import org.segmentser.features.Utterance;
import org.segmentser.metrics.Origin;
import org.segmentser.metrics.Origin.Member;

/**
 * Which utterances a model learns from, which choose its best epoch, and which test it. Immutable.
 *
 * @param training to learn from, but for those in which listeners did not hear the label
 * @param validation to choose the epoch; may be empty
 * @param test not seen by the training; may be empty
 */
public record Split(List<Utterance> training, List<Utterance> validation, List<Utterance> test) {
  /** How utterances are divided. */
  public enum By {
    /** All utterances of a speaker are on one side, and speakers of each corpus on each. */
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
   * Eight tenths to learn from, a tenth to validate and a tenth to test. By speakers, they are
   * tenths of the speakers of each corpus, at least one each.
   *
   * @throws UserError if a corpus has too few speakers, or there are too few utterances of a class
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
   * The split of a fold whose test is given, and which learns from all else.
   *
   * @param all of which {@code test} is a part
   * @throws UserError if there are too few speakers, or too few utterances of a class
   */
  public static Split leaving(
      List<Utterance> test, List<Utterance> all, By by, List<String> labels, long seed) {
    Set<Utterance> tested = Collections.newSetFromMap(new IdentityHashMap<>());
    tested.addAll(test);
    return around(test, all.stream().filter(u -> !tested.contains(u)).toList(), by, labels, seed);
  }

  /**
   * The split of a fold whose test is given. By speakers, a ninth of those of each corpus validate,
   * at least one; the only speaker that is left of a corpus is learned from.
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

  /**
   * Tells before any audio is read that listed clips cannot be divided for want of speakers.
   *
   * @throws UserError if they are to be divided by speakers, and one has none
   */
  public static void check(LabelledCorpus listed, By by) {
    if (by == By.SPEAKERS) {
      listed.clips().stream()
          .filter(clip -> clip.origin().speaker() == null)
          .findFirst()
          .ifPresent(
              clip -> {
                throw noSpeaker(clip.id(), clip.origin());
              });
    }
  }

  private static void requireThreeSpeakers(List<Utterance> all) {
    boolean areSeveral = Utterance.areOfSeveralCorpora(all);
    for (SortedSet<Member> speakers : speakersByCorpus(all)) {
      if (speakers.size() < 3) {
        throw tooFewSpeakers(speakers, areSeveral);
      }
    }
  }

  /** The speakers of each corpus, in the order of the corpora's names. */
  private static List<SortedSet<Member>> speakersByCorpus(List<Utterance> all) {
    SortedMap<String, SortedSet<Member>> speakers = new TreeMap<>();
    for (Utterance u : all) {
      speakers.computeIfAbsent(u.origin().corpus(), key -> new TreeSet<>()).add(speaker(u));
    }
    return List.copyOf(speakers.values());
  }

  private static UserError tooFewSpeakers(SortedSet<Member> speakers, boolean areSeveral) {
    return UserError.input(
        "there are too few speakers to split by"
            + (areSeveral ? " in the corpus " + speakers.first().corpus() : "")
            + " ("
            + speakers.stream().map(Member::name).collect(joining(", "))
            + "); --split clips splits at random, --split none learns from all");
  }

  /** Those of the training side in which listeners heard the label, which are learned from. */
  public List<Utterance> learned() {
    return training.stream().filter(Utterance::isHeard).toList();
  }

  private void requireEveryLabel(List<String> labels) {
    List<Utterance> learned = learned();
    for (int label = 0; label < labels.size(); label++) {
      if (count(learned, label) == 0) {
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
   * by} is that or not all speakers are known.
   *
   * @param count at least 2
   * @throws UserError if there are fewer speakers or clips
   */
  static List<List<Utterance>> parts(List<Utterance> all, int count, By by, long seed) {
    if (by != By.CLIPS && all.stream().allMatch(u -> u.origin().speaker() != null)) {
      return dealSpeakers(all, count, seed);
    }
    List<Utterance> order = new ArrayList<>(all);
    Collections.shuffle(order, new Random(seed));
    return deal(order.stream().map(List::of).toList(), count, "clips");
  }

  /**
   * Deals the speakers of each corpus out, one after the other, so that each part has its share. A
   * corpus of fewer speakers than parts is not in all of them.
   *
   * @param utterances whose speakers are known
   * @param count of the parts, at least 2
   * @throws UserError if there are fewer speakers
   */
  public static List<List<Utterance>> dealSpeakers(
      List<Utterance> utterances, int count, long seed) {
    Map<Member, List<Utterance>> bySpeaker =
        utterances.stream().collect(groupingBy(u -> u.origin().speakerOfCorpus()));
    List<List<Utterance>> order = new ArrayList<>();
    for (SortedSet<Member> speakers : speakersByCorpus(utterances)) {
      List<Member> own = new ArrayList<>(speakers);
      Collections.shuffle(own, new Random(seed));
      own.forEach(speaker -> order.add(bySpeaker.get(speaker)));
    }
    return deal(order, count, "speakers");
  }

  private static List<List<Utterance>> deal(List<List<Utterance>> order, int count, String what) {
    if (order.size() < count) {
      throw UserError.input(
          String.format(
              Locale.ROOT, "%,d %s are too few for %,d folds", order.size(), what, count));
    }
    List<List<Utterance>> parts = new ArrayList<>();
    for (int i = 0; i < order.size(); i++) {
      if (i < count) {
        parts.add(new ArrayList<>());
      }
      parts.get(i % count).addAll(order.get(i));
    }
    return parts;
  }

  /** Most of {@code all}, and one of {@code parts} parts of it. */
  private static List<List<Utterance>> part(List<Utterance> all, By by, int parts, long seed) {
    Set<?> chosen = by == By.SPEAKERS ? speakers(all, parts, seed) : clips(all, parts, seed);
    List<Utterance> most = new ArrayList<>();
    List<Utterance> part = new ArrayList<>();
    for (Utterance u : all) {
      boolean isChosen = chosen.contains(by == By.SPEAKERS ? u.origin().speakerOfCorpus() : u);
      (isChosen ? part : most).add(u);
    }
    return List.of(most, part);
  }

  private static Set<Member> speakers(List<Utterance> all, int parts, long seed) {
    List<SortedSet<Member>> corpora = speakersByCorpus(all);
    Set<Member> chosen = new HashSet<>();
    for (SortedSet<Member> speakers : corpora) {
      int count = share(speakers.size(), parts);
      if (speakers.size() > count) {
        List<Member> order = new ArrayList<>(speakers);
        // Of each corpus the same speakers, whatever stands beside it.
        Collections.shuffle(order, new Random(Batches.mix(seed, parts)));
        chosen.addAll(order.subList(0, count));
      }
    }
    if (chosen.isEmpty()) {
      throw tooFewSpeakers(corpora.get(0), corpora.size() > 1);
    }
    return chosen;
  }

  /** How many of a corpus's speakers are one part of so many. */
  static int share(int speakers, int parts) {
    return Math.max(1, Math.round((float) speakers / parts));
  }

  private static Member speaker(Utterance u) {
    Member speaker = u.origin().speakerOfCorpus();
    if (speaker == null) {
      throw noSpeaker(u.features().clipId(), u.origin());
    }
    return speaker;
  }

  private static UserError noSpeaker(String clipId, Origin origin) {
    return UserError.input(
        "clip "
            + clipId
            + " of the corpus "
            + origin.corpus()
            + " has no speaker, which splitting by speakers needs (--speaker-column); or use --split"
            + " clips or none");
  }

  private static Set<Utterance> clips(List<Utterance> all, int parts, long seed) {
    List<Utterance> order = new ArrayList<>(all);
    Collections.shuffle(order, new Random(Batches.mix(seed, parts)));
    Set<Utterance> chosen = Collections.newSetFromMap(new IdentityHashMap<>());
    chosen.addAll(order.subList(0, Math.round((float) all.size() / parts)));
    return chosen;
  }
}
