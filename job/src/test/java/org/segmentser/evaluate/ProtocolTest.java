package org.segmentser.evaluate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectOutputStream;
import java.util.AbstractList;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.segmentser.UserError;
import org.segmentser.corpus.LabelledClip;
import org.segmentser.corpus.LabelledCorpus;
import org.segmentser.evaluate.Protocol.Fold;
import org.segmentser.evaluate.Protocol.Kind;
import org.segmentser.features.ClipFeatures;
import org.segmentser.features.Utterance;
import org.segmentser.metrics.Origin;
import org.segmentser.metrics.Origin.Member;
import org.segmentser.segment.Status;
import org.segmentser.source.Clip;
import org.segmentser.train.Split;
import org.segmentser.train.Split.By;

class ProtocolTest {
  private static final List<String> LABELS = List.of("angry", "sad");

  private static Utterance clip(
      int number, int label, String corpus, String speaker, String session) {
    ClipFeatures features =
        new ClipFeatures(
            "clip" + number,
            Status.SCORED,
            null,
            number,
            1,
            new int[] {0},
            new double[] {0},
            new double[] {0.96},
            "hash" + number);
    return new Utterance(
        "file:/audio/" + number, label, new Origin(corpus, speaker, session, null, null), features);
  }

  /** Ten clips of each speaker, seven of them angry; two speakers a session. */
  private static List<Utterance> clips(int speakers) {
    List<Utterance> clips = new ArrayList<>();
    for (int i = 0; i < 10 * speakers; i++) {
      int speaker = i / 10;
      clips.add(clip(i, i % 10 < 7 ? 0 : 1, "one", "s" + speaker, "ses" + speaker / 2));
    }
    return clips;
  }

  /** The clips of several corpora, whose speakers and sessions are called alike. */
  private static List<Utterance> corpora(int... speakers) {
    List<Utterance> clips = new ArrayList<>();
    for (int corpus = 0; corpus < speakers.length; corpus++) {
      for (Utterance u : clips(speakers[corpus])) {
        Origin o = u.origin();
        clips.add(clip(clips.size(), u.label(), "c" + corpus, o.speaker(), o.session()));
      }
    }
    return clips;
  }

  private static long speakers(List<Utterance> clips, String corpus) {
    return clips.stream()
        .map(u -> u.origin().speakerOfCorpus())
        .filter(speaker -> speaker.corpus().equals(corpus))
        .distinct()
        .count();
  }

  private static Set<Member> members(List<Utterance> clips) {
    return clips.stream().map(u -> u.origin().speakerOfCorpus()).collect(Collectors.toSet());
  }

  @Test
  void foldsOfOtherSpeechDoNotTellHowSureOthersMayBe() {
    assertThat(Stream.of(Kind.values()).filter(Kind::hasSimilarFolds))
        .containsExactly(
            Kind.K_FOLD,
            Kind.SPEAKER_K_FOLD,
            Kind.LEAVE_ONE_SPEAKER_OUT,
            Kind.LEAVE_ONE_SESSION_OUT);
  }

  @Test
  void theSpeakersOfEachCorpusAreDealtOutEvenly() {
    List<Utterance> clips = corpora(10, 91, 3);
    Protocol protocol = new Protocol(Kind.SPEAKER_K_FOLD, 10, By.SPEAKERS, LABELS, 1);
    List<Fold> folds = protocol.of(clips).toList();
    assertThat(folds).hasSize(10);
    assertThat(folds.get(9).heldOut()).isEqualTo("part 10");
    assertEachIsTestedOnce(folds, clips);
    for (Fold fold : folds) {
      Split split = fold.split();
      assertThat(speakers(split.test(), "c0")).isEqualTo(1);
      assertThat(speakers(split.test(), "c1")).isBetween(9L, 10L);
      assertThat(speakers(split.test(), "c2")).isLessThanOrEqualTo(1);
      assertThat(members(split.test())).hasSizeBetween(10, 11);
      assertThat(members(split.training()))
          .doesNotContainAnyElementsOf(members(split.test()))
          .doesNotContainAnyElementsOf(members(split.validation()));
    }
    assertThatExceptionOfType(UserError.class)
        .isThrownBy(() -> folds(Kind.SPEAKER_K_FOLD, By.CLIPS, clips(4)))
        .withMessage("4 speakers are too few for 5 folds");
  }

  @Test
  void aCorpusThatIsLeftOutIsHeardByNobody() {
    List<Utterance> clips = corpora(4, 6);
    List<Fold> folds = folds(Kind.LEAVE_ONE_CORPUS_OUT, By.SPEAKERS, clips);
    assertThat(folds).extracting(Fold::heldOut).containsExactly("corpus c0", "corpus c1");
    assertEachIsTestedOnce(folds, clips);
    assertThat(speakers(folds.get(0).split().test(), "c0")).isEqualTo(4);
    assertThat(speakers(folds.get(0).split().test(), "c1")).isZero();
    assertThatExceptionOfType(UserError.class)
        .isThrownBy(() -> folds(Kind.LEAVE_ONE_CORPUS_OUT, By.CLIPS, clips(4)))
        .withMessageContaining("there is only one corpus, [corpus one]");
  }

  @Test
  void namesakesOfTwoCorporaAreTwoSpeakersAndTwoSessions() {
    List<Utterance> clips = corpora(4, 6);
    List<Fold> folds = folds(Kind.LEAVE_ONE_SPEAKER_OUT, By.SPEAKERS, clips);
    assertThat(folds).hasSize(10);
    assertThat(folds.get(4).heldOut()).isEqualTo("speaker c1/s0");
    assertEachIsTestedOnce(folds, clips);
    assertThat(folds).allMatch(fold -> fold.split().test().size() == 10);
    assertThat(folds(Kind.LEAVE_ONE_SESSION_OUT, By.SPEAKERS, clips))
        .extracting(Fold::heldOut)
        .containsExactly(
            "session c0/ses0",
            "session c0/ses1",
            "session c1/ses0",
            "session c1/ses1",
            "session c1/ses2");
  }

  private static List<Fold> folds(Kind kind, By split, List<Utterance> clips) {
    return new Protocol(kind, 5, split, LABELS, 1).of(clips).toList();
  }

  private static Set<String> speakers(List<Utterance> clips) {
    return clips.stream().map(u -> u.origin().speaker()).collect(Collectors.toSet());
  }

  private static void assertEachIsTestedOnce(List<Fold> folds, List<Utterance> clips) {
    assertThat(folds.stream().flatMap(fold -> fold.split().test().stream()).toList())
        .containsExactlyInAnyOrderElementsOf(clips);
  }

  @ParameterizedTest
  @EnumSource(Kind.class)
  void eachFoldHoldsEveryClipOnOneSideAndIsNumbered(Kind kind) {
    List<Utterance> clips = corpora(6, 4);
    for (By split : By.values()) {
      List<Fold> folds = folds(kind, split, clips);
      for (int i = 0; i < folds.size(); i++) {
        Split sides = folds.get(i).split();
        assertThat(folds.get(i).number()).isEqualTo(i + 1);
        assertThat(
                Stream.of(sides.training(), sides.validation(), sides.test())
                    .flatMap(List::stream)
                    .toList())
            .containsExactlyInAnyOrderElementsOf(clips);
        assertThat(sides.validation().isEmpty()).isEqualTo(split == By.NONE);
        assertThat(sides.test()).isNotEmpty();
        if (split == By.SPEAKERS) {
          assertThat(members(sides.validation()))
              .doesNotContainAnyElementsOf(members(sides.training()));
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Kind.class)
  void theSameSeedGivesTheSameFolds(Kind kind) {
    List<Fold> folds = folds(kind, By.CLIPS, corpora(6, 4));
    assertThat(folds(kind, By.CLIPS, corpora(6, 4)))
        .extracting(ProtocolTest::sides)
        .isEqualTo(folds.stream().map(ProtocolTest::sides).toList());
    assertThat(new Protocol(kind, 5, By.CLIPS, LABELS, 2).of(corpora(6, 4)).toList())
        .extracting(ProtocolTest::sides)
        .isNotEqualTo(folds.stream().map(ProtocolTest::sides).toList());
  }

  private static String sides(Fold fold) {
    return Stream.of(fold.split().training(), fold.split().validation(), fold.split().test())
        .map(side -> side.stream().map(Utterance::uri).collect(Collectors.joining(" ")))
        .collect(Collectors.joining(" | ", fold.heldOut() + ": ", ""));
  }

  @Test
  void thePapersOneFoldTestsATenthAtRandom() {
    List<Utterance> clips = clips(10);
    List<Fold> folds = folds(Kind.RANDOM_80_10_10, By.CLIPS, clips);
    assertThat(folds).hasSize(1);
    Split split = folds.get(0).split();
    assertThat(split.training()).hasSize(80);
    assertThat(split.validation()).hasSize(10);
    assertThat(split.test()).hasSize(10);
    // As train splits.
    assertThat(split).isEqualTo(Split.of(clips, By.CLIPS, LABELS, 1));
  }

  @Test
  void equalPartsTestEachClipOnceAndHaveTheirShareOfEachLabel() {
    List<Utterance> clips = clips(10);
    List<Fold> folds = folds(Kind.K_FOLD, By.CLIPS, clips);
    assertThat(folds)
        .extracting(Fold::heldOut)
        .containsExactly("part 1", "part 2", "part 3", "part 4", "part 5");
    assertEachIsTestedOnce(folds, clips);
    for (Fold fold : folds) {
      assertThat(fold.split().test()).hasSize(20);
      assertThat(fold.split().test().stream().filter(u -> u.label() == 0)).hasSize(14);
    }
  }

  @Test
  void clipsThatAreEqualAreStillTestedOnceEach() {
    List<Utterance> once = clips(2);
    List<Utterance> clips = new ArrayList<>(once);
    once.forEach(u -> clips.add(copy(u)));
    List<Fold> folds = folds(Kind.K_FOLD, By.CLIPS, clips);
    assertEachIsTestedOnce(folds, clips);
    for (Fold fold : folds) {
      Split split = fold.split();
      assertThat(split.training().size() + split.validation().size() + split.test().size())
          .isEqualTo(clips.size());
    }
  }

  /** Equal, but not the same. */
  private static Utterance copy(Utterance u) {
    return new Utterance(u.uri(), u.label(), u.origin(), u.features());
  }

  @Test
  void aSpeakerThatIsLeftOutIsHeardByNobody() {
    List<Utterance> clips = clips(12);
    List<Fold> folds = folds(Kind.LEAVE_ONE_SPEAKER_OUT, By.SPEAKERS, clips);
    assertThat(folds).hasSize(12);
    assertEachIsTestedOnce(folds, clips);
    for (Fold fold : folds) {
      Set<String> tested = speakers(fold.split().test());
      assertThat(tested).hasSize(1);
      assertThat(fold.heldOut()).isEqualTo("speaker " + tested.iterator().next());
      assertThat(speakers(fold.split().training())).doesNotContainAnyElementsOf(tested);
      assertThat(speakers(fold.split().validation())).doesNotContainAnyElementsOf(tested);
    }
  }

  @Test
  void aSessionThatIsLeftOutIsHeardByNobody() {
    List<Utterance> clips = clips(6);
    List<Fold> folds = folds(Kind.LEAVE_ONE_SESSION_OUT, By.SPEAKERS, clips);
    assertThat(folds)
        .extracting(Fold::heldOut)
        .containsExactly("session ses0", "session ses1", "session ses2");
    assertEachIsTestedOnce(folds, clips);
    for (Fold fold : folds) {
      String session = fold.heldOut().substring("session ".length());
      assertThat(fold.split().test()).extracting(u -> u.origin().session()).containsOnly(session);
      assertThat(fold.split().training())
          .extracting(u -> u.origin().session())
          .doesNotContain(session);
      assertThat(fold.split().validation())
          .extracting(u -> u.origin().session())
          .doesNotContain(session);
    }
  }

  @ParameterizedTest
  @EnumSource(Kind.class)
  void whatIsSentToExecutorsIsTheSameFolds(Kind kind) {
    List<Utterance> clips = corpora(6, 4);
    for (By split : By.values()) {
      Protocol protocol = new Protocol(kind, 5, split, LABELS, 1);
      List<Fold> folds = protocol.of(clips).toList();
      List<FoldIndices> sent = FoldIndices.of(protocol, clips);
      assertThat(sent).extracting(FoldIndices::number).isEqualTo(numbers(folds));
      for (int i = 0; i < folds.size(); i++) {
        assertThat(sent.get(i).heldOut()).isEqualTo(folds.get(i).heldOut());
        assertThat(sent.get(i).split(clips)).isEqualTo(folds.get(i).split());
      }
    }
  }

  private static List<Integer> numbers(List<Fold> folds) {
    return folds.stream().map(Fold::number).toList();
  }

  @Test
  void foldsCostNoMoreThanTheirOwnClips() throws IOException {
    int speakers = 200;
    List<Utterance> clips = clips(speakers);
    Protocol protocol = new Protocol(Kind.LEAVE_ONE_SPEAKER_OUT, 5, By.NONE, LABELS, 1);
    List<FoldIndices> sent = FoldIndices.of(protocol, clips);
    // Every clip is named by the one fold that tests it.
    assertThat(sent.stream().mapToInt(f -> f.test().length + f.validation().length).sum())
        .isEqualTo(clips.size());
    try (var bytes = new ByteArrayOutputStream();
        var out = new ObjectOutputStream(bytes)) {
      out.writeObject(sent.get(0));
      assertThat(bytes.size()).isLessThan(1000);
    }
    AtomicInteger looks = new AtomicInteger();
    List<Utterance> counted =
        new AbstractList<>() {
          @Override
          public Utterance get(int index) {
            looks.incrementAndGet();
            return clips.get(index);
          }

          @Override
          public int size() {
            return clips.size();
          }
        };
    sent.get(0).split(counted);
    assertThat(looks).hasValue(clips.size());
  }

  @Test
  void executorsAffordFoldsByWhatTheyHave() {
    // Three executors of four tasks with 2 GB outside the heap.
    assertThat(new Capacity(3, 4, 2L << 30).folds(512L << 20)).isEqualTo(12);
    assertThat(new Capacity(3, 4, 2L << 30).folds(700L << 20)).isEqualTo(6);
    assertThat(new Capacity(3, 4, 2L << 30).folds(4L << 30)).isEqualTo(3);
  }

  @Test
  void oneSpeakerCannotBeLeftOut() {
    assertThatExceptionOfType(UserError.class)
        .isThrownBy(() -> folds(Kind.LEAVE_ONE_SPEAKER_OUT, By.CLIPS, clips(1)))
        .withMessageContaining("only one speaker")
        .withMessageContaining("s0");
    assertThatExceptionOfType(UserError.class)
        .isThrownBy(() -> folds(Kind.LEAVE_ONE_SESSION_OUT, By.CLIPS, clips(2)))
        .withMessageContaining("only one session");
  }

  @Test
  void ofTwoSpeakersNoneIsLeftToValidateWith() {
    assertThatExceptionOfType(UserError.class)
        .isThrownBy(() -> folds(Kind.LEAVE_ONE_SPEAKER_OUT, By.SPEAKERS, clips(2)))
        .withMessageContaining("too few speakers");
    assertThat(folds(Kind.LEAVE_ONE_SPEAKER_OUT, By.CLIPS, clips(2))).hasSize(2);
  }

  @Test
  void aClipWithoutSpeakerOrSessionIsNamedWhereTheyAreNeeded() {
    List<Utterance> clips = new ArrayList<>(clips(3));
    clips.add(clip(77, 0, "one", null, null));
    for (Kind kind : List.of(Kind.LEAVE_ONE_SPEAKER_OUT, Kind.LEAVE_ONE_SESSION_OUT)) {
      assertThatExceptionOfType(UserError.class)
          .isThrownBy(() -> folds(kind, By.CLIPS, clips))
          .withMessageContaining("clip77")
          .withMessageContaining(kind == Kind.LEAVE_ONE_SPEAKER_OUT ? "speaker" : "session");
    }
    assertThat(folds(Kind.K_FOLD, By.CLIPS, clips)).hasSize(5);
  }

  @Test
  void whatTheProtocolNeedsIsToldOfListedClips() {
    Origin known = new Origin("one", "s0", "ses0", null, null);
    Origin unknown = Origin.of("two");
    for (Kind kind : List.of(Kind.SPEAKER_K_FOLD, Kind.LEAVE_ONE_SPEAKER_OUT)) {
      refuseListed(kind, By.NONE, "clip of the corpus two has no speaker", known, unknown);
    }
    refuseListed(Kind.LEAVE_ONE_SESSION_OUT, By.NONE, "has no session", known, unknown);
    refuseListed(Kind.K_FOLD, By.SPEAKERS, "splitting by speakers needs", known, unknown);
    refuseListed(Kind.LEAVE_ONE_CORPUS_OUT, By.NONE, "there is only one corpus", known, known);
    protocol(Kind.LEAVE_ONE_CORPUS_OUT, By.NONE).check(listed(known, unknown));
    protocol(Kind.LEAVE_ONE_SPEAKER_OUT, By.SPEAKERS).check(listed(known, known));
  }

  private static void refuseListed(Kind kind, By split, String message, Origin... clips) {
    assertThatExceptionOfType(UserError.class)
        .isThrownBy(() -> protocol(kind, split).check(listed(clips)))
        .withMessageContaining(message);
  }

  private static Protocol protocol(Kind kind, By split) {
    return new Protocol(kind, 5, split, LABELS, 1);
  }

  private static LabelledCorpus listed(Origin... clips) {
    return new LabelledCorpus(
        Stream.of(clips)
            .map(o -> new LabelledClip(Clip.ofFile("clip", "file:/clip", 1L, 0L), "sad", o))
            .toList(),
        new TreeMap<>(),
        new TreeMap<>(),
        null,
        null);
  }

  @Test
  void tooFewClipsAreTold() {
    List<Utterance> four = clips(1).subList(5, 9);
    assertThatExceptionOfType(UserError.class)
        .isThrownBy(() -> folds(Kind.K_FOLD, By.NONE, four))
        .withMessage("4 clips are too few for 5 folds");
    assertThatExceptionOfType(UserError.class)
        .isThrownBy(() -> folds(Kind.RANDOM_80_10_10, By.NONE, four))
        .withMessageContaining("4 clips are too few");
  }

  @Test
  void aLabelOfOneSpeakerOnlyCannotBeLearntWithoutThem() {
    List<Utterance> clips = new ArrayList<>(clips(3));
    clips.add(clip(77, 2, "one", "s0", "ses0"));
    List<String> labels = List.of("angry", "sad", "bored");
    Protocol protocol = new Protocol(Kind.LEAVE_ONE_SPEAKER_OUT, 5, By.NONE, labels, 1);
    assertThatExceptionOfType(UserError.class)
        .isThrownBy(() -> protocol.of(clips).toList())
        .withMessageContaining("'bored'")
        .withMessageContaining("1 to test");
  }
}
