package org.segmentser.cli;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jline.utils.Signals;

/**
 * Turns Ctrl-C, or a scheduler's SIGTERM, into a wish to stop at the next good moment. The second
 * one ends the process as ever. Closing gives the signals back.
 */
final class StopSignal implements AutoCloseable {
  private static final List<String> SIGNALS = List.of("INT", "TERM");

  private final Map<String, Object> before = new TreeMap<>();
  private volatile boolean wanted;

  /**
   * Begins to listen.
   *
   * @param told runs when the signal comes
   */
  StopSignal(Runnable told) {
    for (String signal : SIGNALS) {
      Runnable heard =
          () -> {
            wanted = true;
            Signals.registerDefault(signal);
            told.run();
          };
      before.put(signal, Signals.register(signal, heard));
    }
  }

  boolean isWanted() {
    return wanted;
  }

  @Override
  public void close() {
    before.forEach(Signals::unregister);
  }
}
