package org.segmentser;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RawLocalFileSystem;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ClaimTest {
  private static final String UNREADABLE = "Attempted to read past the end of the file";

  @TempDir private java.nio.file.Path directory;

  private final AtomicInteger tries = new AtomicInteger();
  private final FileSystem fs = new Unreadable();
  private int failures;
  private java.nio.file.Path local;
  private Path file;

  /** A file system that fails to read so many times, as HDFS while a file is being written. */
  private final class Unreadable extends RawLocalFileSystem {
    @Override
    public FSDataInputStream open(Path path, int bufferSize) throws IOException {
      if (tries.incrementAndGet() <= failures) {
        throw new IOException(UNREADABLE);
      }
      return super.open(path, bufferSize);
    }
  }

  @BeforeEach
  void claimOfAnother() throws IOException {
    fs.initialize(URI.create("file:///"), new Configuration());
    local = Files.writeString(directory.resolve("claim"), "another");
    file = new Path(local.toUri());
  }

  private void unreadable(int times) {
    tries.set(0);
    failures = times;
  }

  @Test
  void whoeverHoldsItIsAskedAgain() throws IOException {
    unreadable(2);
    assertThat(Claim.holder(fs, file)).contains("another");
    assertThat(tries).hasValue(3);
    unreadable(2);
    try (Claim claim = Claim.take(fs, file)) {
      assertThat(claim.other()).contains("another");
    }
    assertThat(local).hasContent("another");
  }

  @Test
  void whatStaysUnreadableFails() {
    unreadable(Integer.MAX_VALUE);
    assertThatThrownBy(() -> Claim.holder(fs, file))
        .isInstanceOf(IOException.class)
        .hasMessage(UNREADABLE);
    assertThatThrownBy(() -> Claim.take(fs, file))
        .isInstanceOf(IOException.class)
        .satisfies(e -> assertThat(e.getSuppressed()[0]).hasMessage(UNREADABLE));
  }

  @Test
  void nobodyLosesAClaimThatCannotBeRead() {
    unreadable(Integer.MAX_VALUE);
    assertThatThrownBy(() -> Claim.remove(fs, file, "another")).hasMessage(UNREADABLE);
    assertThat(local).hasContent("another");
    assertThat(directory).isDirectoryNotContaining(path -> !path.equals(local));
  }

  @Test
  void theDeadLoseItAndNobodyElse() throws IOException {
    assertThat(Claim.remove(fs, file, "somebody")).isFalse();
    assertThat(local).hasContent("another");
    assertThat(Claim.remove(fs, file, "another")).isTrue();
    assertThat(directory).isEmptyDirectory();
    assertThat(Claim.remove(fs, file, "another")).isTrue();
    assertThat(Claim.holder(fs, file)).isEmpty();
  }
}
