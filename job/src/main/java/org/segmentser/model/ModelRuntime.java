package org.segmentser.model;

import java.io.Serializable;

/**
 * What a model may use of the machine that it is loaded on.
 *
 * @param threads that work on a call; 0 for as many as the process that loads the model sees
 *     processors. Calls of several threads run side by side and share them
 * @param device that computes
 * @param convolution how predictions compute convolutions; training has one way only
 */
public record ModelRuntime(int threads, Device device, Convolution convolution)
    implements Serializable {
  /** What computes a network. */
  public enum Device {
    /** The machine's processors. */
    CPU
  }

  /** A way to compute convolutions. All of them agree but for the rounding of the last digits. */
  public enum Convolution {
    /** Whichever is fastest here for each layer, by a measurement when the model is loaded. */
    MEASURED,
    /** As TensorFlow does. */
    DIRECT,
    /** By products of tiles, which takes a quarter of the multiplications. */
    WINOGRAD
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
    return new ModelRuntime(threads, Device.CPU, Convolution.MEASURED);
  }

  /** The same with a certain way to compute convolutions. */
  public ModelRuntime with(Convolution way) {
    return new ModelRuntime(threads, device, way);
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
