package org.segmentser;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Who holds a file that stands for a right, or for something in the making: one execution of a
 * process, in a line of text that tells it apart from all others and lets a process of the same
 * machine find out whether it has ended.
 */
public final class Holder {
  private static final String NAMESPACE = ", namespace ";
  private static final Pattern KNOWN =
      Pattern.compile("process (\\d+)@.*" + NAMESPACE + "(\\S+), execution \\S+");

  private Holder() {}

  /** An execution in this process; each call gives another. */
  public static String self() {
    return "process "
        + ManagementFactory.getRuntimeMXBean().getName()
        + NAMESPACE
        + namespace()
        + ", execution "
        + UUID.randomUUID();
  }

  /** What must be equal for process ids to mean the same processes; empty if that is not known. */
  private static String namespace() {
    try {
      return Files.readString(java.nio.file.Path.of("/proc/sys/kernel/random/boot_id")).strip()
          + "/"
          + Files.readSymbolicLink(java.nio.file.Path.of("/proc/self/ns/pid"));
    } catch (IOException | RuntimeException e) {
      return "";
    }
  }

  /**
   * Whether a holder was a process of this machine that has ended; false wherever that is not
   * known.
   */
  public static boolean hasEnded(String holder) {
    Matcher known = KNOWN.matcher(holder);
    return known.matches()
        && known.group(2).equals(namespace())
        && ProcessHandle.of(Long.parseLong(known.group(1))).isEmpty();
  }

  /** A holder as a message names it. */
  public static String named(String holder) {
    return holder.isEmpty()
        ? "an unknown process"
        : holder.replaceFirst(NAMESPACE + "\\S*(?=, execution )", "");
  }
}
