package org.segmentser.flow;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryMXBean;
import java.nio.file.Files;
import java.nio.file.Path;

/** What this process takes of the machine's memory. */
final class ProcessMemory {
  private static final Path STATUS = Path.of("/proc/self/status");
  private static final String RESIDENT = "VmRSS:";

  private ProcessMemory() {}

  /** Bytes of memory in use, native ones included; 0 where the system does not tell, as macOS. */
  static long resident() {
    try {
      for (String line : Files.readAllLines(STATUS)) {
        if (line.startsWith(RESIDENT)) {
          return Long.parseLong(line.replaceAll("\\D", "")) << 10;
        }
      }
    } catch (IOException e) {
      // Not Linux.
    }
    return 0;
  }

  /**
   * Bytes that are neither the heap's nor of Java's code and classes, such as a model's weights;
   * too few while the heap holds pages that were never touched.
   */
  static long outsideHeap() {
    MemoryMXBean java = ManagementFactory.getMemoryMXBean();
    long ofJava =
        java.getHeapMemoryUsage().getCommitted() + java.getNonHeapMemoryUsage().getCommitted();
    return Math.max(0, resident() - ofJava);
  }
}
