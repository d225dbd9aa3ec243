package org.segmentser.flow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.segmentser.audio.ByteArraySource;
import org.segmentser.flow.BatchedPredictions.Predicted;
import org.segmentser.model.ModelRuntime;
import org.segmentser.model.SegmentModel;
import org.segmentser.model.SegmentModel.Output;
import org.segmentser.network.TestModels;
import org.segmentser.segment.ClipOutcome;
import org.segmentser.segment.ClipReader;
import org.segmentser.segment.ClipSettings;
import org.segmentser.segment.Clips;
import org.segmentser.segment.Segment;
import org.segmentser.segment.Segmentation;
import org.segmentser.segment.Status;
import org.segmentser.segment.Voice;
import org.segmentser.source.Clip;
import org.segmentser.tables.ClipSegment;
import org.segmentser.tables.RunColumns;
import org.segmentser.tables.RunColumns.Kind;
import org.segmentser.tables.Scored;
import org.segmentser.tables.Scored.ScoredClip;
import org.segmentser.tables.Scored.ScoredSegment;

/** Scoring without Spark, through a real, narrow network of formula weights. */
class ScoringTest {
  private static final List<String> LABELS = List.of("angry", "happy", "sad", "neutral");
  private static final RunColumns EMOTIONS =
      new RunColumns(Set.of(Kind.EMOTIONS), LABELS, List.of());
  private static final ClipOutcome DONE =
      new ClipOutcome(Status.SCORED, null, 1, 16_000, 1, "pcm_s16le");
  private static final ClipOutcome BROKEN =
      new ClipOutcome(Status.UNDECODABLE, "broken", Double.NaN, 0, 0, null);

  @TempDir static Path directory;
  private static SegmentModel model;

  @BeforeAll
  static void load() {
    model = TestModels.mini(directory.resolve("mini"), LABELS).load(ModelRuntime.of(2));
  }

  @AfterAll
  static void close() {
    model.close();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 64})
  void aClipFollowsItsLastSegmentWhateverTheBatch(int batchSize) {
    List<ClipSegment> items = new ArrayList<>();
    addClip(items, "a", 3);
    items.add(new ClipSegment(clip("broken"), Voice.MIX, null, BROKEN));
    addClip(items, "b", 2);
    List<Scored> scored = score(items, EMOTIONS, batchSize);
    assertThat(scored)
        .extracting(s -> s.clip().id() + (s instanceof ScoredClip ? " ends" : ""))
        .containsExactly("a", "a", "a", "a ends", "broken ends", "b", "b", "b ends");
    ScoredClip first = (ScoredClip) scored.get(3);
    assertThat(first.segments()).isEqualTo(3);
    assertThat(first.outcome()).isSameAs(DONE);
    assertThat(first.tally().segments()).isEqualTo(3);
    ScoredClip broken = (ScoredClip) scored.get(4);
    assertThat(broken.segments()).isZero();
    assertThat(broken.outcome()).isSameAs(BROKEN);
  }

  @Test
  void scoresAreThoseOfTheModel() {
    List<ClipSegment> items = new ArrayList<>();
    addClip(items, "a", 5);
    List<byte[]> patches = items.stream().map(ClipSegment::patch).toList();
    float[][] logits = model.predict(patches, EnumSet.of(Output.LOGITS)).logits();
    List<Scored> scored = score(items, EMOTIONS, 5);
    for (int i = 0; i < 5; i++) {
      ScoredSegment segment = (ScoredSegment) scored.get(i);
      assertThat(segment.emotion().logits()).isEqualTo(logits[i]);
      assertThat(segment.segment()).isSameAs(items.get(i).segment());
      assertThat(segment.embedding()).isNull();
    }
  }

  @Test
  void voicesOfAClipAreSummedUpEachByItself() {
    List<ClipSegment> agent = new ArrayList<>();
    addClip(agent, "call", 4);
    List<ClipSegment> items = new ArrayList<>();
    // As channels are decoded: in turn, a chunk at a time.
    for (int first = 0; first < 4; first += 2) {
      for (int channel = 0; channel < 2; channel++) {
        for (ClipSegment item : agent.subList(first, first + 2)) {
          items.add(
              new ClipSegment(
                  item.clip(),
                  new Voice(channel, null),
                  channel == 0 ? item.segment() : withoutSpeech(item.segment()),
                  item.outcome()));
        }
      }
    }
    addClip(items, "next", 1);
    List<Scored> scored = score(items, EMOTIONS, 3);
    assertThat(scored)
        .extracting(s -> s.clip().id() + s.voice().channel() + (s instanceof ScoredClip))
        .containsExactly(
            "call0false",
            "call0false",
            "call1false",
            "call1false",
            "call0false",
            "call0false",
            "call1false",
            "call1false",
            "call0true",
            "call1true",
            "nextnullfalse",
            "nextnulltrue");
    ScoredClip spoken = (ScoredClip) scored.get(8);
    ScoredClip silent = (ScoredClip) scored.get(9);
    assertThat(spoken.tally().segments()).isEqualTo(4);
    assertThat(spoken.index()).isZero();
    assertThat(silent.segments()).isEqualTo(4);
    assertThat(silent.tally().segments()).isZero();
    assertThat(silent.index()).isEqualTo(1);
    assertThat(((ScoredSegment) scored.get(2)).emotion()).isNull();
    assertThat(((ScoredSegment) scored.get(0)).emotion()).isNotNull();
  }

  private static Segment withoutSpeech(Segment segment) {
    return new Segment(
        segment.index(), segment.startS(), segment.endS(), segment.rmsDbfs(), 0f, null);
  }

  @Test
  void aRunOfEmbeddingsHasNoEmotions() {
    List<ClipSegment> items = new ArrayList<>();
    addClip(items, "a", 2);
    RunColumns embeddings = new RunColumns(Set.of(Kind.EMBEDDINGS), List.of(), List.of());
    List<Scored> scored = score(items, embeddings, 2);
    ScoredSegment segment = (ScoredSegment) scored.get(0);
    assertThat(segment.emotion()).isNull();
    assertThat(segment.embedding()).hasSize(model.spec().architecture().embedding());
    assertThat(((ScoredClip) scored.get(2)).tally()).isNull();
  }

  @Test
  void aClipWithoutOutcomeIsAFault() {
    List<ClipSegment> items = new ArrayList<>();
    addClip(items, "a", 2);
    items.remove(1);
    assertThatIllegalStateException()
        .isThrownBy(() -> score(items, EMOTIONS, 2))
        .withMessageContaining("the segments of a ended without outcome");
  }

  @Test
  void itemsWithoutAPatchGoAlongInOrder() {
    List<ClipSegment> items = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      items.add(new ClipSegment(clip("broken " + i), Voice.MIX, null, BROKEN));
    }
    addClip(items, "a", 1);
    List<Predicted<ClipSegment>> predicted = new ArrayList<>();
    new BatchedPredictions<>(
            items.iterator(), ClipSegment::patch, model, EnumSet.of(Output.LOGITS), 2)
        .forEachRemaining(predicted::add);
    assertThat(predicted).extracting(Predicted::item).isEqualTo(items);
    assertThat(predicted.subList(0, 100)).extracting(Predicted::logits).containsOnlyNulls();
    assertThat(predicted.get(100).logits()).hasSize(LABELS.size());
  }

  private static List<Scored> score(List<ClipSegment> items, RunColumns columns, int batchSize) {
    List<Scored> scored = new ArrayList<>();
    new Scoring(items.iterator(), model, null, columns, batchSize).forEachRemaining(scored::add);
    return scored;
  }

  private static void addClip(List<ClipSegment> items, String id, int count) {
    byte[] wav = Clips.wav(16_000, Clips.noise(count * 15_360, id.hashCode()));
    List<Segment> segments;
    try (ClipReader reader =
        ClipReader.open(
            () -> new ByteArraySource(wav), id, ClipSettings.of(Segmentation.DEFAULT))) {
      segments = reader.next();
    }
    for (int i = 0; i < count; i++) {
      items.add(
          new ClipSegment(clip(id), Voice.MIX, segments.get(i), i == count - 1 ? DONE : null));
    }
  }

  private static Clip clip(String id) {
    return Clip.ofFile(id, "file:/audio/" + id, 1L, 0L);
  }
}
