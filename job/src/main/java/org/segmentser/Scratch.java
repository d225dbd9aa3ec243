package org.segmentser;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.apache.hadoop.util.ShutdownHookManager;

/**
 * A temporary local directory, deleted with everything in it: when it is closed or, failing that,
 * at the end of the process, even by a signal.
 */
public final class Scratch implements AutoCloseable {
  /** Lower than that of Spark, which stops its tasks first. */
  private static final int SHUTDOWN_PRIORITY = 1;

  private static final Set<Path> OPEN = ConcurrentHashMap.newKeySet();

  static {
    ShutdownHookManager.get()
        .addShutdownHook(() -> OPEN.forEach(Scratch::delete), SHUTDOWN_PRIORITY);
  }

  private final Path path;

  /**
   * Creates the directory.
   *
   * @throws UserError if it cannot be created
   */
  public Scratch() {
    this(Path.of(System.getProperty("java.io.tmpdir")));
  }

  /**
   * Creates the directory below another one.
   *
   * @throws UserError if it cannot be created
   */
  public Scratch(Path parent) {
    try {
      path = Files.createTempDirectory(parent, "segment-ser-");
    } catch (IOException e) {
      throw UserError.fault("cannot create a temporary directory: " + e);
    }
    OPEN.add(path);
  }

  /** Where it is. */
  public Path path() {
    return path;
  }

  @Override
  public void close() {
    delete(path);
    OPEN.remove(path);
  }

  /** Deletes a directory if there is one; what cannot be deleted stays. */
  public static void delete(Path directory) {
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    } catch (IOException | UncheckedIOException e) {
      // Left to whoever cleans the disk: a failed clean-up must not hide the result.
    }
  }
}
