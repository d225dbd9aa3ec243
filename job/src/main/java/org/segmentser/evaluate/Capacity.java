package org.segmentser.evaluate;

/**
 * What the executors have for folds.
 *
 * @param executors how many there are, at least 1
 * @param tasks that run at the same time on one executor, at least 1
 * @param bytes outside the heap of one executor
 */
record Capacity(int executors, int tasks, long bytes) {
  /**
   * Folds that may be trained at the same time, at least one per executor.
   *
   * @param bytesPerFold that a fold needs outside the heap
   */
  int folds(long bytesPerFold) {
    return executors * (int) Math.max(1, Math.min(tasks, bytes / bytesPerFold));
  }
}
