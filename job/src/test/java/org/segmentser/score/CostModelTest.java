package org.segmentser.score;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.segmentser.audio.AudioLocation;
import org.segmentser.flow.FrontEndTiming.Timing;
import org.segmentser.source.Clip;
import org.segmentser.source.ClipSample;
import org.segmentser.source.Corpus;
import org.segmentser.source.WorkItem;

class CostModelTest {
  private static final double NETWORK_S = 0.01;

  @Test
  void equalClipsCostThatOfOneEach() {
    List<Clip> clips = clips(1000, 320_000);
    Estimate estimate = estimate(clips, 4);
    assertThat(estimate.audio().segments()).isEqualTo(10_000);
    assertThat(estimate.audio().seconds()).isCloseTo(10_000, within(1.0));
    double coreS = 1000 * (0.02 + 10 * (NETWORK_S + CostModel.ROW_S));
    assertThat(estimate.time().coreS()).isCloseTo(coreS, within(0.1));
    assertThat(estimate.time().wallS()).isCloseTo(CostModel.RUN_S + coreS / 4, within(0.1));
    assertThat(estimate.time().frontEnd()).isCloseTo(20 / coreS, within(0.01));
  }

  @Test
  void oneLongClipKeepsOneCoreBusyWithItsFrontEnd() {
    Estimate estimate = estimate(clips(1, 320_000), 4);
    assertThat(estimate.partitions()).isEqualTo(1);
    assertThat(estimate.time().wallS())
        .isCloseTo(CostModel.RUN_S + 0.02 + 10 * (NETWORK_S / 4 + CostModel.ROW_S), within(0.001));
  }

  @Test
  void embeddingsAreMostOfWhatIsWritten() {
    List<Clip> clips = clips(100, 320_000);
    long without = model(clips).estimate(corpus(clips), 4, 4, false).tableBytes();
    assertThat(model(clips).estimate(corpus(clips), 4, 4, true).tableBytes())
        .isGreaterThan(5 * without);
  }

  @Test
  void clipsThatCannotBeReadCostNothing() {
    Clip gone =
        new Clip(
            "gone", AudioLocation.ofFile("gone", null), null, null, null, "gone", null, List.of());
    Estimate estimate =
        new CostModel(corpus(List.of(gone)).sample(), Map.of(), NETWORK_S)
            .estimate(corpus(List.of(gone)), 2, 2, false);
    assertThat(estimate.audio().segments()).isZero();
    assertThat(estimate.time().wallS()).isEqualTo(CostModel.RUN_S);
    assertThat(estimate.time().frontEnd()).isZero();
  }

  private static Estimate estimate(List<Clip> clips, int cores) {
    return model(clips).estimate(corpus(clips), cores, cores, false);
  }

  /** Each clip is 10 s, and takes 20 ms. */
  private static CostModel model(List<Clip> clips) {
    List<ClipSample.Kind> kinds = corpus(clips).sample();
    Map<String, Timing> timings = new HashMap<>();
    for (WorkItem item : ClipSample.inTurn(kinds)) {
      String id = item.clip().id();
      timings.put(id, new Timing(id, 10, 10, 0.02));
    }
    return new CostModel(kinds, timings, NETWORK_S);
  }

  private static Corpus corpus(List<Clip> clips) {
    return Corpus.of(null, clips);
  }

  private static List<Clip> clips(int count, long bytes) {
    return IntStream.range(0, count)
        .mapToObj(
            i -> Clip.ofFile("%05d.wav".formatted(i), "file:/%05d.wav".formatted(i), bytes, 0L))
        .toList();
  }
}
