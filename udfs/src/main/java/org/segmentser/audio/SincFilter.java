package org.segmentser.audio;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The interpolation filter between two sample rates: a Kaiser-windowed sinc with the parameters of
 * resampy's {@code kaiser_best}, tabulated per phase. Immutable.
 *
 * <p>The k-th tap of an output between inputs n and n + 1 belongs to input n - taps / 2 + 1 + k.
 */
final class SincFilter {

  private static final int ZERO_CROSSINGS = 50;
  private static final double BETA = 12.984585247040012;
  private static final double ROLLOFF = 0.917347;

  /** Phases per zero crossing that put linear interpolation between them below -120 dB. */
  private static final int PHASES = 1024;

  private static final int CACHED = 16;

  private static final Map<Rates, SincFilter> CACHE =
      new LinkedHashMap<>(CACHED, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Rates, SincFilter> eldest) {
          return size() > CACHED;
        }
      };

  private record Rates(int source, int target) {}

  private final int up;
  private final int down;
  private final int taps;
  private final boolean exact;
  private final float[][] phases;

  private SincFilter(Rates rates) {
    int gcd = gcd(rates.source, rates.target);
    up = rates.target / gcd;
    down = rates.source / gcd;
    double scale = Math.min(1.0, (double) up / down);
    int half = (int) Math.ceil(ZERO_CROSSINGS / scale);
    taps = 2 * half;
    // A stretched filter is smoother, so that the table is about as large for every rate.
    int dense = (int) Math.ceil(PHASES * scale);
    exact = up <= dense;
    int count = exact ? up : dense;
    // Interpolation reaches one phase past the last.
    phases = new float[exact ? count : count + 1][taps];
    for (int p = 0; p < phases.length; p++) {
      for (int k = 0; k < taps; k++) {
        double distance = k - half + 1 - (double) p / count;
        phases[p][k] = (float) (scale * windowedSinc(scale * distance));
      }
    }
  }

  /** The filter from {@code source} Hz to {@code target} Hz, out of a small cache. */
  static SincFilter of(int source, int target) {
    if (source < 1 || target < 1) {
      throw new IllegalArgumentException("sample rates " + source + " and " + target + " Hz");
    }
    synchronized (CACHE) {
      return CACHE.computeIfAbsent(new Rates(source, target), SincFilter::new);
    }
  }

  /** Outputs per {@link #down()} inputs, in lowest terms. */
  int up() {
    return up;
  }

  int down() {
    return down;
  }

  int taps() {
    return taps;
  }

  /** Whether there is a row of weights for every phase; else they are interpolated. */
  boolean exact() {
    return exact;
  }

  /** The weights of an exact filter's phase; not to be changed. */
  float[] weights(int phase) {
    return phases[phase];
  }

  /**
   * The interpolated output at {@code phase / up} past the middle of the taps from {@code base}.
   */
  float apply(float[] samples, int base, int phase) {
    double index = (double) phase * (phases.length - 1) / up;
    int lower = (int) index;
    float weight = (float) (index - lower);
    return (1 - weight) * dot(phases[lower], samples, base)
        + weight * dot(phases[lower + 1], samples, base);
  }

  /** Independent sums, so that the processor need not wait for one addition to begin the next. */
  private static float dot(float[] weights, float[] samples, int base) {
    float s0 = 0;
    float s1 = 0;
    float s2 = 0;
    float s3 = 0;
    int k = 0;
    for (; k < weights.length - 3; k += 4) {
      s0 += weights[k] * samples[base + k];
      s1 += weights[k + 1] * samples[base + k + 1];
      s2 += weights[k + 2] * samples[base + k + 2];
      s3 += weights[k + 3] * samples[base + k + 3];
    }
    for (; k < weights.length; k++) {
      s0 += weights[k] * samples[base + k];
    }
    return (s0 + s1) + (s2 + s3);
  }

  /** The continuous filter at {@code t} zero crossings from its middle. */
  private static double windowedSinc(double t) {
    double edge = t / ZERO_CROSSINGS;
    if (Math.abs(edge) > 1) {
      return 0;
    }
    double x = Math.PI * ROLLOFF * t;
    double sinc = x == 0 ? 1 : Math.sin(x) / x;
    return ROLLOFF * sinc * bessel(BETA * Math.sqrt(1 - edge * edge)) / bessel(BETA);
  }

  /** The modified Bessel function of the first kind and order 0, by its power series. */
  private static double bessel(double x) {
    double sum = 1;
    double term = 1;
    for (int k = 1; term > sum * 1e-17; k++) {
      term *= (x / (2 * k)) * (x / (2 * k));
      sum += term;
    }
    return sum;
  }

  private static int gcd(int a, int b) {
    return b == 0 ? a : gcd(b, a % b);
  }
}
