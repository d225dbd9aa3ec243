package org.segmentser.audio;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ResamplerTest {

  private static final int TARGET = 16000;

  @ParameterizedTest
  @ValueSource(
      ints = {
        1000, 7919, 8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000, 96000, 192000,
        768000
      })
  void anyBlocksGiveTheSameSamplesAndTheExactCount(int rate) {
    Random random = new Random(rate);
    for (int length : new int[] {0, 1, 2, 47, 49, 1000, 20011}) {
      float[] input = new float[length];
      for (int i = 0; i < length; i++) {
        input[i] = random.nextFloat() * 2 - 1;
      }
      float[] whole = resample(input, rate, Math.max(1, length), random);
      assertThat(whole).hasSize((int) ((long) length * TARGET / rate));
      assertThat(resample(input, rate, 777, random)).isEqualTo(whole);
      assertThat(resample(input, rate, 5, random)).isEqualTo(whole);
    }
  }

  @ParameterizedTest
  @ValueSource(
      ints = {7919, 8000, 11025, 12000, 22050, 24000, 32000, 44100, 48000, 96000, 192000, 767999})
  void sinesInThePassbandKeepAmplitudeAndPhase(int rate) {
    for (double part : new double[] {0.01, 0.3, 0.6, 0.85}) {
      double hertz = part * Math.min(rate, TARGET) / 2;
      float[] output = resample(sine(hertz, rate), rate, 4096, new Random(1));
      double worst = 0;
      for (int i = 1000; i < output.length - 1000; i++) {
        double expected = Math.sin(2 * Math.PI * hertz * i / TARGET);
        worst = Math.max(worst, Math.abs(output[i] - expected));
      }
      assertThat(worst).as("%s Hz", hertz).isLessThan(1e-3);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {22050, 24000, 32000, 44100, 48000, 96000, 192000, 767999})
  void whatTheTargetRateCannotHoldIsGone(int rate) {
    for (double hertz : new double[] {8200, 9000, 10500}) {
      float[] output = resample(sine(hertz, rate), rate, 4096, new Random(1));
      double energy = 0;
      for (int i = 1000; i < output.length - 1000; i++) {
        energy += output[i] * output[i];
      }
      double rms = Math.sqrt(energy / (output.length - 2000));
      assertThat(20 * Math.log10(rms * Math.sqrt(2))).as("%s Hz", hertz).isLessThan(-80);
    }
  }

  /** Up-sampling makes mirror images above the old Nyquist frequency. */
  @ParameterizedTest
  @ValueSource(ints = {7919, 8000, 11025, 12000})
  void imagesAreGone(int rate) {
    double hertz = 0.8 * rate / 2;
    float[] output = resample(sine(hertz, rate), rate, 4096, new Random(1));
    double image = rate - hertz;
    double cos = 0;
    double sin = 0;
    int count = output.length - 2000;
    for (int i = 0; i < count; i++) {
      double hann = 1 - Math.cos(2 * Math.PI * i / count);
      cos += hann * output[i + 1000] * Math.cos(2 * Math.PI * image * i / TARGET);
      sin += hann * output[i + 1000] * Math.sin(2 * Math.PI * image * i / TARGET);
    }
    assertThat(20 * Math.log10(2 * Math.hypot(cos, sin) / count)).isLessThan(-80);
  }

  @Test
  void equalRatesPassThrough() {
    float[] input = sine(1000, TARGET);
    assertThat(resample(input, TARGET, 100, new Random(1))).containsExactly(input);
  }

  @Test
  void anHourIsAsCheapAsASecond() {
    Resampler resampler = new Resampler(44100, TARGET);
    float[] second = sine(1000, 44100);
    float[] out = new float[resampler.maxOutput(second.length)];
    long total = 0;
    for (int i = 0; i < 600; i++) {
      total += resampler.process(second, 0, second.length, out);
    }
    total += resampler.finish(out);
    assertThat(total).isEqualTo(600L * second.length * TARGET / 44100);
  }

  @Test
  void refusesARateOfZero() {
    assertThatThrownBy(() -> new Resampler(0, TARGET))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("0");
  }

  private static float[] sine(double hertz, int rate) {
    float[] sine = new float[rate / 2];
    for (int i = 0; i < sine.length; i++) {
      sine[i] = (float) Math.sin(2 * Math.PI * hertz * i / rate);
    }
    return sine;
  }

  /** Resamples in blocks of random sizes up to {@code largest}, into exactly the promised room. */
  private static float[] resample(float[] input, int rate, int largest, Random random) {
    Resampler resampler = new Resampler(rate, TARGET);
    float[] output = new float[(int) ((long) input.length * TARGET / rate) + 1];
    int filled = 0;
    int taken = 0;
    while (taken < input.length) {
      int length = Math.min(1 + random.nextInt(largest), input.length - taken);
      float[] block = new float[resampler.maxOutput(length)];
      int count = resampler.process(input, taken, length, block);
      System.arraycopy(block, 0, output, filled, count);
      filled += count;
      taken += length;
    }
    float[] block = new float[resampler.maxOutput(0)];
    int count = resampler.finish(block);
    System.arraycopy(block, 0, output, filled, count);
    return Arrays.copyOf(output, filled + count);
  }
}
