package org.segmentser;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;

/** Reference data: audio files and the numbers that come of them. Tests of parity run over each. */
public enum GoldenSet {
  /** All of it: {@code ../shared/golden}. */
  WHOLE(Golden.SHARED.resolve("golden")),
  /** What the repository holds of it: at least one file for each kind of test. */
  SUBSET(Path.of(System.getProperty("segmentser.root", ".."), "udfs/src/test/golden"));

  private final Path root;

  GoldenSet(Path root) {
    this.root = root.toAbsolutePath().normalize();
  }

  /** A file or folder of the set; skips the test where the set is not there or has no such file. */
  public Path path(String name) {
    assumeTrue(Files.isDirectory(root), () -> "skipped: no shared data at " + root);
    assumeTrue(has(name), () -> "skipped: no " + name + " in " + root);
    return root.resolve(name);
  }

  boolean has(String name) {
    return Files.exists(root.resolve(name));
  }
}
