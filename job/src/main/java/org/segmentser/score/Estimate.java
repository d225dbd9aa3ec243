package org.segmentser.score;

/**
 * What a run will take, about.
 *
 * @param audio what there is to score
 * @param time what it takes
 * @param partitions tasks of the pass over the audio
 * @param tableBytes what it writes
 * @param driverBytes heap that the driver needs
 */
public record Estimate(Audio audio, Time time, int partitions, long tableBytes, long driverBytes) {

  /**
   * What there is to score.
   *
   * @param seconds of audio
   */
  public record Audio(double seconds, long segments) {}

  /**
   * What it takes.
   *
   * @param coreS seconds of one core
   * @param frontEnd the part of it that decoding and patches take; 0 to 1
   * @param wallS seconds from start to end
   * @param cores that work at the same time
   */
  public record Time(double coreS, double frontEnd, double wallS, int cores) {}
}
