package org.segmentser.train;

/** Says whether a training is to end. Closed once the training has ended. */
public interface StopRequest extends AutoCloseable {
  /** Whether the training is to end with its last whole epoch. */
  boolean isWanted();

  /**
   * Whether the best epoch so far is to become the model; else the process is to go, and another
   * one may resume the training. The stop must be wanted.
   */
  boolean keepsBest();

  /** The exit code of a process that leaves no model behind. The stop must be wanted. */
  int exitCode();

  @Override
  void close();
}
