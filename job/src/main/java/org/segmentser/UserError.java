package org.segmentser;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/**
 * What is wrong with the user's request or input, in one sentence for the user. The command line
 * prints it without a stack trace and exits with its exit code.
 */
public final class UserError extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private static final List<String> DISK_FULL =
      List.of("No space left on device", "Disk quota exceeded", "not enough space");

  /** What a storage, or the way to it, says that may answer again in a while. */
  private static final Pattern OUTAGE =
      Pattern.compile(
          "Status Code: 5\\d\\d|[Cc]onnection (reset|refused|timed out)|(Read|[Cc]onnect) timed out"
              + "|failed to respond|Premature end of Content-Length");

  private final int exitCode;

  private UserError(int exitCode, String message) {
    super(message);
    this.exitCode = exitCode;
  }

  /** Wrong usage or a wrong setting. */
  public static UserError usage(String message) {
    return new UserError(ExitCode.USAGE, message);
  }

  /** Input or model cannot be used. */
  public static UserError input(String message) {
    return new UserError(ExitCode.INPUT, message);
  }

  /** Another process does the same work. */
  public static UserError busy(String message) {
    return new UserError(ExitCode.BUSY, message);
  }

  /**
   * Ended by a signal.
   *
   * @param exitCode {@link ExitCode#INTERRUPTED} or {@link ExitCode#TERMINATED}
   */
  public static UserError ended(int exitCode, String message) {
    return new UserError(exitCode, message);
  }

  /** A fault of the machine that the user can fix. */
  public static UserError fault(String message) {
    return new UserError(ExitCode.FAULT, message);
  }

  /**
   * Output that cannot be written: a fault if the disk is full or the storage fails for now, else a
   * wrong setting.
   *
   * @param what is written, with its place
   */
  public static UserError unwritable(String what, Throwable e) {
    if (tellsOfFullDisk(e)) {
      return fault(what + " cannot be written: no space left on the disk");
    }
    String message =
        what + " cannot be written: " + reason(e instanceof IOException ? e : rootOf(e));
    return tellsOfOutage(e) ? fault(message) : usage(message);
  }

  /**
   * Input that cannot be read: a fault if the storage fails for now, else an input that cannot be
   * used.
   *
   * @param what is read, with its place
   */
  public static UserError unreadable(String what, Throwable e) {
    String message = "cannot read " + what + ": " + reason(e);
    return tellsOfOutage(e) ? fault(message) : input(message);
  }

  /** The exit code of the process. */
  public int exitCode() {
    return exitCode;
  }

  /**
   * Refuses a text with credentials in a URI: they would reach tables, logs and messages.
   *
   * @param where the text comes from, for the message, which does not repeat the text
   */
  public static void refuseCredentials(String where, String text) {
    if (Credentials.in(text)) {
      throw usage(where + " holds credentials in a URI; give them in Spark's configuration");
    }
  }

  /** The root cause of an exception. */
  public static Throwable rootOf(Throwable e) {
    Throwable root = e;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    return root;
  }

  /** The first of an exception and its causes that is of some kind. */
  public static <E> Optional<E> find(Class<E> kind, Throwable e) {
    for (Throwable cause = e; cause != null; cause = cause.getCause()) {
      if (kind.isInstance(cause)) {
        return Optional.of(kind.cast(cause));
      }
    }
    return Optional.empty();
  }

  /** Whether an exception or one of its causes reports a full disk, here or on an executor. */
  public static boolean tellsOfFullDisk(Throwable e) {
    return tells(e, message -> DISK_FULL.stream().anyMatch(message::contains));
  }

  /**
   * Whether an exception or one of its causes reports that a storage fails for now: its server has
   * a fault or too much to do, or the connection broke.
   */
  public static boolean tellsOfOutage(Throwable e) {
    return tells(e, message -> OUTAGE.matcher(message).find());
  }

  private static boolean tells(Throwable e, Predicate<String> what) {
    for (Throwable cause = e; cause != null; cause = cause.getCause()) {
      if (what.test(String.valueOf(cause.getMessage()))) {
        return true;
      }
    }
    return false;
  }

  /** The first line of an exception's message, for a message of one line. */
  public static String reason(Throwable e) {
    if (e instanceof FileSystemException file && file.getReason() == null) {
      if (file instanceof AccessDeniedException) {
        return "permission denied";
      }
      if (file instanceof NoSuchFileException) {
        return "no such file or directory";
      }
      if (file instanceof NotDirectoryException) {
        return "not a directory";
      }
      if (file instanceof FileAlreadyExistsException) {
        return file.getFile() + " is not a directory";
      }
    }
    String message = e.getMessage();
    return message == null || message.isBlank()
        ? e.getClass().getSimpleName()
        : message.strip().lines().findFirst().orElseThrow();
  }
}
