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

  private ExitCode() {}
}
