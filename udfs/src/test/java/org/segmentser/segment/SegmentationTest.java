package org.segmentser.segment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.segmentser.segment.Segmentation.Mode;

class SegmentationTest {
  @Test
  void readsModesAndHops() {
    assertThat(Segmentation.of(Mode.PADDED, Double.NaN)).isEqualTo(Segmentation.DEFAULT);
    assertThat(Segmentation.of(Mode.UNPADDED, 0.48).hopFrames()).isEqualTo(48);
    assertThat(Segmentation.of(Mode.UNPADDED, 0.29).hopFrames()).isEqualTo(29);
    assertThat(Segmentation.of(Mode.PAPER_OVERLAP, 0.96).hopS()).isEqualTo(0.96);
  }

  @ParameterizedTest
  @CsvSource({
    "UNPADDED, 0, not between",
    "UNPADDED, -1, not between",
    "UNPADDED, Infinity, not between",
    "UNPADDED, 0.485, multiple of 0.01",
    "PADDED, 0.48, 'unpadded' only"
  })
  void refusesWhatCannotBe(Mode mode, double hopS, String why) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Segmentation.of(mode, hopS))
        .withMessageContaining(why);
  }
}
