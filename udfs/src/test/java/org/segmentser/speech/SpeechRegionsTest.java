package org.segmentser.speech;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class SpeechRegionsTest {
  private static final int TRACKS = 3000;

  /** A stretch of samples. */
  private record Stretch(long start, long end) {}

  @Test
  void regionsAreThoseOfThePublishedRules() {
    int limited = 0;
    int regions = 0;
    for (int seed = 0; seed < TRACKS; seed++) {
      Random random = new Random(seed);
      double[] track = track(random);
      long samples = 512L * track.length - random.nextInt(512);
      List<Stretch> expected = reference(track, samples, SpeechRegions.LONGEST_PAUSE);
      assertThat(regions(track, samples)).as("track %s", seed).isEqualTo(expected);
      regions += expected.size();
      limited += expected.equals(reference(track, samples, Integer.MAX_VALUE)) ? 0 : 1;
    }
    assertThat(regions).isGreaterThan(TRACKS);
    // The limit of pauses has been at work, and is the exception.
    assertThat(limited).isBetween(1, TRACKS / 10);
  }

  @Test
  void decisionsComeInTimeAndStand() {
    for (int seed = 0; seed < TRACKS; seed++) {
      Random random = new Random(seed);
      double[] track = track(random);
      SpeechRegions regions = new SpeechRegions();
      List<Boolean> decisions = new ArrayList<>();
      for (int window = 0; window < track.length; window++) {
        regions.accept(track[window]);
        assertThat(window + 1 - regions.decided()).isBetween(0, SpeechRegions.MAX_DELAY);
        while (decisions.size() < regions.decided()) {
          decisions.add(regions.isSpeech(decisions.size()));
        }
      }
      regions.finish(512L * track.length - random.nextInt(512));
      assertThat(regions.decided()).isEqualTo(track.length);
      for (int window = 0; window < decisions.size(); window++) {
        assertThat(regions.isSpeech(window)).isEqualTo(decisions.get(window));
      }
    }
  }

  @Test
  void aPauseThatIsNoneEndsAtLast() {
    SpeechRegions regions = new SpeechRegions();
    feed(regions, 0.9, 7);
    feed(regions, 0.1, 1);
    feed(regions, 0.2, SpeechRegions.LONGEST_PAUSE - 1);
    assertThat(regions.decided()).isZero();
    assertThat(7 + SpeechRegions.LONGEST_PAUSE).isEqualTo(SpeechRegions.MAX_DELAY);
    feed(regions, 0.2, 1);
    assertThat(regions.decided()).isEqualTo(8 + SpeechRegions.LONGEST_PAUSE);
    assertThat(regions.share(0, 8 * 512)).isZero();
  }

  @Test
  void sharesAreThoseOfSamples() {
    for (int seed = 0; seed < TRACKS / 10; seed++) {
      Random random = new Random(seed);
      double[] track = track(random);
      int samples = 512 * track.length - random.nextInt(512);
      SpeechRegions regions = new SpeechRegions();
      Arrays.stream(track).forEach(regions::accept);
      regions.finish(samples);
      int from = random.nextInt(samples);
      int to = from + 1 + random.nextInt(20_000);
      int speech = 0;
      for (int i = from; i < Math.min(samples, to); i++) {
        speech += regions.isSpeech(i / 512) ? 1 : 0;
      }
      assertThat(regions.share(from, to)).isCloseTo((double) speech / (to - from), within(1e-12));
    }
  }

  @Test
  void aShareIsKnownOnceItsWindowsAreDecided() {
    SpeechRegions regions = new SpeechRegions();
    feed(regions, 0.1, 10);
    feed(regions, 0.9, 9);
    assertThat(regions.share(10 * 512, 19 * 512)).isEqualTo(1);
    assertThat(regions.share(0, 19 * 512)).isCloseTo(9 / 19.0, within(1e-12));
    feed(regions, 0.1, 1);
    assertThatThrownBy(() -> regions.share(0, 19 * 512 + 1))
        .isInstanceOf(IndexOutOfBoundsException.class)
        .hasMessage("samples 0 to 9729 of 9728");
    assertThatThrownBy(() -> regions.isSpeech(19)).isInstanceOf(IndexOutOfBoundsException.class);
    feed(regions, 0.1, 4);
    assertThat(regions.share(19 * 512, 24 * 512)).isZero();
    assertThatThrownBy(() -> regions.share(5, 5)).isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(() -> regions.share(-1, 5)).isInstanceOf(IndexOutOfBoundsException.class);
  }

  @Test
  void theEndIsThatOfTheClip() {
    SpeechRegions regions = new SpeechRegions();
    feed(regions, 0.9, 20);
    assertThatThrownBy(() -> regions.finish(20 * 512 + 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("10241 samples in 20 windows");
    assertThatThrownBy(() -> regions.finish(19 * 512)).isInstanceOf(IllegalArgumentException.class);
    regions.finish(19 * 512 + 1);
    assertThat(regions.share(19 * 512, 20 * 512)).isEqualTo(1 / 512.0);
    assertThat(regions.share(20 * 512, 21 * 512)).isZero();
  }

  @Test
  void aClipWithoutSamplesIsNoSpeech() {
    SpeechRegions regions = new SpeechRegions();
    regions.finish(0);
    assertThat(regions.decided()).isZero();
    assertThat(regions.share(0, 16_000)).isZero();
  }

  private static void feed(SpeechRegions regions, double probability, int windows) {
    for (int i = 0; i < windows; i++) {
      regions.accept(probability);
    }
  }

  private static List<Stretch> regions(double[] track, long samples) {
    SpeechRegions regions = new SpeechRegions();
    Arrays.stream(track).forEach(regions::accept);
    regions.finish(samples);
    List<Stretch> found = new ArrayList<>();
    int window = 0;
    while (window < track.length) {
      int start = window;
      while (window < track.length && regions.isSpeech(window)) {
        window++;
      }
      if (window > start) {
        found.add(new Stretch(512L * start, Math.min(512L * window, samples)));
      }
      window++;
    }
    return found;
  }

  /** Levels that stay for a while, mostly near the thresholds, and some that are on them. */
  private static double[] track(Random random) {
    double[] levels = {0.0, 0.1, 0.14, 0.15, 0.2, 0.25, 0.299, 0.3, 0.6, 0.95};
    int[] chosen = random.ints(2 + random.nextInt(4), 0, levels.length).toArray();
    double[] track = new double[1 + random.nextInt(200)];
    int longest = 1 + random.nextInt(random.nextInt(4) == 0 ? 60 : 12);
    int at = 0;
    while (at < track.length) {
      double level = levels[chosen[random.nextInt(chosen.length)]];
      int end = Math.min(track.length, at + 1 + random.nextInt(longest));
      Arrays.fill(track, at, end, level);
      at = end;
    }
    return track;
  }

  /**
   * {@code get_speech_timestamps} of silero-vad 5, statement by statement, with its defaults but
   * without padding and a maximum of speech.
   *
   * @param longestPause windows after which a pause ends speech whatever the probability
   */
  private static List<Stretch> reference(double[] probabilities, long samples, int longestPause) {
    double threshold = 0.3;
    double negThreshold = threshold - 0.15;
    double minSpeechSamples = 16_000 * 250 / 1000.0;
    double minSilenceSamples = 16_000 * 100 / 1000.0;
    boolean triggered = false;
    List<Stretch> speeches = new ArrayList<>();
    long currentStart = -1;
    long tempEnd = 0;
    for (int i = 0; i < probabilities.length; i++) {
      long here = 512L * i;
      if (probabilities[i] >= threshold && tempEnd != 0) {
        tempEnd = 0;
      }
      if (probabilities[i] >= threshold && !triggered) {
        triggered = true;
        currentStart = here;
        continue;
      }
      boolean isTooLong = tempEnd != 0 && (here - tempEnd) / 512 >= longestPause;
      if ((probabilities[i] < negThreshold || isTooLong) && triggered) {
        if (tempEnd == 0) {
          tempEnd = here;
        }
        if (!isTooLong && here - tempEnd < minSilenceSamples) {
          continue;
        }
        if (tempEnd - currentStart > minSpeechSamples) {
          speeches.add(new Stretch(currentStart, tempEnd));
        }
        currentStart = -1;
        tempEnd = 0;
        triggered = false;
      }
    }
    if (currentStart >= 0 && samples - currentStart > minSpeechSamples) {
      speeches.add(new Stretch(currentStart, samples));
    }
    return speeches;
  }
}
