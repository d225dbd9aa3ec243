package org.segmentser.network;

import java.io.IOException;
import java.lang.reflect.Method;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Predicate;

/**
 * The process's standard error below Java, where native code writes. Java has no call for it, so
 * this uses the JDK's own, in a package that Spark opens to its drivers and executors.
 */
final class NativeStderr {
  private static final int STDERR = 2;
  private static final int WRITE_ONLY = 1;

  private NativeStderr() {}

  /**
   * Runs something and withholds some of the lines that the whole process writes to standard error
   * meanwhile; all others follow when it is done. Where the JDK does not allow it, nothing is
   * withheld.
   *
   * @param noise whether a line is to be withheld
   */
  static void without(Predicate<String> noise, Runnable work) {
    Diversion diversion;
    try {
      diversion = new Diversion();
    } catch (IOException | ReflectiveOperationException | RuntimeException e) {
      work.run();
      return;
    }
    try {
      work.run();
    } finally {
      diversion.end(noise);
    }
  }

  /** Standard error goes to a file from construction to {@link #end}. */
  private static final class Diversion {
    private final Path file = Files.createTempFile("segment-ser-stderr", null);
    private final int original;

    Diversion() throws IOException, ReflectiveOperationException {
      try {
        int opened =
            (int) jdk("open0", String.class, int.class).invoke(null, file.toString(), WRITE_ONLY);
        original = (int) jdk("dup", int.class).invoke(null, STDERR);
        move(opened, STDERR);
      } catch (ReflectiveOperationException | RuntimeException e) {
        Files.deleteIfExists(file);
        throw e;
      }
    }

    void end(Predicate<String> noise) {
      try {
        move(original, STDERR);
        // Byte for byte, whatever the encoding, and with the end of each line if it has one.
        String written = new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1);
        Files.delete(file);
        for (String line : written.split("(?<=\n)", -1)) {
          if (!noise.test(line.stripTrailing())) {
            System.err.writeBytes(line.getBytes(StandardCharsets.ISO_8859_1));
          }
        }
        System.err.flush();
      } catch (IOException | ReflectiveOperationException e) {
        throw new IllegalStateException("standard error cannot be read back from " + file, e);
      }
    }

    private static void move(int from, int to) throws ReflectiveOperationException {
      jdk("dup2", int.class, int.class).invoke(null, from, to);
      jdk("close0", int.class).invoke(null, from);
    }

    private static Method jdk(String name, Class<?>... parameters)
        throws ReflectiveOperationException {
      Method method =
          Class.forName("sun.nio.ch.InheritedChannel").getDeclaredMethod(name, parameters);
      method.setAccessible(true);
      return method;
    }
  }
}
