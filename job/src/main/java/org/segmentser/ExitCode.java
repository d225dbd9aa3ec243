package org.segmentser;

/** How the process ends. */
public final class ExitCode {
  /** Done. */
  public static final int DONE = 0;

  /** An internal fault. */
  public static final int FAULT = 1;

  /** Wrong usage or setting. */
  public static final int USAGE = 2;

  /** Input or model cannot be used. */
  public static final int INPUT = 3;

  /** Done, but more clips than allowed have an outcome other than scored. */
  public static final int REJECTS = 4;

  /** Ended by SIGINT, as Ctrl-C sends; 128 and the signal's number, as shells have it. */
  public static final int INTERRUPTED = 130;

  /** Ended by SIGTERM, likewise. */
  public static final int TERMINATED = 143;

  private ExitCode() {}
}
