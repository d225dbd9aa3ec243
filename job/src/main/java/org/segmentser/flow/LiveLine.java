package org.segmentser.flow;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.Charset;

/**
 * A line at the bottom of a terminal that is written over again and again. Whatever the process
 * prints to {@code System.err} meanwhile stands above it. Thread-safe.
 */
final class LiveLine implements AutoCloseable {
  private static final String CLEAR = "\r\u001b[K";

  private final PrintStream terminal = System.err;
  private boolean isShown;

  /** Begins with an empty line. */
  LiveLine() {
    System.setErr(new PrintStream(new Above(), true, Charset.defaultCharset()));
  }

  /**
   * Writes over the line.
   *
   * @param text that fits into the terminal's width: what a terminal breaks is not written over
   *     whole
   */
  synchronized void show(String text) {
    terminal.print(CLEAR + text);
    terminal.flush();
    isShown = true;
  }

  private synchronized void clear() {
    if (isShown) {
      terminal.print(CLEAR);
      terminal.flush();
      isShown = false;
    }
  }

  @Override
  public void close() {
    clear();
    System.setErr(terminal);
  }

  private final class Above extends OutputStream {
    @Override
    public void write(int b) throws IOException {
      write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int from, int length) {
      synchronized (LiveLine.this) {
        clear();
        terminal.write(bytes, from, length);
        terminal.flush();
      }
    }
  }
}
