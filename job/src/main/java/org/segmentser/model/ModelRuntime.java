package org.segmentser.model;

import java.io.Serializable;

/**
 * What a model may use of the machine that it is loaded on.
 *
 * @param threads that work on a call; 0 for as many as the process that loads the model sees
 *     processors. Calls of several threads run side by side and share them
 * @param device that computes
 */
public record ModelRuntime(int threads, Device device) implements Serializable {
  /** What computes a network. */
  public enum Device {
    /** The machine's processors. */
    CPU
  }

  /** Refuses a number of threads below 0. */
  public ModelRuntime {
    if (threads < 0) {
      throw new IllegalArgumentException(threads + " threads");
    }
  }

  /**
   * Some of the processors.
   *
   * @param threads as for the record: 0 for as many as the process sees processors
   */
  public static ModelRuntime of(int threads) {
    return new ModelRuntime(threads, Device.CPU);
  }

  /** All processors that the process that loads the model sees. */
  public static ModelRuntime wholeMachine() {
    return of(0);
  }

  /** The number of threads in this process, at least 1. */
  public int threadsHere() {
    return threads > 0 ? threads : Runtime.getRuntime().availableProcessors();
  }
}
