package org.segmentser.evaluate;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.segmentser.UserError;
import org.segmentser.corpus.LabelledClip;
import org.segmentser.corpus.LabelledCorpus;
import org.segmentser.features.Utterance;
import org.segmentser.metrics.Origin;
import org.segmentser.metrics.Origin.Member;
import org.segmentser.train.Split;

/**
 * How labelled utterances become folds, each with a model of its own that is not trained on the
 * fold's test. Immutable; the same utterances, settings and seed give the same folds.
 *
 * @param kind what a fold is
 * @param folds of {@link Kind#K_FOLD} and {@link Kind#SPEAKER_K_FOLD}, at least 2
 * @param split how each fold's validation is set apart from what its model learns from
 * @param labels the emotions
 * @param seed of what is random
 */
public record Protocol(Kind kind, int folds, Split.By split, List<String> labels, long seed)
    implements Serializable {

  /** Folds of the kinds that need a number of them, if nothing else is asked for. */
  public static final int DEFAULT_FOLDS = 5;

  /** What a fold is. */
  public enum Kind {
    /** One fold, a tenth of the clips at random, as the paper does. */
    RANDOM_80_10_10,
    /** The clips at random in equal parts. */
    K_FOLD,
    /**
     * The speakers of each corpus in equal parts. A corpus of fewer speakers than folds is not in
     * the test of every fold.
     */
    SPEAKER_K_FOLD,
    /** The clips of each speaker. */
    LEAVE_ONE_SPEAKER_OUT,
    /** The clips of each recording session. */
    LEAVE_ONE_SESSION_OUT,
    /** The clips of each corpus. */
    LEAVE_ONE_CORPUS_OUT;

    /** Whether there are as many folds as are asked for. */
    public boolean hasFolds() {
      return this == K_FOLD || this == SPEAKER_K_FOLD;
    }

    /** Whether folds are of the same kind of speech, so that some tell how sure others may be. */
    boolean hasSimilarFolds() {
      return switch (this) {
        case K_FOLD, SPEAKER_K_FOLD, LEAVE_ONE_SPEAKER_OUT, LEAVE_ONE_SESSION_OUT -> true;
        case RANDOM_80_10_10, LEAVE_ONE_CORPUS_OUT -> false;
      };
    }

    /** The protocol's name on the command line. */
    public String label() {
      return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
  }

  /**
   * A fold.
   *
   * @param number counted from 1
   * @param heldOut what its model is tested on, for people
   * @param split what its model learns from, is validated with and is tested on
   */
  public record Fold(int number, String heldOut, Split split) {}

  /**
   * Tells before any audio is read that listed clips cannot become folds for want of speakers,
   * sessions or corpora.
   *
   * @throws UserError if so
   */
  void check(LabelledCorpus listed) {
    Split.check(listed, split);
    for (LabelledClip clip : listed.clips()) {
      switch (kind) {
        case SPEAKER_K_FOLD, LEAVE_ONE_SPEAKER_OUT ->
            require(clip.origin().speaker(), "speaker", clip.id(), clip.origin());
        case LEAVE_ONE_SESSION_OUT ->
            require(clip.origin().session(), "session", clip.id(), clip.origin());
        case RANDOM_80_10_10, K_FOLD, LEAVE_ONE_CORPUS_OUT -> {}
      }
    }
    if (kind == Kind.LEAVE_ONE_CORPUS_OUT) {
      requireTwo(
          listed.clips().stream()
              .map(clip -> "corpus " + clip.origin().corpus())
              .collect(Collectors.toCollection(TreeSet::new)),
          "corpus");
    }
  }

  /**
   * The folds, each made as it is asked for, as all of them together name every utterance as often
   * as there are folds.
   *
   * @throws UserError if there are too few speakers, sessions or clips for the folds; if only for
   *     one of them, when that one is asked for
   */
  public Stream<Fold> of(List<Utterance> utterances) {
    Map<String, List<Utterance>> tests =
        switch (kind) {
          case RANDOM_80_10_10 -> {
            Split paper = Split.of(utterances, Split.By.CLIPS, labels, seed);
            if (paper.test().isEmpty()) {
              throw UserError.input(
                  utterances.size() + " clips are too few to set a tenth aside for the test");
            }
            yield Map.of("a tenth at random", paper.test());
          }
          case K_FOLD -> deal(utterances);
          case SPEAKER_K_FOLD -> dealSpeakers(utterances);
          case LEAVE_ONE_SPEAKER_OUT -> groups(utterances, Origin::speakerOfCorpus, "speaker");
          case LEAVE_ONE_SESSION_OUT -> groups(utterances, Origin::sessionOfCorpus, "session");
          case LEAVE_ONE_CORPUS_OUT -> corpora(utterances);
        };
    List<String> names = List.copyOf(tests.keySet());
    return IntStream.range(0, names.size())
        .mapToObj(i -> fold(i + 1, names.get(i), tests.get(names.get(i)), utterances));
  }

  private Fold fold(int number, String heldOut, List<Utterance> test, List<Utterance> utterances) {
    return new Fold(number, heldOut, Split.leaving(test, utterances, split, labels, seed));
  }

  /** Deals out each class by itself, so that every fold has its share. */
  private Map<String, List<Utterance>> deal(List<Utterance> utterances) {
    if (utterances.size() < folds) {
      throw UserError.input(utterances.size() + " clips are too few for " + folds + " folds");
    }
    List<Utterance> order = new ArrayList<>(utterances);
    Collections.shuffle(order, new Random(seed));
    order.sort((a, b) -> Integer.compare(a.label(), b.label()));
    Map<String, List<Utterance>> parts = new LinkedHashMap<>();
    for (int i = 0; i < order.size(); i++) {
      String name = "part " + (i % folds + 1);
      parts.computeIfAbsent(name, key -> new ArrayList<>()).add(order.get(i));
    }
    return parts;
  }

  private static Map<String, List<Utterance>> corpora(List<Utterance> utterances) {
    SortedMap<String, List<Utterance>> tests = new TreeMap<>();
    for (Utterance u : utterances) {
      tests.computeIfAbsent("corpus " + u.origin().corpus(), key -> new ArrayList<>()).add(u);
    }
    requireTwo(tests.keySet(), "corpus");
    return tests;
  }

  /** Deals out the speakers of one corpus after those of another, so that all parts are equal. */
  private Map<String, List<Utterance>> dealSpeakers(List<Utterance> utterances) {
    utterances.forEach(u -> named(u, Origin::speakerOfCorpus, "speaker"));
    Map<String, List<Utterance>> parts = new LinkedHashMap<>();
    Split.dealSpeakers(utterances, folds, seed)
        .forEach(part -> parts.put("part " + (parts.size() + 1), part));
    return parts;
  }

  private Map<String, List<Utterance>> groups(
      List<Utterance> utterances, Function<Origin, Member> group, String what) {
    boolean areSeveral = Utterance.areOfSeveralCorpora(utterances);
    SortedMap<Member, List<Utterance>> groups = new TreeMap<>();
    for (Utterance u : utterances) {
      groups.computeIfAbsent(named(u, group, what), key -> new ArrayList<>()).add(u);
    }
    Map<String, List<Utterance>> tests = new LinkedHashMap<>();
    groups.forEach(
        (name, test) ->
            tests
                .computeIfAbsent(what + " " + name.text(areSeveral), key -> new ArrayList<>())
                .addAll(test));
    requireTwo(tests.keySet(), what);
    return tests;
  }

  private static void requireTwo(Set<String> groups, String what) {
    if (groups.size() < 2) {
      throw UserError.input(
          "there is only one " + what + ", " + groups + "; leaving one out needs two");
    }
  }

  private Member named(Utterance u, Function<Origin, Member> group, String what) {
    return require(group.apply(u.origin()), what, u.features().clipId(), u.origin());
  }

  private <T> T require(T name, String what, String clipId, Origin origin) {
    if (name == null) {
      throw UserError.input(
          "clip "
              + clipId
              + " of the corpus "
              + origin.corpus()
              + " has no "
              + what
              + ", which "
              + kind.label()
              + " needs");
    }
    return name;
  }
}
