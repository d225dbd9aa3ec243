package org.segmentser.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.segmentser.segment.Clips;

/** Permissions of the local disk, as a user whom they stop: root's tests run as nobody. */
class PermissionIT {
  private static final List<String> AS_NOBODY =
      List.of("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups");

  @TempDir Path dir;
  private Path audio;

  @BeforeEach
  void prepare() throws IOException {
    assumeTrue(
        !isRoot() || sees(Launcher.ROOT.resolve("job/target/segment-ser.jar")),
        "nobody cannot read the checkout");
    chmod(dir, "rwxr-xr-x");
    chmod(Files.createDirectory(dir.resolve("home")), "rwxrwxrwx");
    audio = Files.createDirectory(dir.resolve("audio"));
    byte[] wav = Clips.wav(16_000, Clips.noise(16_000, 1));
    Files.write(audio.resolve("a.wav"), wav);
    for (String name : List.of("private", "listed")) {
      Files.write(Files.createDirectory(audio.resolve(name)).resolve("b.wav"), wav);
    }
    chmod(audio.resolve("private"), "---------");
    chmod(audio.resolve("listed"), "r--r--r--");
  }

  @AfterEach
  void allowDeleting() throws IOException {
    if (audio == null) {
      // Skipped before anything was made.
      return;
    }
    chmod(audio.resolve("private"), "rwxr-xr-x");
    chmod(audio.resolve("listed"), "rwxr-xr-x");
  }

  @Test
  void whatCannotBeListedOrLookedAtCostsItsOwnRow() {
    Child.Result result = dryRun(audio.toString());
    assertThat(result.exitCode()).as(result.toString()).isZero();
    assertThat(result.stdout())
        .contains("dry run: 3 clips")
        .contains("unreadable   2, first file:" + audio + "/listed/b.wav: permission denied");
    result = dryRun(audio + "/*/b.wav");
    assertThat(result.stdout())
        .contains("unreadable   2, first file:" + audio + "/listed: cannot list the directory:");
  }

  @Test
  void whatIsNamedAndCannotBeLookedAtIsAnErrorThatSaysSo() {
    for (String input : List.of("private", "private/b.wav", "private/*.wav")) {
      Child.Result result = dryRun(audio + "/" + input);
      assertThat(result.exitCode()).as(result.toString()).isEqualTo(3);
      assertThat(result.stderr())
          .isEqualTo(
              "segment-ser: error: cannot read " + audio + "/" + input + ": permission denied\n");
    }
  }

  private Child.Result dryRun(String input) {
    List<String> command = new ArrayList<>(isRoot() ? AS_NOBODY : List.of());
    command.addAll(
        Launcher.command(
            "score",
            "--input",
            input,
            "--output",
            dir.resolve("home/out").toString(),
            "--dry-run",
            "--",
            "--conf",
            "spark.driver.extraJavaOptions=-Duser.home=" + dir.resolve("home")));
    Map<String, String> env = Map.of("HOME", dir.resolve("home").toString());
    try (Child child = Child.start("nobody", command, env, null)) {
      return child.await(Duration.ofMinutes(2));
    }
  }

  private static boolean sees(Path file) {
    List<String> command = new ArrayList<>(AS_NOBODY);
    command.addAll(List.of("test", "-r", file.toString()));
    try (Child child = Child.start("nobody", command, Map.of(), null)) {
      return child.await(Duration.ofSeconds(20)).exitCode() == 0;
    }
  }

  private static boolean isRoot() {
    return System.getProperty("user.name").equals("root");
  }

  private static void chmod(Path path, String permissions) throws IOException {
    Files.setPosixFilePermissions(path, PosixFilePermissions.fromString(permissions));
  }
}
