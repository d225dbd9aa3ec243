package org.segmentser.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.segmentser.features.StoredRows.PATCH;

import java.util.Arrays;
import java.util.DoubleSummaryStatistics;
import java.util.IntSummaryStatistics;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.segmentser.segment.Patch;

class AugmenterTest {
  private static final int FRAMES = Patch.FRAMES;
  private static final int BANDS = Patch.BANDS;
  private static final int DRAWS = 300;
  private static final Augmentation NONE = Augmentations.NONE;

  private static float[] patch(Augmentation settings, float[] spectrogram, int frames, int seed) {
    float[] patch = new float[PATCH];
    new Augmenter(settings).patch(spectrogram, frames, new SplittableRandom(seed), patch, 0);
    return patch;
  }

  private static float[] patch(Augmentation settings, float[] spectrogram, int seed) {
    return patch(settings, spectrogram, spectrogram.length / BANDS, seed);
  }

  private static float[] constant(int frames, double value) {
    float[] values = new float[frames * BANDS];
    Arrays.fill(values, (float) value);
    return values;
  }

  private static float[] speech(int frames, int seed) {
    SplittableRandom random = new SplittableRandom(seed);
    float[] values = new float[frames * BANDS];
    for (int i = 0; i < values.length; i++) {
      values[i] = Augmenter.SILENCE + 8 * (float) random.nextDouble();
    }
    return values;
  }

  /** Mel magnitude of a log-mel number, by the front end's formula. */
  private static double magnitude(double logMel) {
    return Math.exp(logMel) - 0.01;
  }

  /** Greatest distance of two numbers in the same place; NaN if one is none. */
  private static double furthest(float[] actual, float[] expected) {
    double distance = 0;
    for (int i = 0; i < expected.length; i++) {
      distance = Math.max(distance, Math.abs(actual[i] - expected[i]));
    }
    return distance;
  }

  private static int frame(int at) {
    return at / BANDS;
  }

  /** Change of a place's magnitude, in dB. */
  private static double gain(float[] before, float[] after, int frame, int band) {
    int at = frame * BANDS + band;
    return 20 * Math.log10(magnitude(after[at]) / magnitude(before[at]));
  }

  /** Of VGGish's 64 bands between 125 and 7500 Hz. */
  private static double hertz(double band) {
    double lowest = 1127 * Math.log(1 + 125 / 700.0);
    double highest = 1127 * Math.log(1 + 7500 / 700.0);
    return 700 * (Math.exp((lowest + (band + 1) * (highest - lowest) / 65) / 1127) - 1);
  }

  @Test
  void withoutAnySettingThePatchComesOutAsItIsAndNothingBesideItIsTouched() {
    float[] speech = speech(FRAMES, 1);
    float[] into = new float[PATCH + 2];
    new Augmenter(NONE).patch(speech, FRAMES, new SplittableRandom(1), into, 1);
    assertThat(Arrays.copyOfRange(into, 1, PATCH + 1)).containsExactly(speech, within(1e-5f));
    assertThat(into[0]).isZero();
    assertThat(into[PATCH + 1]).isZero();
  }

  @Test
  void theGainIsOneForTheWholePatchAndAsGreatAsStated() {
    Augmentation settings = Augmentations.of(new Augmentation.Microphone(0, 0, 0, 0, 10));
    float[] speech = speech(FRAMES, 1);
    for (int i = 0; i < PATCH; i++) {
      speech[i] = Math.max(0, speech[i]);
    }
    DoubleSummaryStatistics gains = new DoubleSummaryStatistics();
    float[] expected = new float[PATCH];
    for (int seed = 0; seed < DRAWS; seed++) {
      float[] patch = patch(settings, speech, seed);
      double gain = gain(speech, patch, 0, 0);
      gains.accept(gain);
      for (int i = 0; i < PATCH; i++) {
        expected[i] = (float) Math.log(magnitude(speech[i]) * Math.pow(10, gain / 20) + 0.01);
      }
      assertThat(furthest(patch, expected)).isLessThan(1e-5);
    }
    assertThat(gains.getMin()).isBetween(-10.001, -9.0);
    assertThat(gains.getMax()).isBetween(9.0, 10.001);
  }

  @Test
  void tempoReadsTheFramesFasterOrSlower() {
    Augmentation settings = Augmentations.of(new Augmentation.Voice(false, 0.15, 0));
    int reach = new Augmenter(settings).reach();
    float[] clock = new float[reach * BANDS];
    for (int i = 0; i < clock.length; i++) {
      clock[i] = frame(i) * 0.02f;
    }
    DoubleSummaryStatistics tempos = new DoubleSummaryStatistics();
    float[] expected = new float[PATCH];
    for (int seed = 0; seed < DRAWS; seed++) {
      float[] patch = patch(settings, clock, seed);
      double tempo = patch[(FRAMES - 1) * BANDS] / 0.02 / (FRAMES - 1);
      tempos.accept(tempo);
      for (int i = 0; i < PATCH; i++) {
        expected[i] = (float) (frame(i) * tempo * 0.02);
      }
      assertThat(furthest(patch, expected)).isLessThan(1e-4);
    }
    assertThat(tempos.getMin()).isBetween(0.8499, 0.86);
    assertThat(tempos.getMax()).isBetween(1.14, 1.1501);
  }

  @Test
  void aClickComesWhereTheTempoPutsIt() {
    Augmentation settings = Augmentations.of(new Augmentation.Voice(false, 0.15, 0));
    float[] click = constant(112, Augmenter.SILENCE);
    Arrays.fill(click, 60 * BANDS, 61 * BANDS, 3f);
    IntSummaryStatistics frames = new IntSummaryStatistics();
    for (int seed = 0; seed < DRAWS; seed++) {
      float[] patch = patch(settings, click, seed);
      int loudest = 0;
      for (int frame = 1; frame < FRAMES; frame++) {
        loudest = patch[frame * BANDS] > patch[loudest * BANDS] ? frame : loudest;
      }
      frames.accept(loudest);
    }
    // 60 / 1.15 = 52.2 and 60 / 0.85 = 70.6.
    assertThat(frames.getMin()).isBetween(52, 53);
    assertThat(frames.getMax()).isBetween(69, 71);
  }

  @Test
  void pitchMovesEveryFrequencyByTheSamePart() {
    Augmentation settings = Augmentations.of(new Augmentation.Voice(false, 0, 0.12));
    float[] scale = new float[PATCH];
    for (int i = 0; i < PATCH; i++) {
      scale[i] = i % BANDS * 0.05f;
    }
    DoubleSummaryStatistics pitches = new DoubleSummaryStatistics();
    for (int seed = 0; seed < DRAWS; seed++) {
      float[] patch = patch(settings, scale, seed);
      double pitch = hertz(30) / hertz(patch[30] / 0.05);
      pitches.accept(pitch);
      // Outside of these bands there is no source to read.
      for (int band = 8; band < 56; band++) {
        assertThat(hertz(band) / hertz(patch[band] / 0.05)).isCloseTo(pitch, within(1e-3));
        assertThat(patch[(FRAMES - 1) * BANDS + band]).isEqualTo(patch[band]);
      }
    }
    assertThat(pitches.getMin()).isBetween(0.879, 0.89);
    assertThat(pitches.getMax()).isBetween(1.11, 1.121);
  }

  @Test
  void missingFramesAreSilenceWhateverTheArrayHoldsThere() {
    Augmentation tempo = Augmentations.of(new Augmentation.Voice(false, 0.15, 0));
    float[] half = constant(112, 1);
    Arrays.fill(half, 40 * BANDS, half.length, 50f);
    float[] still = patch(NONE, half, 40, 1);
    assertThat(Arrays.copyOf(still, 40 * BANDS)).containsOnly(new float[] {1f}, within(1e-5f));
    assertThat(Arrays.copyOfRange(still, 40 * BANDS, PATCH))
        .containsOnly(new float[] {Augmenter.SILENCE}, within(1e-5f));
    for (int seed = 0; seed < DRAWS; seed++) {
      float[] patch = patch(tempo, half, 40, seed);
      int frame = 0;
      while (Math.abs(patch[frame * BANDS] - 1) < 1e-5) {
        frame++;
      }
      // 40 / 1.15 = 34.8 and 40 / 0.85 = 47.1.
      assertThat(frame).isBetween(35, 48);
      assertThat(Arrays.copyOfRange(patch, frame * BANDS, PATCH))
          .containsOnly(new float[] {Augmenter.SILENCE}, within(1e-5f));
    }
    assertThat(patch(NONE, half, 0, 1))
        .containsOnly(new float[] {Augmenter.SILENCE}, within(1e-5f));
  }

  @Test
  void masksSilenceOneStretchAndOneBandOfAtMostTheStatedSizes() {
    Augmentation settings = Augmentations.of(new Augmentation.Masks(1, 16, 8));
    IntSummaryStatistics lengths = new IntSummaryStatistics();
    IntSummaryStatistics widths = new IntSummaryStatistics();
    float[] expected = new float[PATCH];
    for (int seed = 0; seed < DRAWS; seed++) {
      float[] patch = patch(settings, constant(FRAMES, 1), seed);
      boolean[] frames = new boolean[FRAMES];
      boolean[] bands = new boolean[BANDS];
      for (int frame = 0; frame < FRAMES; frame++) {
        frames[frame] = allSilent(patch, frame * BANDS, 1, BANDS);
      }
      for (int band = 0; band < BANDS; band++) {
        bands[band] = allSilent(patch, band, BANDS, FRAMES);
      }
      for (int i = 0; i < PATCH; i++) {
        boolean masked = frames[i / BANDS] || bands[i % BANDS];
        expected[i] = masked ? Augmenter.SILENCE : 1;
      }
      assertThat(furthest(patch, expected)).isLessThan(1e-5);
      lengths.accept(stretch(frames));
      widths.accept(stretch(bands));
    }
    assertThat(lengths.getMin()).isZero();
    assertThat(lengths.getMax()).isEqualTo(16);
    assertThat(widths.getMin()).isZero();
    assertThat(widths.getMax()).isEqualTo(8);
  }

  private static boolean allSilent(float[] patch, int from, int step, int count) {
    for (int i = 0; i < count; i++) {
      if (Math.abs(patch[from + i * step] - Augmenter.SILENCE) > 1e-5) {
        return false;
      }
    }
    return true;
  }

  /** Length of the one stretch of true; fails if there are two. */
  private static int stretch(boolean[] flags) {
    int first = 0;
    while (first < flags.length && !flags[first]) {
      first++;
    }
    int end = first;
    while (end < flags.length && flags[end]) {
      end++;
    }
    for (int i = end; i < flags.length; i++) {
      assertThat(flags[i]).isFalse();
    }
    return end - first;
  }

  @Test
  void noiseIsSoFarBelowTheSpeechAndOfSuchSlopes() {
    Augmentation settings = Augmentations.of(new Augmentation.Surroundings(0, 1, 0));
    float[] speech = constant(FRAMES, Augmenter.SILENCE);
    Arrays.fill(speech, 0, PATCH / 2, 3f);
    DoubleSummaryStatistics ratios = new DoubleSummaryStatistics();
    DoubleSummaryStatistics slopes = new DoubleSummaryStatistics();
    for (int seed = 0; seed < DRAWS; seed++) {
      float[] patch = patch(settings, speech, seed);
      double noise = power(patch, PATCH / 2, PATCH, 1) / (PATCH / 2.0);
      double voice = power(speech, 0, PATCH, 1) / PATCH;
      ratios.accept(10 * Math.log10(voice / noise));
      double lowest = power(patch, PATCH / 2, PATCH, BANDS);
      double highest = power(patch, PATCH / 2 + BANDS - 1, PATCH, BANDS);
      slopes.accept(10 * Math.log10(highest / lowest));
    }
    // The noise's own swing and its slope add up to 5 dB to its level.
    assertThat(ratios.getMin()).isBetween(0.0, 6.0);
    assertThat(ratios.getMax()).isBetween(41.0, 45.0);
    assertThat(slopes.getMin()).isBetween(-15.0, -10.0);
    assertThat(slopes.getMax()).isBetween(18.0, 23.0);
  }

  private static double power(float[] patch, int from, int to, int step) {
    double sum = 0;
    for (int i = from; i < to; i += step) {
      sum += Math.pow(magnitude(patch[i]), 2);
    }
    return sum;
  }

  @Test
  void bandsAreAsWideAsTheyAreFarApart() {
    double[] widths = Augmenter.widths();
    for (int band = 0; band < BANDS; band++) {
      assertThat(widths[band])
          .isCloseTo((hertz(band + 1) - hertz(band - 1)) / 2, within(0.01 * widths[band]));
    }
  }

  /** {@link RoomTest} has what rooms do. */
  @Test
  void aRoomIsThereAsOftenAsStated() {
    float[] speech = speech(FRAMES, 1);
    int rooms = 0;
    for (int seed = 0; seed < DRAWS; seed++) {
      float[] patch =
          patch(Augmentations.of(new Augmentation.Surroundings(0.5, 0, 0)), speech, seed);
      rooms += furthest(patch, speech) > 0.1 ? 1 : 0;
    }
    assertThat(rooms / (double) DRAWS).isBetween(0.42, 0.58);
  }

  @Test
  void theMicrophoneColoursBandsAlikeInAllFramesAndNoMoreThanStated() {
    Augmentation settings = Augmentations.of(new Augmentation.Microphone(1, 8, 0, 0, 0));
    float[] flat = constant(FRAMES, 1);
    DoubleSummaryStatistics gains = new DoubleSummaryStatistics();
    for (int seed = 0; seed < DRAWS; seed++) {
      float[] patch = patch(settings, flat, seed);
      float[] last = Arrays.copyOfRange(patch, PATCH - BANDS, PATCH);
      assertThat(last).isEqualTo(Arrays.copyOf(patch, BANDS));
      for (int band = 0; band < BANDS; band++) {
        gains.accept(gain(flat, patch, 0, band));
      }
    }
    assertThat(gains.getMin()).isBetween(-8.001, -7.0);
    assertThat(gains.getMax()).isBetween(7.0, 8.001);
  }

  @Test
  void codecNoiseFollowsTheSound() {
    Augmentation settings = Augmentations.of(new Augmentation.Microphone(0, 0, 0, 1, 0));
    // A band of a voice that falls silent half way.
    float[] spectrogram = constant(FRAMES, Augmenter.SILENCE);
    for (int frame = 0; frame < FRAMES / 2; frame++) {
      spectrogram[frame * BANDS + 20] = 4;
    }
    double voice = magnitude(spectrogram[20]);
    DoubleSummaryStatistics levels = new DoubleSummaryStatistics();
    DoubleSummaryStatistics tilts = new DoubleSummaryStatistics();
    for (int seed = 0; seed < DRAWS; seed++) {
      float[] patch = patch(settings, spectrogram, seed);
      assertThat(allSilent(patch, FRAMES / 2 * BANDS, 1, FRAMES / 2 * BANDS)).isTrue();
      double noise = 0;
      double low = 0;
      double high = 0;
      for (int frame = 0; frame < FRAMES / 2; frame++) {
        for (int band = 0; band < BANDS; band++) {
          double heard = band == 20 ? 0 : magnitude(patch[frame * BANDS + band]);
          noise += heard / (FRAMES / 2);
          low += band < 10 ? heard : 0;
          high += band >= BANDS - 10 ? heard : 0;
        }
      }
      levels.accept(20 * Math.log10(noise / voice));
      tilts.accept(high / low);
    }
    assertThat(levels.getMin()).isBetween(-45.5, -43.0);
    assertThat(levels.getMax()).isBetween(-19.5, -17.5);
    // Bands are as wide as 700 Hz and their frequency together.
    assertThat(tilts.getMin()).isGreaterThan(5);
    assertThat(tilts.getMax()).isLessThan(11);
  }

  @Test
  void bandLimitsTakeAwayWhatIsOutsideAndNothingInside() {
    Augmentation settings = Augmentations.of(new Augmentation.Microphone(0, 0, 1, 0, 0));
    float[] flat = constant(FRAMES, 1);
    DoubleSummaryStatistics lowest = new DoubleSummaryStatistics();
    DoubleSummaryStatistics highest = new DoubleSummaryStatistics();
    for (int seed = 0; seed < DRAWS; seed++) {
      float[] patch = patch(settings, flat, seed);
      for (int band = 0; band < BANDS; band++) {
        double gain = gain(flat, patch, FRAMES / 2, band);
        if (hertz(band) > 400 && hertz(band) < 2000) {
          assertThat(gain).isCloseTo(0, within(1e-4));
        } else {
          assertThat(gain).isLessThan(1e-4);
        }
        if (hertz(band) >= 2000 && band > 0) {
          assertThat(gain).isLessThan(gain(flat, patch, FRAMES / 2, band - 1) + 1e-3);
        }
        if (hertz(band) <= 400 && band > 0) {
          assertThat(gain).isGreaterThan(gain(flat, patch, FRAMES / 2, band - 1) - 1e-3);
        }
      }
      lowest.accept(gain(flat, patch, 0, 0));
      highest.accept(gain(flat, patch, 0, BANDS - 1));
    }
    // At most 60 dB an octave below 400 Hz and above 2 kHz.
    double low = -60 * Math.log(400 / hertz(0)) / Math.log(2);
    double high = -60 * Math.log(hertz(BANDS - 1) / 2000) / Math.log(2);
    assertThat(lowest.getMin()).isBetween(low, low * 0.65);
    assertThat(lowest.getMax()).isCloseTo(0, within(1e-4));
    assertThat(highest.getMin()).isBetween(high, high * 0.65);
    assertThat(highest.getMax()).isGreaterThan(-1);
  }

  @Test
  void asManyExamplesAreChangedAsStated() {
    float[] speech = speech(FRAMES, 1);
    float[] same = patch(NONE, speech, 1);
    int noisy = 0;
    int masked = 0;
    Augmentation noise = Augmentations.of(new Augmentation.Surroundings(0, 0.4, 0));
    Augmentation mask = Augmentations.of(new Augmentation.Masks(0.3, 96, 0));
    for (int seed = 0; seed < 1000; seed++) {
      noisy += Arrays.equals(patch(noise, speech, seed), same) ? 0 : 1;
      masked += Arrays.equals(patch(mask, speech, seed), same) ? 0 : 1;
    }
    assertThat(noisy).isCloseTo(400, within(60));
    assertThat(masked).isCloseTo(300, within(60));
  }

  @Test
  void silenceIsNoiseWithoutTheVoiceAndIsTold() {
    Augmentation settings = Augmentations.of(new Augmentation.Surroundings(0, 0, 0.1));
    float[] click = constant(FRAMES, Augmenter.SILENCE);
    Arrays.fill(click, 10 * BANDS, 11 * BANDS, 3f);
    Augmenter augmenter = new Augmenter(settings);
    float[] patch = new float[PATCH];
    int silent = 0;
    for (int seed = 0; seed < 1000; seed++) {
      boolean hasVoice = augmenter.patch(click, FRAMES, new SplittableRandom(seed), patch, 0);
      if (hasVoice) {
        assertThat(furthest(patch, click)).isLessThan(1e-5);
      } else {
        silent++;
        double there = power(patch, 10 * BANDS, 11 * BANDS, 1);
        double all = power(patch, 0, PATCH, 1);
        assertThat(there).isBetween(all / FRAMES / 3, all / FRAMES * 3);
        // At least 5 dB, less 2 for its slope, below what the click was on average.
        assertThat(all).isLessThan(power(click, 0, PATCH, 1) * Math.pow(10, -0.3));
      }
    }
    assertThat(silent).isCloseTo(100, within(35));
  }

  @Test
  void everyDrawOfTheDefaultIsFiniteAndNoQuieterThanSilence() {
    Augmenter augmenter = new Augmenter(Augmentation.DEFAULT);
    float[][] inputs = {
      constant(112, Augmenter.SILENCE), constant(112, -10), constant(112, 8), speech(112, 1)
    };
    int[] frames = {112, FRAMES, 1, 0, 60};
    float[] patch = new float[PATCH];
    for (int seed = 0; seed < 1000; seed++) {
      augmenter.patch(
          inputs[seed % inputs.length],
          frames[seed % frames.length],
          new SplittableRandom(seed),
          patch,
          0);
      DoubleSummaryStatistics values = new DoubleSummaryStatistics();
      for (float value : patch) {
        values.accept(value);
      }
      // 8, 10 dB of the level, 8 of the microphone's and some of a room. No number gives none.
      assertThat(values.getMin()).isGreaterThan(Augmenter.SILENCE - 1e-4);
      assertThat(values.getMax()).isLessThan(12);
    }
  }

  @Test
  void theSameSeedGivesTheSamePatchWhateverCameBefore() {
    float[] speech = speech(112, 1);
    Augmenter used = new Augmenter(Augmentation.DEFAULT);
    float[] again = new float[PATCH];
    for (int seed = 0; seed < 20; seed++) {
      used.patch(constant(112, 5), 112, new SplittableRandom(-seed), again, 0);
      used.patch(speech, 112, new SplittableRandom(seed), again, 0);
      assertThat(again).isEqualTo(patch(Augmentation.DEFAULT, speech, seed));
      assertThat(again).isNotEqualTo(patch(Augmentation.DEFAULT, speech, seed + 1));
    }
  }
}
