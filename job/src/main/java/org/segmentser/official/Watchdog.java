package org.segmentser.official;

import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;

/** Closes a stream that gives nothing for some time: the HTTP client has no such limit. */
final class Watchdog implements AutoCloseable {
  private final InputStream stream;
  private final long patienceNanos;
  private final Thread thread = new Thread(this::watch, "download-watchdog");
  private volatile long lastSign = System.nanoTime();
  private volatile boolean bitten;

  Watchdog(InputStream stream, Duration patience) {
    this.stream = stream;
    this.patienceNanos = patience.toNanos();
    thread.setDaemon(true);
    thread.start();
  }

  /** The stream gave something. */
  void alive() {
    lastSign = System.nanoTime();
  }

  /** Whether it closed the stream. */
  boolean hasBitten() {
    return bitten;
  }

  private void watch() {
    try {
      long left = patienceNanos;
      while (left > 0) {
        Thread.sleep(Duration.ofNanos(left).toMillis() + 1);
        left = lastSign + patienceNanos - System.nanoTime();
      }
      bitten = true;
      stream.close();
    } catch (InterruptedException | IOException e) {
      // Called off, or the stream is broken anyway.
    }
  }

  @Override
  public void close() {
    thread.interrupt();
  }
}
