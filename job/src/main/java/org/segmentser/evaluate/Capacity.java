package org.segmentser.evaluate;

/**
 * What a cluster's executors have for folds.
 *
 * @param executors how many, at least 1
 * @param tasks that run at the same time on one of them, at least 1
 * @param bytes outside the heap of one of them
 */
record Capacity(int executors, int tasks, long bytes) {
  /**
   * Folds that may be trained at the same time; one per executor at least.
   *
   * @param bytesPerFold that one needs outside the heap
   */
  int folds(long bytesPerFold) {
    return executors * (int) Math.max(1, Math.min(tasks, bytes / bytesPerFold));
  }
}
