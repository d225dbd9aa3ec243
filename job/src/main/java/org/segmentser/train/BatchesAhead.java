package org.segmentser.train;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.IntFunction;
import org.segmentser.network.TrainableModel.Batch;

/**
 * Makes an epoch's batches before they are asked for, in threads of its own, and gives them in
 * their order. At most one more than there are threads wait to be asked for. Not thread-safe.
 */
final class BatchesAhead implements AutoCloseable {
  private final IntFunction<Batch> maker;
  private final int count;
  private final ExecutorService threads;
  private final Deque<Future<Batch>> ahead = new ArrayDeque<>();
  private int begun;

  /**
   * Begins with the first batches.
   *
   * @param maker of a batch by its index, from 0; called from several threads at a time
   * @param count of batches
   * @param threads at least 1
   */
  BatchesAhead(IntFunction<Batch> maker, int count, int threads) {
    this.maker = maker;
    this.count = count;
    this.threads = Executors.newFixedThreadPool(threads, BatchesAhead::daemon);
    for (int i = 0; i <= threads; i++) {
      beginNext();
    }
  }

  private static Thread daemon(Runnable work) {
    Thread thread = new Thread(work, "training-batches");
    thread.setDaemon(true);
    return thread;
  }

  private void beginNext() {
    if (begun < count) {
      int index = begun++;
      ahead.add(threads.submit(() -> maker.apply(index)));
    }
  }

  /**
   * The next batch; there must be one. What its making threw is thrown as it is.
   *
   * @throws IllegalStateException if the thread is interrupted
   */
  Batch next() {
    Future<Batch> next = ahead.remove();
    beginNext();
    try {
      return next.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while training", e);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof Error error) {
        throw error;
      }
      throw (RuntimeException) e.getCause();
    }
  }

  /** Waits until no thread is at work any more; batches that have not been begun are left out. */
  @Override
  public void close() {
    // Without interrupts, which would close the file that batches are read from.
    ahead.forEach(batch -> batch.cancel(false));
    threads.shutdown();
    boolean isInterrupted = false;
    boolean isOver = false;
    while (!isOver) {
      try {
        isOver = threads.awaitTermination(1, TimeUnit.DAYS);
      } catch (InterruptedException e) {
        isInterrupted = true;
      }
    }
    if (isInterrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
