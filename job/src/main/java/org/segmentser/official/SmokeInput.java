package org.segmentser.official;

import java.util.List;

/** The front end that smoke tests are run through: from samples to the network's input. */
@FunctionalInterface
public interface SmokeInput {
  /**
   * The patches of a clip, back to back, without padding.
   *
   * @param samples mono, in [-1, 1]
   * @param sampleRate of the samples, which are resampled if it is not 16 kHz
   * @return each encoded as {@link org.segmentser.segment.Patch} says
   */
  List<byte[]> patches(float[] samples, int sampleRate);
}
