package org.segmentser.official;

import java.io.PrintWriter;
import java.util.Locale;

/**
 * Reports how far a download is: on a terminal by one line that is overwritten, elsewhere by a line
 * per tenth. Not thread-safe.
 */
final class DownloadProgress {
  private static final double MIB = 1 << 20;

  private final PrintWriter out;
  private final boolean terminal;
  private int lastStep;

  DownloadProgress(PrintWriter out, boolean terminal) {
    this.out = out;
    this.terminal = terminal;
  }

  /** A file begins, or begins again, at {@code bytes}. */
  void begin(String name, long bytes) {
    lastStep = -1;
    say(bytes == 0 ? "downloading " + name : "resuming " + name + " at " + mib(bytes));
  }

  /**
   * A file has grown.
   *
   * @param total its whole length; -1 if that is not known
   */
  void update(long bytes, long total) {
    // Per cent on a terminal, tenths elsewhere; megabytes where the length is not known.
    long whole = total > 0 ? total : 100L << 20;
    int step = (int) (bytes * (terminal ? 100 : 10) / whole);
    if (step != lastStep) {
      lastStep = step;
      String text = total > 0 ? mib(bytes) + " of " + mib(total) : mib(bytes);
      out.print(terminal ? "\r  " + text : "  " + text + System.lineSeparator());
      out.flush();
    }
  }

  /** A file ends, whole or not. */
  void end() {
    if (terminal) {
      out.println();
      out.flush();
    }
  }

  /** Prints a line of its own. */
  void say(String line) {
    out.println(line);
    out.flush();
  }

  private static String mib(long bytes) {
    return String.format(Locale.ROOT, "%.1f MiB", bytes / MIB);
  }
}
