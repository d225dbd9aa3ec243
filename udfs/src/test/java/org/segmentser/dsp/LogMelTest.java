package org.segmentser.dsp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.Random;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LogMelTest {
  private static final int FRAMES = FrontEnd.FRAMES;

  /** The definition, sum by sum. */
  private static double[] reference(float[] samples, int offset) {
    double[] bands = new double[FrontEnd.BANDS];
    double[] magnitude = new double[FrontEnd.FFT / 2];
    for (int bin = 0; bin < magnitude.length; bin++) {
      double re = 0;
      double im = 0;
      for (int i = 0; i < FrontEnd.WINDOW; i++) {
        double hann = 0.5 - 0.5 * Math.cos(2 * Math.PI * i / FrontEnd.WINDOW);
        double angle = 2 * Math.PI * (bin * i % FrontEnd.FFT) / FrontEnd.FFT;
        re += samples[offset + i] * hann * Math.cos(angle);
        im -= samples[offset + i] * hann * Math.sin(angle);
      }
      magnitude[bin] = Math.hypot(re, im);
    }
    double lowest = FrontEnd.mel(FrontEnd.MIN_HZ);
    double step = (FrontEnd.mel(FrontEnd.MAX_HZ) - lowest) / (FrontEnd.BANDS + 1);
    for (int band = 0; band < FrontEnd.BANDS; band++) {
      double sum = 0;
      for (int bin = 1; bin < magnitude.length; bin++) {
        double mel = FrontEnd.mel((double) bin * FrontEnd.SAMPLE_RATE / FrontEnd.FFT);
        double distance = Math.abs((mel - lowest) / step - band - 1);
        sum += Math.max(0, 1 - distance) * magnitude[bin];
      }
      bands[band] = Math.log(sum + FrontEnd.LOG_OFFSET);
    }
    return bands;
  }

  private static float[] noise(int length) {
    Random random = new Random(1);
    float[] samples = new float[length];
    for (int i = 0; i < length; i++) {
      // From silence to full scale.
      samples[i] = (float) (random.nextGaussian() * Math.pow(10, -6.0 * i / length));
    }
    return samples;
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 48, FRAMES})
  void agreesWithTheDefinition(int count) {
    float[] samples = noise(7 + (FRAMES - 1) * FrontEnd.HOP + FrontEnd.WINDOW);
    float[] bands = new float[5 + FRAMES * FrontEnd.BANDS + 1];
    Arrays.fill(bands, 99f);
    new LogMel().frames(samples, 7, count, bands, 5);
    for (int frame = 0; frame < count; frame++) {
      double[] expected = reference(samples, 7 + frame * FrontEnd.HOP);
      for (int band = 0; band < FrontEnd.BANDS; band++) {
        assertThat((double) bands[5 + frame * FrontEnd.BANDS + band])
            .isCloseTo(expected[band], within(1e-6));
      }
    }
    assertThat(bands[4]).isEqualTo(99f);
    assertThat(Arrays.copyOfRange(bands, 5 + count * FrontEnd.BANDS, bands.length))
        .containsOnly(99f);
  }

  @Test
  void framesDoNotDependOnThoseBesideThem() {
    float[] samples = noise((FRAMES - 1) * FrontEnd.HOP + FrontEnd.WINDOW);
    LogMel logMel = new LogMel();
    float[] together = new float[FRAMES * FrontEnd.BANDS];
    logMel.frames(samples, 0, FRAMES, together, 0);
    float[] alone = new float[FRAMES * FrontEnd.BANDS];
    for (int frame = 0; frame < FRAMES; frame++) {
      logMel.frames(samples, frame * FrontEnd.HOP, 1, alone, frame * FrontEnd.BANDS);
    }
    assertThat(alone).isEqualTo(together);
  }

  @Test
  void logarithmIsThatOfTheJdk() {
    Random random = new Random(1);
    for (int i = 0; i < 1_000_000; i++) {
      double x = 0.01 + Math.exp(40 * random.nextDouble() - 20);
      assertThat(Math.abs(Logarithm.of(x) - Math.log(x))).isLessThan(4e-15);
    }
    assertThat(Logarithm.of(1)).isCloseTo(0, within(1e-15));
  }

  @Test
  void theLogarithmIsExactFarFromSpeechToo() {
    SplittableRandom random = new SplittableRandom(2);
    double worst = 0;
    for (int i = 0; i < 1_000_000; i++) {
      double x = Math.exp(random.nextDouble(-700, 700) / (i % 2 == 0 ? 1 : 50));
      worst = Math.max(worst, Math.abs(Logarithm.of(x) - Math.log(x)));
    }
    assertThat(worst).isLessThan(1e-9);
    for (double x : new double[] {Double.MIN_NORMAL, 1, Math.nextDown(2.0), 2, Double.MAX_VALUE}) {
      assertThat(Math.abs(Logarithm.of(x) - Math.log(x))).isLessThan(1e-9);
    }
  }
}
