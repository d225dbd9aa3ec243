package org.segmentser.segment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SegmentationTest {
  @Test
  void readsModesAndHops() {
    assertThat(Segmentation.of("padded", Double.NaN)).isEqualTo(Segmentation.DEFAULT);
    assertThat(Segmentation.of("unpadded", 0.48).hopFrames()).isEqualTo(48);
    assertThat(Segmentation.of("unpadded", 0.29).hopFrames()).isEqualTo(29);
    assertThat(Segmentation.of("paper-overlap", 0.96).hopS()).isEqualTo(0.96);
  }

  @ParameterizedTest
  @CsvSource({
    "overlap, NaN, unknown segmentation",
    "unpadded, 0, not within",
    "unpadded, -1, not within",
    "unpadded, Infinity, not within",
    "unpadded, 0.485, multiple of 0.01",
    "padded, 0.48, 'unpadded' only"
  })
  void refusesWhatCannotBe(String mode, double hopS, String why) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Segmentation.of(mode, hopS))
        .withMessageContaining(why);
  }
}
