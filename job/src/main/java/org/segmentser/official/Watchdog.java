package org.segmentser.official;

import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;

/** Closes a stream from which nothing has come for some time: the HTTP client has no such limit. */
final class Watchdog implements AutoCloseable {
  private final InputStream stream;
  private final long timeoutNanos;
  private final Thread thread = new Thread(this::watch, "download-watchdog");
  private volatile long lastRead = System.nanoTime();
  private volatile boolean timedOut;

  Watchdog(InputStream stream, Duration timeout) {
    this.stream = stream;
    this.timeoutNanos = timeout.toNanos();
    thread.setDaemon(true);
    thread.start();
  }

  /** Something was read: the time begins again. */
  void reset() {
    lastRead = System.nanoTime();
  }

  /** Whether it has closed the stream. */
  boolean hasTimedOut() {
    return timedOut;
  }

  private void watch() {
    try {
      long left = timeoutNanos;
      while (left > 0) {
        Thread.sleep(Duration.ofNanos(left).toMillis() + 1);
        left = lastRead + timeoutNanos - System.nanoTime();
      }
      timedOut = true;
      stream.close();
    } catch (InterruptedException | IOException e) {
      // Closed, or the stream is broken anyway.
    }
  }

  @Override
  public void close() {
    thread.interrupt();
  }
}
