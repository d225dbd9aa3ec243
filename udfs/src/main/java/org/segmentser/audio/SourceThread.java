package org.segmentser.audio;

import java.io.EOFException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Makes the calls to one {@link ByteSource} on a daemon thread of its own, so that storage that
 * does not answer costs the caller no more than the time that it is willing to wait. After a {@link
 * TimeoutException} the thread is left to itself: it is interrupted, closes the source if it ever
 * gets there, and ends.
 *
 * <p>Deadlines are values of {@link System#nanoTime()}. One thread at a time may use it.
 */
final class SourceThread {

  private final ExecutorService thread =
      Executors.newFixedThreadPool(
          1,
          task -> {
            Thread thread = new Thread(task, "source of " + Thread.currentThread().getName());
            thread.setDaemon(true);
            return thread;
          });

  // Both belong to the thread.
  private ByteSource source;
  private long position;

  /**
   * Opens the source.
   *
   * @return its length in bytes
   */
  long open(ByteSource.Opener opener, long deadlineNanos) throws IOException, TimeoutException {
    return call(
        () -> {
          source = opener.open();
          return source.length();
        },
        deadlineNanos);
  }

  /**
   * Reads up to {@code length} bytes from {@code from} on into {@code target}, which must not be
   * used again after a {@link TimeoutException}.
   *
   * @return the number of bytes; -1 where there are none
   */
  int read(long from, byte[] target, int offset, int length, long deadlineNanos)
      throws IOException, TimeoutException {
    return call(
        () -> {
          try {
            if (position != from) {
              source.seek(from);
              position = from;
            }
            int count = source.read(target, offset, length);
            position += Math.max(0, count);
            return count;
          } catch (EOFException e) {
            position = -1;
            // Tells of a file that became shorter, or of a connection that broke.
            if (source.lengthNow() > from) {
              throw e;
            }
            return -1;
          }
        },
        deadlineNanos);
  }

  /** See {@link ByteSource#lengthNow()}. */
  long lengthNow(long deadlineNanos) throws IOException, TimeoutException {
    return call(() -> source.lengthNow(), deadlineNanos);
  }

  /** Closes the source, and waits for that no longer than until the deadline. */
  void close(long deadlineNanos) {
    Future<?> closed =
        thread.submit(
            () -> {
              if (source != null) {
                source.close();
              }
              return null;
            });
    thread.shutdown();
    try {
      closed.get(deadlineNanos - System.nanoTime(), TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException | TimeoutException e) {
      // Everything that was wanted of the source has been read.
    }
  }

  private <T> T call(Callable<T> call, long deadlineNanos) throws IOException, TimeoutException {
    Future<T> answer = thread.submit(call);
    try {
      return answer.get(deadlineNanos - System.nanoTime(), TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      answer.cancel(true);
      throw e;
    } catch (InterruptedException e) {
      answer.cancel(true);
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted");
    } catch (ExecutionException e) {
      Throwable cause = e.getCause();
      if (cause instanceof IOException failure) {
        throw failure;
      }
      if (cause instanceof RuntimeException failure) {
        throw failure;
      }
      if (cause instanceof Error failure) {
        throw failure;
      }
      throw new IOException(cause);
    }
  }
}
