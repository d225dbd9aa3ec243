package org.segmentser.features;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.tuple;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.segmentser.ExitCode;
import org.segmentser.UserError;
import org.segmentser.audio.AudioLocation;
import org.segmentser.audio.Condition;
import org.segmentser.corpus.LabelledClip;
import org.segmentser.corpus.LabelledCorpus;
import org.segmentser.metrics.Origin;
import org.segmentser.segment.ClipSettings;
import org.segmentser.segment.Segmentation;
import org.segmentser.segment.Status;
import org.segmentser.source.Clip;

/** How clips and features come together; {@link FeatureJobTest} has the features themselves. */
class LabelledFeaturesJobTest {
  private static final ClipSettings PADDED = ClipSettings.of(Segmentation.DEFAULT);
  private static final Origin ANN = new Origin("one", "Ann", "s1", "female", 31);
  private static final FeatureRequest REQUEST = request(PADDED);

  private static FeatureRequest request(ClipSettings settings) {
    return new FeatureRequest(List.of("angry", "sad"), settings, null, null);
  }

  private static LabelledClip clip(String id, String label) {
    return new LabelledClip(Clip.ofFile(id, "file:/" + id, 1L, 0L), label, ANN);
  }

  private static LabelledCorpus corpus(LabelledClip... clips) {
    return new LabelledCorpus(
        List.of(clips),
        new TreeMap<>(Map.of("label bored", 2L)),
        new TreeMap<>(Map.of("not named like audio", 3L)),
        null,
        "one");
  }

  /** Features of the clips of a corpus, in its order, with so many rows each. */
  private static FeatureSet features(LabelledCorpus corpus, int... rows) {
    List<ClipFeatures> features = new ArrayList<>();
    long first = 0;
    for (int i = 0; i < rows.length; i++) {
      boolean scored = rows[i] > 0;
      features.add(
          new ClipFeatures(
              corpus.clips().get(i).clip().id(),
              scored ? Status.SCORED : Status.TOO_SHORT,
              scored ? null : "0.2 s",
              first,
              rows[i],
              new int[rows[i]],
              new double[rows[i]],
              new double[rows[i]],
              scored ? "hash" : null));
      first += rows[i];
    }
    return new FeatureSet(Path.of("rows"), 8, features);
  }

  @Test
  void clipsWithFeaturesAreUtterancesAndTheOthersAreNamed() {
    LabelledCorpus corpus = corpus(clip("a", "sad"), clip("b", "angry"), clip("c", "angry"));
    LabelledFeatures data =
        LabelledFeaturesJob.join(corpus, "here", REQUEST, features(corpus, 2, 0, 1));
    assertThat(data.description()).isEqualTo("here");
    assertThat(data.utterances())
        .extracting(Utterance::uri, Utterance::label, Utterance::origin)
        .containsExactly(tuple("file:/a", 1, ANN), tuple("file:/c", 0, ANN));
    assertThat(data.utterances().get(1).features().firstRow()).isEqualTo(2);
    assertThat(data.rejected()).containsExactly("file:/b (b): too_short: 0.2 s");
    assertThat(data.leftOut())
        .containsExactly(Map.entry("label bored", 2L), Map.entry("not named like audio", 3L));
  }

  @Test
  void aCorpusWithoutAnyFeaturesIsRefused() {
    LabelledCorpus corpus = corpus(clip("a", "sad"), clip("b", "angry"));
    FeatureSet none = features(corpus, 0, 0);
    assertThatExceptionOfType(UserError.class)
        .isThrownBy(() -> LabelledFeaturesJob.join(corpus, "here", REQUEST, none))
        .withMessage("none of the 2 clips can be used; the first is file:/a (a): too_short: 0.2 s")
        .satisfies(e -> assertThat(e.exitCode()).isEqualTo(ExitCode.INPUT));
  }

  @Test
  void rejectsOfAShardAreToldApart() {
    AudioLocation location = new AudioLocation("file:/s.tar", 512, 1L, "a.wav", null);
    Clip member = new Clip("file:/s.tar!a.wav", location, 0L, null, null, null, null, List.of());
    LabelledCorpus corpus =
        corpus(clip("a", "sad"), new LabelledClip(member, "sad", Origin.of("one")));
    assertThat(LabelledFeaturesJob.join(corpus, "here", REQUEST, features(corpus, 1, 0)).rejected())
        .containsExactly("file:/s.tar!a.wav: too_short: 0.2 s");
  }

  @Test
  void theFingerprintChangesWithClipsLabelsAndSettings() {
    LabelledCorpus corpus = corpus(clip("a", "sad"));
    String one = fingerprint(corpus, REQUEST);
    assertThat(fingerprint(corpus(clip("a", "sad")), REQUEST)).isEqualTo(one);
    assertThat(fingerprint(corpus(clip("a", "angry")), REQUEST)).isNotEqualTo(one);
    assertThat(fingerprint(corpus(clip("x", "sad")), REQUEST)).isNotEqualTo(one);
    assertThat(fingerprint(corpus, request(PADDED.withCondition(Condition.NOISE))))
        .isNotEqualTo(one);
  }

  private static String fingerprint(LabelledCorpus corpus, FeatureRequest request) {
    return LabelledFeaturesJob.join(corpus, "here", request, features(corpus, 1)).fingerprint();
  }
}
