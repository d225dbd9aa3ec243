package org.segmentser.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ClipTallyTest {
  @Test
  void theMeanLogitsDecideAndMostSegmentsVote() {
    ClipTally tally = tally(new float[] {3, 0}, new float[] {0, 0.5f}, new float[] {0, 0.5f});
    assertThat(tally.vote()).isEqualTo(1);
    assertThat(tally.emotion()).isEqualTo(0);
    assertThat(tally.unanimous()).isFalse();
  }

  @Test
  void aTieGoesToTheLargerMeanLogit() {
    assertThat(tally(new float[] {1, 0}, new float[] {0, 5}).vote()).isEqualTo(1);
    assertThat(tally(new float[] {5, 0}, new float[] {0, 1}).vote()).isEqualTo(0);
  }

  @Test
  void scoresAreTheMeanOfTheSegments() {
    ClipTally tally = tally(new float[] {0, 0}, new float[] {(float) Math.log(3), 0});
    assertThat(tally.scores()[0]).isEqualTo(0.625f);
    assertThat(tally.scores()[1]).isEqualTo(0.375f);
  }

  @Test
  void overlappingSegmentsCountNoSecondTwice() {
    ClipTally tally = new ClipTally(2);
    tally.add(0.0, 0.96, new float[] {1, 0}, new float[] {1, 0});
    tally.add(0.48, 1.44, new float[] {0, 1}, new float[] {0, 1});
    tally.add(0.96, 1.92, new float[] {1, 0}, new float[] {1, 0});
    assertThat(tally.seconds()[0]).isEqualTo(1.44f);
    assertThat(tally.seconds()[1]).isEqualTo(0.48f);
  }

  @Test
  void secondsBetweenSegmentsBelongToNone() {
    ClipTally tally = new ClipTally(2);
    tally.add(0.0, 0.96, new float[] {1, 0}, new float[] {1, 0});
    tally.add(2.0, 2.96, new float[] {0, 1}, new float[] {0, 1});
    assertThat(tally.seconds()).containsExactly(0.96f, 0.96f);
  }

  @Test
  void softmaxHoldsForLargeLogits() {
    assertThat(Logits.softmax(new float[] {1000, 0, -1000})).containsExactly(1, 0, 0);
  }

  private static ClipTally tally(float[]... logits) {
    ClipTally tally = new ClipTally(logits[0].length);
    for (int i = 0; i < logits.length; i++) {
      tally.add(i * 0.96, (i + 1) * 0.96, logits[i], Logits.softmax(logits[i]));
    }
    return tally;
  }
}
