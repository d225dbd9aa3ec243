package org.segmentser.train;

/** Says whether the user wants a training to end. Closed once the training has ended. */
public interface StopRequest extends AutoCloseable {
  /** Whether the training is to end with its last whole epoch. */
  boolean isWanted();

  @Override
  void close();
}
