package org.segmentser.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.segmentser.features.StoredRows;
import org.segmentser.features.Utterance;

class HeldOutClipsTest {
  @Test
  void corporaCountAlikeButForATinyOne() {
    List<Utterance> clips = new ArrayList<>();
    add(clips, "large", 100);
    add(clips, "small", 20);
    add(clips, "tiny", 2);
    double[] weights = HeldOutClips.weights(clips);
    double large = Arrays.stream(weights, 0, 100).sum();
    assertThat(Arrays.stream(weights, 100, 120).sum()).isCloseTo(large, within(1e-9));
    // A clip of it counts as much as ten of the largest.
    assertThat(Arrays.stream(weights, 120, 122).sum()).isCloseTo(0.2 * large, within(1e-9));
  }

  private static void add(List<Utterance> clips, String corpus, int count) {
    for (int i = 0; i < count; i++) {
      clips.add(StoredRows.utterance(corpus + i, 0, corpus, "speaker", clips.size(), 1));
    }
  }
}
