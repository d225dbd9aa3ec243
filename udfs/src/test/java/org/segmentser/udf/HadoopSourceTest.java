package org.segmentser.udf;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FSInputStream;
import org.apache.hadoop.fs.RawLocalFileSystem;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.segmentser.audio.AudioLocation;
import org.segmentser.segment.ClipOutcome;
import org.segmentser.segment.ClipReader;
import org.segmentser.segment.ClipSettings;
import org.segmentser.segment.Clips;
import org.segmentser.segment.Segmentation;
import org.segmentser.segment.Status;

@Timeout(60)
class HadoopSourceTest {
  private static final byte[] TEN_SECONDS = Clips.wav(16_000, Clips.noise(160_000, 1));

  @TempDir Path dir;

  @Test
  void aPipeIsRefusedAtOnce() throws IOException, InterruptedException {
    Path pipe = dir.resolve("pipe.wav");
    assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor()).isZero();
    for (Long listed : Arrays.asList(0L, 1_000L, null)) {
      assertThat(read(pipe.toUri().toString(), listed, new Configuration()))
          .extracting(ClipOutcome::status, ClipOutcome::reason)
          .containsExactly(Status.UNREADABLE, "not a regular file");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"open", "read", "status"})
  void aFileSystemThatBlocksCostsTheTimeOfItsClip(String call) throws IOException {
    Files.write(dir.resolve("a.wav"), TEN_SECONDS);
    Configuration conf = new Configuration();
    conf.set("fs.stuck.impl", StuckFileSystem.class.getName());
    conf.setBoolean("fs.stuck.impl.disable.cache", true);
    conf.set("stuck.call", call);
    long began = System.nanoTime();
    assertThat(read("stuck://" + dir.resolve("a.wav"), null, conf))
        .extracting(ClipOutcome::status, ClipOutcome::reason)
        .containsExactly(
            Status.TIMED_OUT, "the storage did not answer in time (a clip may take 2.000 s)");
    assertThat(System.nanoTime() - began).isBetween(1_900_000_000L, 10_000_000_000L);
  }

  @Test
  void aLengthThatIsNotKnownIsAskedFor() throws IOException {
    Path file = Files.write(dir.resolve("a.wav"), TEN_SECONDS);
    ClipOutcome outcome = read(file.toUri().toString(), null, new Configuration());
    assertThat(outcome.status()).isEqualTo(Status.SCORED);
    assertThat(outcome.reason()).isNull();
    assertThat(outcome.durationS()).isEqualTo(10);
  }

  @Test
  void aFileThatIsNotThereIsUnreadable() {
    ClipOutcome outcome =
        read(dir.resolve("none.wav").toUri().toString(), null, new Configuration());
    assertThat(outcome.status()).isEqualTo(Status.UNREADABLE);
    assertThat(outcome.reason()).contains("none.wav").contains("does not exist");
  }

  @Test
  void aLocalFileThatBecameShorterSaysSo() throws IOException {
    Shortened.check(dir.resolve("a.wav").toUri().toString(), new Configuration());
  }

  private static ClipOutcome read(String uri, Long listed, Configuration conf) {
    ClipSettings settings = new ClipSettings(Segmentation.DEFAULT, 60, 600, 2);
    try (ClipReader clip =
        ClipReader.open(
            () -> HadoopSource.open(AudioLocation.ofFile(uri, listed), conf), uri, settings)) {
      while (clip.outcome() == null) {
        clip.next();
      }
      return clip.outcome();
    }
  }

  /** The local disk, but for one call that never returns. */
  public static final class StuckFileSystem extends RawLocalFileSystem {
    @Override
    public URI getUri() {
      return URI.create("stuck:///");
    }

    @Override
    protected void checkPath(org.apache.hadoop.fs.Path path) {}

    @Override
    public FSDataInputStream open(org.apache.hadoop.fs.Path path, int buffer) throws IOException {
      block("open");
      InputStream bytes = Files.newInputStream(Path.of(path.toUri().getPath()));
      return new FSDataInputStream(new Bytes(bytes));
    }

    @Override
    public org.apache.hadoop.fs.FileStatus getFileStatus(org.apache.hadoop.fs.Path path)
        throws IOException {
      block("status");
      return super.getFileStatus(new org.apache.hadoop.fs.Path(path.toUri().getPath()));
    }

    private void block(String call) {
      while (getConf().get("stuck.call").equals(call)) {
        try {
          Thread.sleep(Long.MAX_VALUE);
        } catch (InterruptedException e) {
          // Goes on.
        }
      }
    }

    private final class Bytes extends FSInputStream {
      private final InputStream bytes;

      Bytes(InputStream bytes) {
        this.bytes = bytes;
      }

      @Override
      public int read() throws IOException {
        block("read");
        return bytes.read();
      }

      @Override
      public int read(byte[] buffer, int offset, int length) throws IOException {
        block("read");
        return bytes.read(buffer, offset, length);
      }

      @Override
      public void seek(long position) {}

      @Override
      public long getPos() {
        return 0;
      }

      @Override
      public boolean seekToNewSource(long position) {
        return false;
      }
    }
  }
}
