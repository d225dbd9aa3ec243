package org.segmentser;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.util.List;

/**
 * What is wrong with the user's request or input, in one sentence for the user. The command line
 * prints it without a stack trace and exits with its exit code.
 */
public final class UserError extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private static final List<String> DISK_FULL =
      List.of("No space left on device", "Disk quota exceeded", "not enough space");

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

  /** A fault of the machine that the user can fix. */
  public static UserError fault(String message) {
    return new UserError(ExitCode.FAULT, message);
  }

  /**
   * Output that cannot be written: a fault if the disk is full, else a wrong setting.
   *
   * @param what is written, with its place
   */
  public static UserError unwritable(String what, Throwable e) {
    return tellsOfFullDisk(e)
        ? fault(what + " cannot be written: no space left on the disk")
        : usage(what + " cannot be written: " + reason(e instanceof IOException ? e : rootOf(e)));
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

  /** Whether an exception or one of its causes reports a full disk, here or on an executor. */
  public static boolean tellsOfFullDisk(Throwable e) {
    for (Throwable cause = e; cause != null; cause = cause.getCause()) {
      String message = String.valueOf(cause.getMessage());
      if (DISK_FULL.stream().anyMatch(message::contains)) {
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
