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
  /** So that no usual terminal breaks it, which would then not be written over whole. */
  private static final int WIDTH = 79;

  private static final String CLEAR = "\r\u001b[K";

  private final PrintStream terminal = System.err;
  private boolean isShown;

  /** Begins with an empty line. */
  LiveLine() {
    System.setErr(new PrintStream(new Above(), true, Charset.defaultCharset()));
  }

  /** Writes over the line, with as much of the text as fits. */
  synchronized void show(String text) {
    terminal.print(CLEAR + text.substring(0, Math.min(text.length(), WIDTH)));
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
