package org.segmentser.segment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.segmentser.segment.Segmentation.Mode;

class SegmenterTest {
  private static final int RATE = 16_000;

  @Test
  void paddedSegmentsStandBackToBackAndEndWithTheClip() {
    List<Segment> segments = cut(Mode.PADDED, Double.NaN, Clips.noise(40_000, 1), 4096);
    assertThat(segments).extracting(Segment::index).containsExactly(0, 1, 2);
    assertThat(segments).extracting(Segment::startS).containsExactly(0.0, 0.96, 1.92);
    assertThat(segments).extracting(Segment::endS).containsExactly(0.96, 1.92, 2.5);
  }

  @Test
  void unpaddedSegmentsStartAHopApart() {
    List<Segment> segments = cut(Mode.UNPADDED, 0.48, Clips.noise(40_000, 1), 4096);
    assertThat(segments).extracting(Segment::startS).containsExactly(0.0, 0.48, 0.96, 1.44);
    assertThat(segments).extracting(Segment::endS).containsExactly(0.96, 1.44, 1.92, 2.4);
  }

  @Test
  void aHopLongerThanASegmentLeavesGaps() {
    List<Segment> segments = cut(Mode.UNPADDED, 2, Clips.noise(5 * RATE, 1), 4096);
    assertThat(segments).extracting(Segment::startS).containsExactly(0.0, 2.0, 4.0);
  }

  @Test
  void overlappingSegmentsKnowWhereTheirSamplesComeFrom() {
    // Joined chunks: 0-1 s, 0.5-1.5 s, 1-2 s, 1.5-2 s; sample j of the second comes from j - 8000.
    List<Segment> segments = cut(Mode.PAPER_OVERLAP, Double.NaN, Clips.noise(2 * RATE, 1), 4096);
    assertThat(segments).hasSize(4);
    assertThat(segments.get(0).startS()).isEqualTo(0);
    assertThat(segments.get(0).endS()).isEqualTo(0.96);
    assertThat(segments.get(1).startS()).isEqualTo(0.96);
    assertThat(segments.get(1).endS()).isEqualTo((30_720 - 8_000) / 16000.0);
    assertThat(segments.get(2).startS()).isEqualTo((30_720 - 8_000) / 16000.0);
    assertThat(segments.get(2).endS()).isEqualTo((46_080 - 16_000) / 16000.0);
    assertThat(segments.get(3).startS()).isEqualTo((46_080 - 16_000) / 16000.0);
    assertThat(segments.get(3).endS()).isEqualTo(2.0);
  }

  @Test
  void noSegmentLiesOutsideItsClip() {
    Random random = new Random(7);
    for (int i = 0; i < 300; i++) {
      float[] samples = Clips.noise(1 + random.nextInt(8 * RATE), i);
      double duration = samples.length / 16000.0;
      for (Mode mode : Mode.values()) {
        double last = 0;
        for (Segment segment : cut(mode, Double.NaN, samples, 1 + random.nextInt(5000))) {
          assertThat(segment.startS()).isBetween(last, duration);
          assertThat(segment.endS()).isBetween(segment.startS(), duration);
          last = segment.startS();
        }
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"PADDED, NaN", "PAPER_OVERLAP, NaN", "UNPADDED, 0.37"})
  void segmentsDoNotDependOnTheBlocksThatSamplesComeIn(Mode mode, double hopS) {
    float[] samples = Clips.noise(7 * RATE + 123, 3);
    List<Segment> whole = cut(mode, hopS, samples, samples.length);
    for (int block : new int[] {1, 159, 400, 4096}) {
      List<Segment> blocks = cut(mode, hopS, samples, block);
      assertThat(Clips.patches(blocks)).isEqualTo(Clips.patches(whole));
      assertThat(blocks).extracting(Segment::endS).isEqualTo(endTimes(whole));
    }
  }

  @Test
  void levelIsInDecibelsOfFullScaleWithoutPadding() {
    float[] sine = new float[RATE / 2];
    for (int i = 0; i < sine.length; i++) {
      sine[i] = (float) Math.sin(2 * Math.PI * 1000 * i / RATE);
    }
    assertThat(cut(Mode.PADDED, Double.NaN, sine, 4096).get(0).rmsDbfs())
        .isCloseTo(-3.01f, within(0.01f));
    assertThat(cut(Mode.PADDED, Double.NaN, new float[RATE], 4096).get(0).rmsDbfs())
        .isEqualTo(Segment.SILENCE_DBFS);
  }

  @Test
  void noSampleMeansNoSegment() {
    assertThat(cut(Mode.PADDED, Double.NaN, new float[0], 1)).isEmpty();
    assertThat(cut(Mode.PAPER_OVERLAP, Double.NaN, new float[0], 1)).isEmpty();
  }

  private static List<Double> endTimes(List<Segment> segments) {
    return segments.stream().map(Segment::endS).toList();
  }

  private static List<Segment> cut(Mode mode, double hopS, float[] samples, int block) {
    Segmenter segmenter = new Segmenter(Segmentation.of(mode, hopS), Section.WHOLE);
    List<Segment> segments = new ArrayList<>();
    for (int at = 0; at < samples.length; at += block) {
      segmenter.add(samples, at, Math.min(block, samples.length - at));
      drain(segmenter, segments);
    }
    segmenter.finish();
    drain(segmenter, segments);
    return segments;
  }

  private static void drain(Segmenter segmenter, List<Segment> segments) {
    while (segmenter.ready() > 0) {
      segments.addAll(SegmentPatches.of(segmenter.take(3)));
    }
  }

  @ParameterizedTest
  @CsvSource({"PADDED, NaN", "PAPER_OVERLAP, NaN", "UNPADDED, 0.37", "UNPADDED, 1.5"})
  void segmentsDoNotDependOnTheChunksThatTheyAreTakenIn(Mode mode, double hopS) {
    float[] samples = Clips.noise(9 * RATE + 123, 4);
    Segmenter whole = new Segmenter(Segmentation.of(mode, hopS), Section.WHOLE);
    whole.add(samples, 0, samples.length);
    whole.finish();
    List<Segment> atOnce = SegmentPatches.of(whole.take(Integer.MAX_VALUE));
    List<Segment> inChunks = cut(mode, hopS, samples, 4096);
    assertThat(inChunks).hasSameSizeAs(atOnce).hasSizeGreaterThan(4);
    assertThat(Clips.patches(inChunks)).isEqualTo(Clips.patches(atOnce));
    assertThat(inChunks)
        .extracting(Segment::rmsDbfs)
        .isEqualTo(atOnce.stream().map(Segment::rmsDbfs).toList());
  }

  @Test
  void aChunkHoldsNoSamplesBetweenItsSegments() {
    Segmenter segmenter = new Segmenter(Segmentation.of(Mode.UNPADDED, 2), Section.WHOLE);
    segmenter.add(Clips.noise(9 * RATE, 1), 0, 9 * RATE);
    AudioChunk chunk = segmenter.take(Integer.MAX_VALUE);
    assertThat(chunk.cuts()).hasSize(5);
    assertThat(chunk.samples()).hasSize(5 * Patch.SUPPORT);
  }
}
