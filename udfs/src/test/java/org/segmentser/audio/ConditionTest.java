package org.segmentser.audio;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.segmentser.dsp.FrontEnd;

class ConditionTest {
  private static final int RATE = FrontEnd.SAMPLE_RATE;

  @Test
  void cleanTouchesNothing() {
    float[] samples = noise(RATE, 1);
    assertThat(apply(Condition.CLEAN, samples)).containsExactly(samples);
  }

  @Test
  void quietIs20DecibelsLower() {
    float[] samples = noise(RATE, 1);
    assertThat(level(apply(Condition.QUIET, samples)) - level(samples)).isCloseTo(-20, within(.01));
  }

  @Test
  void loudIs12DecibelsHigherUpToFullScale() {
    float[] low = sine(440, 0.2, RATE);
    assertThat(level(apply(Condition.LOUD, low)) - level(low)).isCloseTo(12, within(0.01));
    float[] clipped = apply(Condition.LOUD, sine(440, 0.9, RATE));
    assertThat(clipped).contains(1f, -1f);
    for (float sample : clipped) {
      assertThat(sample).isBetween(-1f, 1f);
    }
  }

  /** The Butterworth curve, whose frequencies the bilinear transform warps. */
  @ParameterizedTest
  @CsvSource({
    "100, -38.2, 0.5",
    "150, -24.1, 0.3",
    "300, -3, 0.2",
    "600, 0, 0.2",
    "1010, 0, 0.1",
    "2000, 0, 0.2",
    "3400, -3, 0.2",
    "5000, -22.3, 0.3",
    "7000, -64.4, 2.0"
  })
  void telephoneHasItsBand(double frequency, double gain, double tolerance) {
    assertThat(gain(Condition.TELEPHONE, frequency)).isCloseTo(gain, within(tolerance));
  }

  @Test
  void muLawHasItsSteps() {
    TreeSet<Double> steps = new TreeSet<>();
    for (int i = -40_000; i <= 40_000; i++) {
      double x = i / 32768.0;
      double y = MuLaw.roundTrip(x);
      steps.add(y + 0.0);
      if (Math.abs(x) < 0.98) {
        assertThat(Math.abs(y - x)).isLessThanOrEqualTo(Math.abs(x) / 16 + 9 / 32768.0);
      }
    }
    assertThat(steps).hasSize(255).contains(0.0, 32124 / 32768.0, -32124 / 32768.0);
  }

  @Test
  void noiseIs10DecibelsBelow() {
    float[] samples = noise(20 * RATE, 1);
    float[] added = difference(apply(Condition.NOISE, samples), samples);
    assertThat(level(samples) - level(added)).isCloseTo(10, within(0.5));
    float[] lower = apply(Condition.QUIET, samples);
    assertThat(level(difference(apply(Condition.NOISE, lower), lower)) - level(added))
        .isCloseTo(-20, within(0.1));
    assertThat(apply(Condition.NOISE, new float[RATE])).containsOnly(0f);
  }

  @Test
  void noiseIsPink() {
    float[] steady = new float[40 * RATE];
    Arrays.fill(steady, 0.5f);
    float[] added = difference(apply(Condition.NOISE, steady), steady);
    double reference = band(added, 1000);
    for (double frequency : new double[] {62.5, 125, 250, 500, 2000, 4000}) {
      double octaves = Math.log(frequency / 1000) / Math.log(2);
      assertThat(band(added, frequency) - reference)
          .as("%s Hz", frequency)
          .isCloseTo(-3.01 * octaves, within(1.2));
    }
  }

  @Test
  void roomDecaysInHalfASecond() {
    float[] impulse = new float[RATE];
    impulse[0] = 1;
    float[] response = apply(Condition.ROOM, impulse);
    double[] left = new double[response.length + 1];
    for (int i = response.length - 1; i >= 0; i--) {
      left[i] = left[i + 1] + (double) response[i] * response[i];
    }
    assertThat(left[0]).isCloseTo(1, within(0.01));
    assertThat(10 * Math.log10((left[0] - left[1]) / left[1])).isCloseTo(1.5, within(0.05));
    int from = first(left, left[1], -5);
    int to = first(left, left[1], -35);
    assertThat(2.0 * (to - from) / RATE).isCloseTo(0.5, within(0.03));
  }

  @ParameterizedTest
  @CsvSource({"100, 0, 0.1", "1000, -3, 0.05", "2000, -7.27, 0.05", "4000, -14.2, 0.05"})
  void dullTakesTheHighTones(double frequency, double gain, double tolerance) {
    assertThat(gain(Condition.DULL, frequency)).isCloseTo(gain, within(tolerance));
  }

  @ParameterizedTest
  @EnumSource
  void blocksDoNotShow(Condition condition) {
    float[] samples = noise(3 * RATE, 2);
    float[] whole = apply(condition, samples);
    float[] pieces = samples.clone();
    Effect effect = condition.begin();
    Random random = new Random(3);
    for (int at = 0; at < pieces.length; ) {
      int n = Math.min(random.nextInt(5000), pieces.length - at);
      effect.apply(pieces, at, n);
      at += n;
    }
    assertThat(pieces).containsExactly(whole);
    assertThat(apply(condition, samples)).containsExactly(whole);
  }

  private static float[] apply(Condition condition, float[] samples) {
    float[] result = samples.clone();
    condition.begin().apply(result, 0, result.length);
    return result;
  }

  /** Of a tone, once the filter has settled, in dB. */
  private static double gain(Condition condition, double frequency) {
    float[] tone = sine(frequency, 0.5, 2 * RATE);
    return tone(apply(condition, tone), frequency, RATE, RATE) - tone(tone, frequency, RATE, RATE);
  }

  /** Level of one frequency in a stretch, in dB. */
  private static double tone(float[] samples, double frequency, int from, int length) {
    double re = 0;
    double im = 0;
    for (int i = 0; i < length; i++) {
      double window = 1 - Math.cos(2 * Math.PI * i / length);
      double angle = 2 * Math.PI * frequency * (from + i) / RATE;
      re += window * samples[from + i] * Math.cos(angle);
      im += window * samples[from + i] * Math.sin(angle);
    }
    return 20 * Math.log10(Math.hypot(re, im) / length);
  }

  /** Mean power about a frequency, in dB; from the second half on, where the level is steady. */
  private static double band(float[] samples, double frequency) {
    double sum = 0;
    int length = RATE / 4;
    int count = 0;
    for (int from = samples.length / 2; from + length <= samples.length; from += length) {
      for (int bin = -2; bin <= 2; bin++) {
        sum += Math.pow(10, tone(samples, frequency + bin * 8.0, from, length) / 10);
        count++;
      }
    }
    return 10 * Math.log10(sum / count);
  }

  private static int first(double[] left, double whole, double level) {
    int i = 1;
    while (10 * Math.log10(left[i] / whole) > level) {
      i++;
    }
    return i;
  }

  private static double level(float[] samples) {
    double sum = 0;
    for (float sample : samples) {
      sum += (double) sample * sample;
    }
    return 10 * Math.log10(sum / samples.length);
  }

  private static float[] difference(float[] a, float[] b) {
    float[] difference = new float[a.length];
    for (int i = 0; i < a.length; i++) {
      difference[i] = a[i] - b[i];
    }
    return difference;
  }

  private static float[] sine(double frequency, double amplitude, int samples) {
    float[] sine = new float[samples];
    for (int i = 0; i < samples; i++) {
      sine[i] = (float) (amplitude * Math.sin(2 * Math.PI * frequency * i / RATE));
    }
    return sine;
  }

  private static float[] noise(int samples, long seed) {
    Random random = new Random(seed);
    float[] noise = new float[samples];
    for (int i = 0; i < samples; i++) {
      noise[i] = (float) (random.nextDouble() - 0.5);
    }
    return noise;
  }
}
