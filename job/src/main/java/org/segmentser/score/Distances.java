package org.segmentser.score;

import java.io.Serializable;
import java.util.Map;
import java.util.TreeMap;

/**
 * Distances of clips, counted in steps of a thousandth, so that those of any number of clips fit
 * into memory and add up. Not thread-safe.
 */
final class Distances implements Serializable {
  private static final long serialVersionUID = 1L;

  private static final double STEP = 0.001;

  /** All that is nearer is as near as this. */
  private static final double LEAST = 1e-6;

  private final TreeMap<Integer, Long> counts = new TreeMap<>();
  private long count;
  private long far;

  /** Adds one of at least 0. */
  void add(double distance, boolean isFar) {
    int step = (int) Math.floor(Math.log(Math.max(LEAST, distance)) / STEP);
    counts.merge(step, 1L, Long::sum);
    count++;
    far += isFar ? 1 : 0;
  }

  void add(Distances other) {
    other.counts.forEach((step, some) -> counts.merge(step, some, Long::sum));
    count += other.count;
    far += other.far;
  }

  /** How many there are. */
  long count() {
    return count;
  }

  /** How many of them are far. */
  long far() {
    return far;
  }

  /** The median, to a thousandth of it; NaN of none. */
  double median() {
    return (ranked((count - 1) / 2) + ranked(count / 2)) / 2;
  }

  private double ranked(long rank) {
    long seen = 0;
    for (Map.Entry<Integer, Long> step : counts.entrySet()) {
      seen += step.getValue();
      if (seen > rank) {
        return Math.exp((step.getKey() + 0.5) * STEP);
      }
    }
    return Double.NaN;
  }
}
