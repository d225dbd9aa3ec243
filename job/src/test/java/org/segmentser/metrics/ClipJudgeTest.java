package org.segmentser.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;
import org.segmentser.metrics.ClipJudge.Judgement;

class ClipJudgeTest {
  private static final float LOG_9 = (float) Math.log(9);

  /** Two segments whose logits differ by 2 log 9 and 0, so by log 9 on average. */
  private static ClipTally clip(float[]... embeddings) {
    ClipTally tally = new ClipTally(2);
    float[][] logits = {{2 * LOG_9 + 1, 1}, {1, 1}};
    for (int i = 0; i < 2; i++) {
      float[] scores = Logits.softmax(logits[i]);
      if (embeddings.length == 0) {
        tally.add(i, i + 1, logits[i], scores);
      } else {
        tally.add(i, i + 1, logits[i], scores, embeddings[i]);
      }
    }
    return tally;
  }

  @Test
  void confidenceIsThatOfMeanLogits() {
    Judgement plain = ClipJudge.PLAIN.judge(clip());
    assertThat(plain.confidence()).isCloseTo(0.9f, within(1e-6f));
    assertThat(plain.isAnswer()).isTrue();
    assertThat(plain.emotions()).isNull();
    assertThat(plain.distance()).isNaN();
  }

  @Test
  void temperatureDividesMeanLogits() {
    Judgement judgement = new ClipJudge(2, 0.5, null, 0).judge(clip());
    assertThat(judgement.confidence()).isCloseTo(0.75f, within(1e-6f));
    assertThat(judgement.emotions()).containsExactly(0);
    assertThat(new ClipJudge(2, 0.8, null, 0).judge(clip()).emotions()).containsExactly(0, 1);
  }

  @Test
  void thereIsNoAnswerBelowALimit() {
    assertThat(new ClipJudge(2, null, null, 0.74).judge(clip()).isAnswer()).isTrue();
    assertThat(new ClipJudge(2, null, null, 0.76).judge(clip()).isAnswer()).isFalse();
    ClipTally even = new ClipTally(2);
    even.add(0, 1, new float[] {1, 1}, new float[] {0.5f, 0.5f});
    assertThat(new ClipJudge(1, null, null, 0.5).judge(even).isAnswer()).isTrue();
  }

  @Test
  void distanceIsThatOfTheMeanEmbedding() {
    Gaussian known = Gaussian.of(0, new float[] {1, 1}, new float[] {1, 0, 2});
    ClipJudge judge = new ClipJudge(1, null, known, 0);
    ClipTally clip = clip(new float[] {4, 0}, new float[] {4, 10});
    assertThat(judge.judge(clip).distance()).isCloseTo(Math.sqrt(9 + 4), within(1e-12));
    assertThatIllegalStateException().isThrownBy(() -> judge.judge(clip()));
  }

  @Test
  void partsOfAClipAddUp() {
    ClipTally sum = new ClipTally(2);
    sum.add(clip(new float[] {4, 0}, new float[] {4, 10}));
    sum.add(new ClipTally(2));
    sum.add(clip(new float[] {0, 1}, new float[] {0, 1}));
    assertThat(sum.meanEmbedding()).containsExactly(2, 3);
    assertThat(sum.meanLogits()[0] - sum.meanLogits()[1]).isCloseTo(LOG_9, within(1e-6));
  }
}
