package org.segmentser;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ClaimTest {
  private static final String UNREADABLE = "Attempted to read past the end of the file";

  @TempDir private java.nio.file.Path directory;

  private FileSystem fs;
  private java.nio.file.Path local;
  private Path file;

  @BeforeEach
  void claimOfAnother() throws IOException {
    local = Files.writeString(directory.resolve("claim"), "another");
    file = new Path(HookedFileSystem.uri(local));
    fs = file.getFileSystem(HookedFileSystem.configuration());
  }

  /** So many times it cannot be read, as on HDFS while it is being written. */
  private static AtomicInteger unreadable(int times) {
    AtomicInteger tries = new AtomicInteger();
    HookedFileSystem.hook(
        (operation, path) -> {
          if (operation.equals("open") && tries.incrementAndGet() <= times) {
            throw new IOException(UNREADABLE);
          }
        });
    return tries;
  }

  @Test
  void whoeverHoldsItIsAskedAgain() throws IOException {
    AtomicInteger tries = unreadable(2);
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
