package org.segmentser;

/**
 * How the process ends. The same fault has the same code in every command:
 *
 * <table>
 * <caption>Exit codes</caption>
 * <tr><th>code</th><th>when</th></tr>
 * <tr><td>0</td><td>done</td></tr>
 * <tr><td>1</td><td>the program or the machine failed at work: an internal fault, a full disk,
 *     storage that fails, too little memory</td></tr>
 * <tr><td>2</td><td>wrong usage or setting: an option, a query, an output that exists or cannot be
 *     written, a JDK or Spark that does not fit</td></tr>
 * <tr><td>3</td><td>an input or a model is missing or cannot be used</td></tr>
 * <tr><td>4</td><td>done, but more clips than --max-reject-ratio allows have an outcome other than
 *     scored</td></tr>
 * <tr><td>5</td><td>another process is doing the same work on the same output, or works on what
 *     nobody else may change meanwhile</td></tr>
 * <tr><td>6</td><td>done, but the books of an output do not balance, or clips of the archive have no
 *     outcome</td></tr>
 * <tr><td>130, 143</td><td>ended by SIGINT or SIGTERM: 128 and the signal's number, as shells have
 *     it</td></tr>
 * </table>
 *
 * <p>Spark's own codes above those, such as 52 where an executor runs out of memory, end its
 * processes on a cluster and no command.
 */
public final class ExitCode {
  /** Done. */
  public static final int DONE = 0;

  /** The program or the machine failed at work. */
  public static final int FAULT = 1;

  /** Wrong usage or setting. */
  public static final int USAGE = 2;

  /** An input or a model is missing or cannot be used. */
  public static final int INPUT = 3;

  /** Done, but more clips were rejected, or more outcomes have a status, than allowed. */
  public static final int REJECTS = 4;

  /** Another process does the same work, or is at work on the same files. */
  public static final int BUSY = 5;

  /** Done, but what was to be proven does not hold. */
  public static final int UNPROVEN = 6;

  /** Ended by SIGINT, as Ctrl-C sends. */
  public static final int INTERRUPTED = 130;

  /** Ended by SIGTERM. */
  public static final int TERMINATED = 143;

  private ExitCode() {}
}
