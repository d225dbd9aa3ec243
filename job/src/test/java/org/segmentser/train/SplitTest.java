package org.segmentser.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.segmentser.UserError;
import org.segmentser.features.StoredRows;
import org.segmentser.features.Utterance;
import org.segmentser.train.Split.By;

class SplitTest {
  private static final List<String> LABELS = List.of("angry", "sad");

  /** Ten clips of each speaker, five of each label. */
  private static List<Utterance> clips(int speakers) {
    List<Utterance> clips = new ArrayList<>();
    for (int i = 0; i < speakers * 10; i++) {
      clips.add(StoredRows.utterance("clip" + i, i % 2, "speaker" + i / 10, i, 1));
    }
    return clips;
  }

  private static Set<String> speakers(List<Utterance> clips) {
    return clips.stream()
        .map(u -> u.origin().speaker())
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private static void assertHoldsEachOnce(Split split, List<Utterance> all) {
    assertThat(
            Stream.of(split.training(), split.validation(), split.test())
                .flatMap(List::stream)
                .toList())
        .containsExactlyInAnyOrderElementsOf(all);
  }

  @Test
  void bySpeakersNoSpeakerStandsOnTwoSides() {
    for (int seed = 0; seed < 20; seed++) {
      List<Utterance> all = clips(20);
      Split split = Split.of(all, By.SPEAKERS, LABELS, seed);
      assertHoldsEachOnce(split, all);
      assertThat(speakers(split.test())).hasSize(2);
      assertThat(speakers(split.validation())).hasSize(2);
      assertThat(speakers(split.training()))
          .hasSize(16)
          .doesNotContainAnyElementsOf(speakers(split.test()))
          .doesNotContainAnyElementsOf(speakers(split.validation()));
      assertThat(speakers(split.test())).doesNotContainAnyElementsOf(speakers(split.validation()));
    }
  }

  @Test
  void threeSpeakersAreOneForEachSide() {
    Split split = Split.of(clips(3), By.SPEAKERS, LABELS, 1);
    assertThat(split.training()).hasSize(10);
    assertThat(split.validation()).hasSize(10);
    assertThat(split.test()).hasSize(10);
  }

  /**
   * Ten clips of each speaker, five of each label; the speakers of all corpora are called alike.
   */
  private static List<Utterance> corpus(String name, int speakers) {
    List<Utterance> clips = new ArrayList<>();
    for (int i = 0; i < speakers * 10; i++) {
      clips.add(StoredRows.utterance(name + i, i % 2, name, "speaker" + i / 10, i, 1));
    }
    return clips;
  }

  private static List<String> of(String corpus, List<Utterance> side) {
    return side.stream()
        .filter(u -> u.origin().corpus().equals(corpus))
        .map(u -> u.origin().speaker())
        .distinct()
        .toList();
  }

  @Test
  void aTenthOfTheSpeakersOfEachCorpusIsOnEachOtherSide() {
    List<Utterance> all = new ArrayList<>(corpus("small", 4));
    all.addAll(corpus("large", 30));
    boolean namesakesArePart = false;
    for (int seed = 0; seed < 10; seed++) {
      Split split = Split.of(all, By.SPEAKERS, LABELS, seed);
      assertHoldsEachOnce(split, all);
      assertThat(of("small", split.test())).hasSize(1);
      assertThat(of("small", split.validation())).hasSize(1);
      assertThat(of("small", split.training())).hasSize(2);
      assertThat(of("large", split.test())).hasSize(3);
      assertThat(of("large", split.validation())).hasSize(3);
      assertThat(of("large", split.training()))
          .hasSize(24)
          .doesNotContainAnyElementsOf(of("large", split.test()));
      // Whoever is called so in the other corpus is somebody else.
      namesakesArePart |= of("large", split.training()).containsAll(of("small", split.test()));
      assertThat(of("large", split.test()))
          .as("the same with another corpus beside it")
          .isEqualTo(of("large", Split.of(corpus("large", 30), By.SPEAKERS, LABELS, seed).test()));
    }
    assertThat(namesakesArePart).isTrue();
  }

  @Test
  void aCorpusOfTooFewSpeakersIsNamed() {
    List<Utterance> all = new ArrayList<>(corpus("large", 10));
    all.addAll(corpus("small", 2));
    assertThatExceptionOfType(UserError.class)
        .isThrownBy(() -> Split.of(all, By.SPEAKERS, LABELS, 1))
        .withMessageContaining(
            "too few speakers to split by in the corpus small (speaker0, speaker1)");
    all.add(StoredRows.utterance("orphan", 0, "none", null, 0, 1));
    assertThatExceptionOfType(UserError.class)
        .isThrownBy(() -> Split.of(all, By.SPEAKERS, LABELS, 1))
        .withMessageContaining("clip orphan of the corpus none has no speaker");
  }

  @Test
  void theOnlySpeakerThatIsLeftOfACorpusIsLearnedFrom() {
    List<Utterance> rest = new ArrayList<>(corpus("large", 10));
    rest.addAll(corpus("small", 1));
    Split split = Split.around(List.of(), rest, By.SPEAKERS, LABELS, 1);
    assertThat(of("small", split.training())).hasSize(1);
    assertThat(of("large", split.validation())).hasSize(1);
  }

  @Test
  void byClipsATenthIsToTestAndATenthToValidate() {
    List<Utterance> all = clips(20);
    Split split = Split.of(all, By.CLIPS, LABELS, 1);
    assertHoldsEachOnce(split, all);
    assertThat(split.training()).hasSize(160);
    assertThat(split.validation()).hasSize(20);
    assertThat(split.test()).hasSize(20);
    assertThat(speakers(split.test())).hasSizeGreaterThan(5);
  }

  @Test
  void clipsThatAreEqualAreStillEachOnOneSideOnly() {
    List<Utterance> once = clips(5);
    List<Utterance> all = new ArrayList<>(once);
    once.forEach(u -> all.add(copy(u)));
    Split split = Split.of(all, By.CLIPS, LABELS, 1);
    assertHoldsEachOnce(split, all);
    assertThat(split.test()).hasSize(10);
  }

  /** Equal, but not the same. */
  private static Utterance copy(Utterance u) {
    return new Utterance(u.uri(), u.label(), u.origin(), u.features());
  }

  @Test
  void withoutASplitAllIsLearntFrom() {
    List<Utterance> all = clips(1);
    assertThat(Split.of(all, By.NONE, LABELS, 1)).isEqualTo(new Split(all, List.of(), List.of()));
  }

  @Test
  void aFoldsTestIsKeptAndTheRestIsParted() {
    List<Utterance> all = clips(10);
    List<Utterance> test = all.subList(0, 10);
    List<Utterance> rest = all.subList(10, 100);
    Split split = Split.around(test, rest, By.SPEAKERS, LABELS, 1);
    assertHoldsEachOnce(split, all);
    assertThat(split.test()).isEqualTo(test);
    assertThat(speakers(split.validation())).hasSize(1);
  }

  @Test
  void theSameSeedGivesTheSameSplit() {
    for (By by : List.of(By.SPEAKERS, By.CLIPS)) {
      Split split = Split.of(clips(20), by, LABELS, 1);
      List<String> test = split.test().stream().map(Utterance::uri).toList();
      assertThat(Split.of(clips(20), by, LABELS, 1).test())
          .extracting(Utterance::uri)
          .isEqualTo(test);
      assertThat(Split.of(clips(20), by, LABELS, 2).test())
          .extracting(Utterance::uri)
          .isNotEqualTo(test);
    }
  }

  @Test
  void tooFewSpeakersAreNamed() {
    assertThatExceptionOfType(UserError.class)
        .isThrownBy(() -> Split.of(clips(1), By.SPEAKERS, LABELS, 1))
        .withMessageContaining("too few speakers")
        .withMessageContaining("speaker0");
    assertThatExceptionOfType(UserError.class)
        .isThrownBy(() -> Split.of(clips(2), By.SPEAKERS, LABELS, 1))
        .withMessageContaining("too few speakers");
  }

  @Test
  void aClipWithoutASpeakerIsNamedWhereTheyAreNeeded() {
    List<Utterance> all = new ArrayList<>(clips(5));
    all.add(StoredRows.utterance("orphan", 0, null, 50, 1));
    assertThatExceptionOfType(UserError.class)
        .isThrownBy(() -> Split.of(all, By.SPEAKERS, LABELS, 1))
        .withMessageContaining("orphan")
        .withMessageContaining("no speaker");
    assertThat(Split.of(all, By.CLIPS, LABELS, 1).training()).isNotEmpty();
  }

  @Test
  void aLabelThatTheSplitLeavesNothingToLearnOfIsNamed() {
    List<String> labels = List.of("angry", "sad", "bored");
    List<Utterance> all = new ArrayList<>(clips(3));
    assertThatExceptionOfType(UserError.class)
        .isThrownBy(() -> Split.of(all, By.CLIPS, labels, 1))
        .withMessage(
            "too few clips of 'bored': the split leaves none to learn from, 0 to validate and 0"
                + " to test");
    List<Utterance> test = List.of(StoredRows.utterance("bored", 2, "speaker9", 99, 1));
    assertThatExceptionOfType(UserError.class)
        .isThrownBy(() -> Split.around(test, all, By.SPEAKERS, labels, 1))
        .withMessageContaining("0 to validate and 1 to test");
  }

  @Test
  void clipsInWhichNobodyHeardTheLabelAreTestedOnAndNotLearnedFrom() {
    List<Utterance> all = new ArrayList<>();
    for (Utterance u : clips(10)) {
      boolean isHeard = all.size() % 5 != 0;
      all.add(new Utterance(u.uri(), u.label(), u.origin(), isHeard, u.features()));
    }
    Split split = Split.of(all, By.SPEAKERS, LABELS, 1);
    assertHoldsEachOnce(split, all);
    assertThat(split.learned()).hasSize(64).allMatch(Utterance::isHeard);
    assertThat(split.training()).hasSize(80);
    List<Utterance> unheard =
        all.stream()
            .map(u -> new Utterance(u.uri(), u.label(), u.origin(), u.label() == 0, u.features()))
            .toList();
    assertThatExceptionOfType(UserError.class)
        .isThrownBy(() -> Split.of(unheard, By.NONE, LABELS, 1))
        .withMessageStartingWith("too few clips of 'sad'");
  }

  @Test
  void partsAreOfWholeSpeakersAndHoldEachClipOnce() {
    List<Utterance> all = clips(10);
    List<List<Utterance>> parts = Split.parts(all, 3, By.NONE, 1);
    assertThat(parts).hasSize(3);
    assertThat(parts.stream().flatMap(List::stream).toList())
        .containsExactlyInAnyOrderElementsOf(all);
    assertThat(parts.stream().map(part -> speakers(part).size()).sorted().toList())
        .containsExactly(3, 3, 4);
    assertThat(parts.stream().mapToInt(part -> speakers(part).size()).sum()).isEqualTo(10);
    assertThatExceptionOfType(UserError.class)
        .isThrownBy(() -> Split.parts(all, 11, By.NONE, 1))
        .withMessage("10 speakers are too few for 11 folds");
  }
}
