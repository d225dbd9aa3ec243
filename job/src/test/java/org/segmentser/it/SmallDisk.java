package org.segmentser.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** A disk of a few bytes, in memory. Closing it takes it away, with all that is on it. */
final class SmallDisk implements AutoCloseable {
  private final Path at;

  private SmallDisk(Path at) {
    this.at = at;
  }

  /**
   * Mounts one; skips the test for users who may not.
   *
   * @param at a directory that does not exist
   */
  static SmallDisk mount(Path at, String size) throws IOException {
    assumeTrue(System.getProperty("user.name").equals("root"), "only root may mount a small disk");
    Files.createDirectories(at);
    Child.Result mounted =
        run("mount", "-t", "tmpfs", "-o", "size=" + size, "tmpfs", at.toString());
    assumeTrue(mounted.exitCode() == 0, "no disk can be mounted here: " + mounted.stderr());
    return new SmallDisk(at);
  }

  Path path() {
    return at;
  }

  void resize(String size) {
    Child.Result result = run("mount", "-o", "remount,size=" + size, at.toString());
    assertThat(result.exitCode()).as(result.toString()).isZero();
  }

  private static Child.Result run(String... command) {
    try (Child child = Child.start("mount", List.of(command), Map.of(), null)) {
      return child.await(Duration.ofSeconds(30));
    }
  }

  @Override
  public void close() {
    Child.Result result = run("umount", at.toString());
    if (result.exitCode() != 0) {
      // What still uses it goes on without it.
      run("umount", "-l", at.toString());
    }
  }
}
