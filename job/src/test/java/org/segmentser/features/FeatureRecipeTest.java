package org.segmentser.features;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.segmentser.audio.AudioLocation;
import org.segmentser.segment.ClipSettings;
import org.segmentser.segment.Segmentation;
import org.segmentser.source.Clip;

class FeatureRecipeTest {
  @Test
  void otherAudioHasAnotherKey() {
    List<Clip> clips =
        List.of(
            clip(new AudioLocation("f", 0, 9L, null, null), List.of()),
            clip(new AudioLocation("f", 512, 9L, null, null), List.of()),
            clip(new AudioLocation("f", 512, 8L, null, null), List.of()),
            clip(new AudioLocation("f", 512, 9L, "a.wav", null), List.of()),
            clip(new AudioLocation("f", 512, 9L, "b.wav", null), List.of()),
            clip(new AudioLocation("f", 0, null, null, 0L), List.of("audio column a")),
            clip(new AudioLocation("f", 0, null, null, 1L), List.of("audio column a")),
            clip(new AudioLocation("f", 0, null, null, 1L), List.of("audio column b")));
    Stream<String> keys = clips.stream().map(clip -> recipe(clip).key());
    assertThat(keys).doesNotHaveDuplicates();
    assertThat(recipe(clips.get(3)).key()).isEqualTo(recipe(clips.get(3)).key());
  }

  @Test
  void audioThatMayHaveChangedIsTold() {
    AudioLocation location = AudioLocation.ofFile("f", 9L);
    for (Long unknown : new Long[] {null, 0L}) {
      Clip clip = new Clip("x", location, unknown, null, null, null, null, List.of());
      assertThat(recipe(clip).undated()).contains(clip);
    }
    assertThat(recipe(clip(location, List.of())).undated()).isEmpty();
  }

  private static FeatureRecipe recipe(Clip clip) {
    return new FeatureRecipe(List.of(clip), ClipSettings.of(Segmentation.DEFAULT), null);
  }

  private static Clip clip(AudioLocation location, List<String> kept) {
    return new Clip("x", location, 1L, null, null, null, null, kept);
  }
}
