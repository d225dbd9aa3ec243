package org.segmentser.metrics;

/**
 * How the intervals of figures are to be computed.
 *
 * @param resamples how often to draw, at least once
 * @param seed of the draws; the same seed gives the same intervals
 */
public record BootstrapSettings(int resamples, long seed) {
  /** As many as are usual. */
  public static final int DEFAULT_RESAMPLES = 2_000;

  /** Used when nothing else is asked for. */
  public static final BootstrapSettings DEFAULT = new BootstrapSettings(DEFAULT_RESAMPLES, 1);

  /** Checks the number of resamples. */
  public BootstrapSettings {
    if (resamples < 1) {
      throw new IllegalArgumentException("resamples must be at least 1, not " + resamples);
    }
  }
}
