package org.segmentser.cli;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jline.utils.Signals;
import org.segmentser.ExitCode;
import org.segmentser.train.StopRequest;

/**
 * Turns Ctrl-C, or a scheduler's SIGTERM, into a wish to stop at the next good moment. A second
 * signal, of either kind, ends the process as ever. Closing gives the signals back.
 */
final class StopSignal implements StopRequest {
  private static final List<String> SIGNALS = List.of("INT", "TERM");

  private final Map<String, Object> before = new TreeMap<>();
  private volatile String heard;

  /**
   * Begins to listen.
   *
   * @param told of this when the signal comes
   */
  StopSignal(Consumer<StopSignal> told) {
    for (String signal : SIGNALS) {
      Runnable handler =
          () -> {
            heard = signal;
            SIGNALS.forEach(Signals::registerDefault);
            told.accept(this);
          };
      before.put(signal, Signals.register(signal, handler));
    }
  }

  @Override
  public boolean isWanted() {
    return heard != null;
  }

  /** Whether it is Ctrl-C: somebody wants to see what came of it. A scheduler wants the machine. */
  @Override
  public boolean keepsBest() {
    return heard.equals("INT");
  }

  /** The signal's name, as in {@code SIGTERM}; it must have come. */
  String name() {
    return "SIG" + heard;
  }

  /** What a process that the signal ended would have for an exit code; it must have come. */
  @Override
  public int exitCode() {
    return heard.equals("INT") ? ExitCode.INTERRUPTED : ExitCode.TERMINATED;
  }

  @Override
  public void close() {
    before.forEach(Signals::unregister);
  }
}
