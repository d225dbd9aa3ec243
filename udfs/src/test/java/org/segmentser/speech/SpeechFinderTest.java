package org.segmentser.speech;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.segmentser.segment.Clips;

class SpeechFinderTest {
  private static final int RATE = 16_000;
  private static final int SAMPLES = 700 * RATE + 77;

  /** Speech of the repository's examples, one clip after the other at random, with pauses. */
  private static float[] bursts(long seed) throws IOException {
    Path folder = Path.of(System.getProperty("segmentser.root", ".."), "examples/audio");
    List<Path> files;
    try (var all = Files.list(folder)) {
      files = all.filter(file -> file.toString().endsWith(".wav")).sorted().toList();
    }
    float[] samples = Clips.noise(SAMPLES, seed);
    for (int i = 0; i < SAMPLES; i++) {
      samples[i] *= 0.001f;
    }
    Random random = new Random(seed);
    for (int at = 0; at < SAMPLES; at += random.nextInt(2 * RATE)) {
      byte[] bytes = Files.readAllBytes(files.get(random.nextInt(files.size())));
      var shorts =
          ByteBuffer.wrap(bytes, 44, bytes.length - 44)
              .order(ByteOrder.LITTLE_ENDIAN)
              .asShortBuffer();
      while (shorts.hasRemaining() && at < SAMPLES) {
        samples[at++] += shorts.get() * 0x1p-15f;
      }
    }
    return samples;
  }

  @Test
  void aShortClipIsThatOfOneDetector() throws IOException {
    float[] samples = bursts(1);
    int count = 250 * RATE + 99;
    SpeechFinder finder = new SpeechFinder(0);
    SpeechRegions regions = new SpeechRegions();
    SpeechDetector detector = new SpeechDetector(regions::accept);
    finder.accept(samples, 0, count);
    detector.accept(samples, 0, count);
    finder.finish();
    detector.finish();
    regions.finish(count);
    assertThat(finder.decided()).isEqualTo(regions.decided());
    for (int window = 0; window < regions.decided(); window++) {
      assertThat(finder.isSpeech(window)).isEqualTo(regions.isSpeech(window));
    }
    assertThat(finder.share(count - 5000, count + 700))
        .isEqualTo(regions.share(count - 5000, count + 700));
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2})
  void fromTheMiddleOnTheSameIsFound(long seed) throws IOException {
    float[] samples = bursts(seed);
    SpeechFinder whole = new SpeechFinder(0);
    Random random = new Random(seed);
    int decided = 0;
    for (int at = 0; at < SAMPLES; ) {
      int count = Math.min(SAMPLES - at, 1 + random.nextInt(9000));
      whole.accept(samples, at, count);
      at += count;
      assertThat(whole.decided()).isBetween(decided, at / 512);
      decided = whole.decided();
      assertThat(decided)
          .isGreaterThan(at / 512 - SpeechDetector.MAX_DELAY - SpeechRegions.MAX_DELAY - 1);
    }
    whole.finish();
    assertThat(whole.decided()).isEqualTo((SAMPLES + 511) / 512);
    int speech = 0;
    for (long from : new long[] {310L * RATE, 600L * RATE, 655L * RATE}) {
      int begin = (int) SpeechFinder.beginFor(from);
      assertThat(begin).isBetween((int) from - 332 * RATE, (int) from - 30 * RATE);
      SpeechFinder part = new SpeechFinder(begin);
      part.accept(samples, begin, SAMPLES - begin);
      part.finish();
      for (int window = (int) (from / 512); window < whole.decided(); window++) {
        assertThat(part.isSpeech(window)).as("%s", window).isEqualTo(whole.isSpeech(window));
        speech += whole.isSpeech(window) ? 1 : 0;
      }
      long to = Math.min(SAMPLES, from + 290L * RATE) + 4000;
      assertThat(part.share(from, to)).isEqualTo(whole.share(from, to));
    }
    assertThat(speech).isPositive();
  }

  @Test
  void nothingBeginsElsewhere() {
    assertThatIllegalArgumentException().isThrownBy(() -> new SpeechFinder(512));
    assertThat(SpeechFinder.beginFor(299L * RATE)).isZero();
    assertThat(SpeechFinder.beginFor(300L * RATE)).isEqualTo(300L * RATE - 960 * 512);
  }
}
