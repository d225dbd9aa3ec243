package org.segmentser.train;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.segmentser.UserError;
import org.segmentser.corpus.LabelledClip;
import org.segmentser.corpus.LabelledCorpus;
import org.segmentser.metrics.Origin;
import org.segmentser.source.Clip;
import org.segmentser.train.Split.By;

class CrossFitTest {
  /** Two clips of each speaker. */
  private static LabelledCorpus listed(int speakers) {
    return new LabelledCorpus(
        IntStream.range(0, 2 * speakers)
            .mapToObj(
                i ->
                    new LabelledClip(
                        Clip.ofFile("clip" + i, "file:/" + i, 1L, 0L),
                        "sad",
                        new Origin("one", "s" + i / 2, null, null, null)))
            .toList(),
        new TreeMap<>(),
        new TreeMap<>(),
        null,
        "one");
  }

  @Test
  void tooFewSpeakersAreToldBeforeAudioIsRead() {
    assertThatExceptionOfType(UserError.class)
        .isThrownBy(() -> CrossFit.check(listed(10), 10, By.SPEAKERS))
        .withMessage(
            "--calibration-folds is 10, but there are only 9 speakers beside those of the test");
    assertThatExceptionOfType(UserError.class)
        .isThrownBy(() -> CrossFit.check(listed(10), 11, By.NONE))
        .withMessage("--calibration-folds is 11, but there are only 10 speakers in all");
    for (By by : By.values()) {
      assertThatCode(() -> CrossFit.check(listed(10), 9, by)).doesNotThrowAnyException();
    }
    assertThatCode(() -> CrossFit.check(listed(10), 20, By.CLIPS)).doesNotThrowAnyException();
  }
}
