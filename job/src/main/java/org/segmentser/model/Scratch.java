package org.segmentser.model;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.stream.Stream;

/** A temporary local directory, deleted with all that is in it. */
public final class Scratch implements AutoCloseable {
  private final Path path;

  /**
   * Makes the directory.
   *
   * @throws ModelException if there is no room for it
   */
  public Scratch() {
    try {
      path = Files.createTempDirectory("segment-ser-");
    } catch (IOException e) {
      throw new ModelException("no temporary directory can be made: " + e, e);
    }
  }

  /** Where it is. */
  public Path path() {
    return path;
  }

  @Override
  public void close() {
    delete(path);
  }

  /** Deletes a directory if there is one; what cannot be deleted stays. */
  static void delete(Path directory) {
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    } catch (IOException e) {
      // Left to whoever cleans the disk: a fault in tidying up must not hide the result.
    }
  }
}
