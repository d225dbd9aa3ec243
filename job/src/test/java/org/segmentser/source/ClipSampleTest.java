package org.segmentser.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.api.Assertions.withinPercentage;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.segmentser.audio.AudioLocation;

class ClipSampleTest {
  @Test
  void allOfFewClipsStandForThemselves() {
    List<ClipSample.Kind> kinds =
        sample(List.of(clip("a.wav", 10), clip("b.WAV", 20), clip("dir.d/c", 30)));
    assertThat(kinds).extracting(ClipSample.Kind::extension).containsExactly("c", "wav");
    assertThat(kinds.get(1).sample()).hasSize(2).allMatch(sampled -> sampled.represents() == 1);
    assertThat(kinds.get(1).weight()).isEqualTo(30 + 2 * ClipPartitions.BYTES_PER_CLIP);
    assertThat(kinds.get(1).heaviest()).isEqualTo(20 + ClipPartitions.BYTES_PER_CLIP);
  }

  @Test
  void aSampleStandsForTheWeightAndNearlyForTheNumberOfAllClips() {
    List<Clip> clips = new ArrayList<>();
    IntStream.range(0, 5000)
        .forEach(i -> clips.add(clip("%04d.mp3".formatted(i), 100_000 + 37L * i % 90_000)));
    ClipSample.Kind kind = sample(clips).get(0);
    assertThat(kind.sample()).hasSize(ClipSample.CLIPS_PER_KIND);
    assertThat(
            kind.sample().stream()
                .mapToDouble(s -> s.represents() * ClipPartitions.weight(s.item()))
                .sum())
        .isCloseTo((double) kind.weight(), withinPercentage(30));
    assertThat(kind.sample().stream().mapToDouble(ClipSample.Sampled::represents).sum())
        .isCloseTo(5000, withinPercentage(30));
  }

  @Test
  void aClipHeavierThanTheRestTogetherIsAmongThem() {
    List<Clip> clips = new ArrayList<>();
    IntStream.range(0, 100).forEach(i -> clips.add(clip(i + ".wav", 1000)));
    Clip heavy = clip("heavy.wav", 1L << 32);
    clips.add(heavy);
    assertThat(sample(clips).get(0).sample())
        .filteredOn(sampled -> sampled.item().clip().equals(heavy))
        .singleElement()
        .satisfies(sampled -> assertThat(sampled.represents()).isCloseTo(1, within(1e-6)));
    assertThat(
            sample(clips).get(0).sample().stream()
                .mapToDouble(ClipSample.Sampled::represents)
                .sum())
        .isCloseTo(101, withinPercentage(30));
  }

  @Test
  void unreadableClipsAreLeftOut() {
    Clip gone = clip("gone.wav", 10).found(null, null, "is not there");
    assertThat(sample(List.of(gone))).isEmpty();
  }

  @Test
  void kindsComeByTurns() {
    List<Clip> clips =
        List.of(clip("a.wav", 1), clip("b.wav", 1), clip("c.mp3", 1), clip("d.wav", 1));
    assertThat(ClipSample.inTurn(sample(clips)))
        .extracting(item -> item.clip().id())
        .containsExactly("c.mp3", "a.wav", "b.wav", "d.wav");
  }

  private static List<ClipSample.Kind> sample(List<Clip> clips) {
    return ClipSample.of(clips.stream().map(WorkItem::of).iterator()).kinds();
  }

  private static Clip clip(String name, long bytes) {
    return new Clip(
        name,
        AudioLocation.ofFile("file:/x/" + name, bytes),
        null,
        null,
        null,
        null,
        null,
        List.of());
  }
}
