package org.segmentser.speech;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;
import org.segmentser.segment.Clips;

class SpectraTest {
  private static final int WINDOWS = 3;

  @Test
  void magnitudesAreThoseOfTheDefinition() {
    float[] samples = Clips.noise(2000, 1);
    int[] starts = {700, 0, 1424};
    float[][] magnitudes = new Spectra(WINDOWS + 1).magnitudes(samples, starts, WINDOWS);
    for (int window = 0; window < WINDOWS; window++) {
      for (int frame = 0; frame < 4; frame++) {
        for (int bin = 0; bin < 129; bin++) {
          assertThat((double) magnitudes[bin][frame * WINDOWS + window])
              .as("window %s, frame %s, bin %s", window, frame, bin)
              .isCloseTo(magnitude(samples, starts[window], frame, bin), within(2e-5));
        }
      }
    }
  }

  private static double magnitude(float[] samples, int start, int frame, int bin) {
    double re = 0;
    double im = 0;
    for (int n = 0; n < 256; n++) {
      int at = frame * 128 + n;
      int reflected = at < 576 ? at : 575 - (at - 575);
      double hann = 0.5 - 0.5 * Math.cos(2 * Math.PI * n / 256);
      re += hann * samples[start + reflected] * Math.cos(2 * Math.PI * bin * n / 256);
      im += hann * samples[start + reflected] * Math.sin(2 * Math.PI * bin * n / 256);
    }
    return Math.hypot(re, im);
  }
}
