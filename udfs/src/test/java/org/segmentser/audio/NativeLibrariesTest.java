package org.segmentser.audio;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.security.auth.module.UnixSystem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.bytedeco.javacpp.Loader;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Where libraries are unpacked, each time in a process of its own. */
class NativeLibrariesTest {
  private static final int NOBODY = 65534;

  @TempDir Path dir;
  private Path home;
  private Path temporary;
  private Path fallback;

  @BeforeEach
  void makePlaces() throws IOException {
    home = Files.createDirectory(dir.resolve("home"));
    temporary = Files.createDirectory(dir.resolve("tmp"));
    Files.setAttribute(temporary, "unix:mode", 01777);
    fallback = temporary.resolve("segment-ser-natives-" + new UnixSystem().getUid());
  }

  /** Prints where the libraries are, after some were loaded; or what is wrong, in one line. */
  static final class Prepared {
    private Prepared() {}

    public static void main(String[] args) throws IOException, AudioException {
      try {
        ByteSource none = new ByteArraySource(Wave.pcm16(16000, 1, 0).bytes());
        AudioDecoder.open(() -> none, "a.wav", Long.MAX_VALUE / 2, Channels.MIX).close();
        System.out.println(Loader.getCacheDir());
      } catch (NativeLibraries.UnsafeException e) {
        System.out.println("refused: " + e.getMessage());
      }
    }
  }

  @Test
  void theHomeDirectoryIsTakenAndIsItsOwnersAlone() throws IOException, InterruptedException {
    Path cache = home.resolve(".javacpp/cache");
    assertThat(prepared()).isEqualTo(cache.toString());
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(cache)))
        .isEqualTo("rwx------");
    assertThat(cache).isNotEmptyDirectory();
    assertThat(prepared()).isEqualTo(cache.toString());
  }

  @Test
  void aHomeThatCannotBeWrittenGivesWayToADirectoryOfOnesOwn()
      throws IOException, InterruptedException {
    home = Path.of("/proc/none");
    assertThat(prepared()).isEqualTo(fallback.toString());
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(fallback)))
        .isEqualTo("rwx------");
  }

  @Test
  void aUserWithoutAHomeHasADirectoryOfOnesOwn() throws IOException, InterruptedException {
    home = Path.of("?");
    assertThat(prepared()).isEqualTo(fallback.toString());
    assertThat(Path.of("?")).doesNotExist();
  }

  @Test
  void aCacheInTheHomeThatOthersCanWriteIsPassedOver() throws IOException, InterruptedException {
    Files.setAttribute(Files.createDirectories(home.resolve(".javacpp/cache")), "unix:mode", 0777);
    assertThat(prepared()).isEqualTo(fallback.toString());
  }

  @Test
  void whatIsSetIsTakenOrRefused() throws IOException, InterruptedException {
    Path set = dir.resolve("set");
    String property = "-D" + NativeLibraries.PROPERTY + "=" + set;
    assertThat(prepared(property)).isEqualTo(set.toString());
    Files.setAttribute(set, "unix:mode", 0775);
    assertThat(prepared(property))
        .isEqualTo(
            "refused: no safe directory for native libraries: "
                + set
                + " can be written by other users (mode 775); name one that only you can write with"
                + " -Dorg.bytedeco.javacpp.cachedir=DIRECTORY in spark.driver.extraJavaOptions and"
                + " spark.executor.extraJavaOptions");
    assertThat(prepared("-Dorg.bytedeco.javacpp.cacheDir=" + set)).startsWith("refused: ");
  }

  @Test
  void aLinkIsRefused() throws IOException, InterruptedException {
    Path link = Files.createSymbolicLink(dir.resolve("link"), home);
    assertThat(prepared("-D" + NativeLibraries.PROPERTY + "=" + link))
        .contains(link + " is a symbolic link");
    Files.createSymbolicLink(fallback, home);
    home = Path.of("/proc/none");
    assertThat(prepared()).contains(fallback + " is a symbolic link");
  }

  @Test
  void aParentThatOthersCanWriteIsRefused() throws IOException, InterruptedException {
    Path parent = Files.createDirectory(dir.resolve("parent"));
    Files.setAttribute(parent, "unix:mode", 0777);
    assertThat(prepared("-D" + NativeLibraries.PROPERTY + "=" + parent.resolve("cache")))
        .contains(parent + " can be written by other users (mode 777)");
  }

  @Test
  void aLibraryThatOthersCanWriteIsRefused() throws IOException, InterruptedException {
    Path set = Files.createDirectory(dir.resolve("set"));
    Files.setAttribute(set, "unix:mode", 0755);
    Path planted = Files.createFile(set.resolve("libavutil.so.60"));
    Files.setAttribute(planted, "unix:mode", 0666);
    assertThat(prepared("-D" + NativeLibraries.PROPERTY + "=" + set))
        .contains(planted + " can be written by other users (mode 666)");
  }

  @Test
  void aUmaskThatLetsTheGroupWriteDoesNoHarmWhereNobodyElseCanEnter()
      throws IOException, InterruptedException {
    Path set = Files.createDirectory(dir.resolve("set"));
    Files.setAttribute(set, "unix:mode", 0700);
    Files.setAttribute(Files.createDirectory(set.resolve("ffmpeg.jar")), "unix:mode", 0775);
    assertThat(prepared("-D" + NativeLibraries.PROPERTY + "=" + set)).isEqualTo(set.toString());
  }

  @Test
  void whatAnotherUserPlantedIsRefused() throws IOException, InterruptedException {
    assumeTrue(new UnixSystem().getUid() == 0, "only root can give files to another user");
    Files.setAttribute(Files.createDirectory(fallback), "unix:uid", NOBODY);
    home = Path.of("/proc/none");
    assertThat(prepared())
        .startsWith("refused: ")
        .contains(fallback + " belongs to another user (uid 65534)");
  }

  private String prepared(String... options) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin/java").toString());
    command.add("-Duser.home=" + home);
    command.add("-Djava.io.tmpdir=" + temporary);
    command.addAll(Arrays.asList(options));
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), Prepared.class.getName()));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), UTF_8).strip();
    process.waitFor();
    return output;
  }
}
