package org.segmentser.udf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.zip.GZIPOutputStream;
import java.util.zip.ZipException;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.RawLocalFileSystem;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.segmentser.audio.AudioLocation;
import org.segmentser.audio.ByteSource;
import org.segmentser.segment.ClipOutcome;
import org.segmentser.segment.ClipReader;
import org.segmentser.segment.ClipSettings;
import org.segmentser.segment.Segmentation;
import org.segmentser.segment.Status;

/**
 * Stretches of files and of what files decompress to; that these are tar shards is not looked at.
 */
@Timeout(60)
class SourcesTest {
  private static final int MEMBER = 100_000;
  private static final int MEMBERS = 30;

  /** Members up to this are held in memory. */
  private static final int HELD = 150_000;

  @TempDir Path dir;
  private final byte[] content = content();
  private final Configuration conf = new Configuration();
  private Sources sources;

  @BeforeEach
  void open() {
    conf.set("fs.counted.impl", CountedFileSystem.class.getName());
    conf.setBoolean("fs.counted.impl.disable.cache", true);
    CountedFileSystem.opened.set(0);
    CountedFileSystem.open.set(0);
    sources = new Sources(conf, HELD);
  }

  @AfterEach
  void everythingIsClosed() throws IOException {
    sources.close();
    assertThat(CountedFileSystem.open).hasValue(0);
  }

  @ParameterizedTest
  @ValueSource(strings = {"a.tar", "a.tar.gz", "a.tgz", "A.TAR.GZ"})
  void aMemberHasItsBytesAndNoOthers(String name) throws IOException {
    String uri = write(name);
    Random random = new Random(1);
    for (int i = 0; i < 200; i++) {
      int offset = random.nextInt(content.length);
      // Some are held in memory, some are too large.
      int length = random.nextInt(Math.min(2 * HELD, content.length - offset));
      byte[] expected = Arrays.copyOfRange(content, offset, offset + length);
      try (ByteSource member = sources.open(member(uri, offset, length))) {
        assertThat(member.length()).isEqualTo(length);
        assertThat(member.lengthNow()).isGreaterThanOrEqualTo(length);
        for (int from : new int[] {0, random.nextInt(length + 1), 0, random.nextInt(length + 1)}) {
          member.seek(from);
          assertThat(read(member)).isEqualTo(Arrays.copyOfRange(expected, from, length));
        }
      }
    }
  }

  @Test
  void membersInTheirOrderShareOnePassOfDecompression() throws IOException {
    String uri = write("a.tar.gz");
    for (int i = 0; i < MEMBERS; i += 2) {
      readMember(uri, i);
    }
    assertThat(CountedFileSystem.opened).hasValue(1);
    readMember(uri, 3);
    assertThat(CountedFileSystem.opened).hasValue(2);
    String other = write("b.tar.gz");
    readMember(other, 4);
    assertThat(CountedFileSystem.opened).hasValue(3);
    assertThat(CountedFileSystem.open).as("at a time").hasValue(1);
  }

  @Test
  void theBeginningOfALargeMemberIsKept() throws IOException {
    String uri = write("a.tar.gz");
    int length = 25 * MEMBER;
    try (ByteSource member = sources.open(member(uri, MEMBER, length))) {
      byte[] probe = new byte[64 << 10];
      for (int i = 0; i < 10; i++) {
        assertThat(member.read(probe, 0, probe.length)).isPositive();
      }
      member.seek(0);
      assertThat(read(member)).isEqualTo(Arrays.copyOfRange(content, MEMBER, MEMBER + length));
      assertThat(CountedFileSystem.opened).hasValue(1);
      // As when an index stands at the end.
      member.seek(length - 10);
      assertThat(read(member)).hasSize(10);
      member.seek(40);
      assertThat(read(member)).hasSize(length - 40);
      assertThat(CountedFileSystem.opened).hasValue(3);
    }
    readMember(uri, 28);
    assertThat(CountedFileSystem.opened).as("the next one goes on").hasValue(3);
  }

  @Test
  void aClipThatWasGivenUpKeepsItsShardToItself() throws IOException {
    String uri = write("a.tar.gz");
    ByteSource givenUp = sources.open(member(uri, 0, 2 * HELD));
    byte[] some = new byte[1_000];
    assertThat(givenUp.read(some, 0, some.length)).isPositive();
    readMember(uri, 5);
    readMember(uri, 6);
    assertThat(CountedFileSystem.opened).hasValue(2);
    // Of two, the one that is further on is kept.
    givenUp.close();
    assertThat(CountedFileSystem.open).hasValue(1);
    readMember(uri, 7);
    assertThat(CountedFileSystem.opened).hasValue(2);
    ByteSource late = sources.open(member(uri, 8 * MEMBER, 2 * HELD));
    assertThat(late.read(some, 0, some.length)).isPositive();
    sources.close();
    assertThat(CountedFileSystem.open).hasValue(1);
    late.close();
    assertThat(CountedFileSystem.open).as("closed with its clip").hasValue(0);
  }

  @Test
  void whoeverIsInterruptedLeavesTheShardToTheNext() throws IOException {
    String uri = write("a.tar.gz");
    readMember(uri, 0);
    Thread.currentThread().interrupt();
    assertThatIOException().isThrownBy(() -> sources.open(member(uri, 9 * MEMBER, 10)));
    assertThat(Thread.interrupted()).isTrue();
    readMember(uri, 10);
    assertThat(CountedFileSystem.opened).hasValue(1);
  }

  @ParameterizedTest
  @ValueSource(ints = {HELD, 2 * HELD})
  void ofACompressedMemberThatIsCutOffWhatIsThereIsRead(int length) throws IOException {
    byte[] compressed = gzip(content);
    Path file = dir.resolve("a.tar.gz");
    Files.write(file, Arrays.copyOf(compressed, compressed.length / 2));
    String uri = "counted://" + file;
    // Random bytes do not become shorter.
    int offset = content.length / 2 - HELD / 2;
    try (ByteSource member = sources.open(member(uri, offset, length))) {
      byte[] there = read(member);
      assertThat(there.length).isBetween(HELD / 2 - 2_000, HELD / 2 + 2_000);
      assertThat(there).isEqualTo(Arrays.copyOfRange(content, offset, offset + there.length));
      assertThat(member.length()).isEqualTo(length);
      assertThat(member.lengthNow()).isEqualTo(there.length);
      member.seek(length - 1);
      assertThat(read(member)).isEmpty();
      member.seek(100);
      assertThat(read(member)).hasSize(there.length - 100);
    }
    try (ByteSource behind = sources.open(member(uri, content.length - length, length))) {
      assertThat(read(behind)).isEmpty();
      assertThat(behind.lengthNow()).isZero();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {HELD, 2 * HELD})
  void ofACompressedMemberThatIsDamagedWhatIsBeforeIsRead(int length) throws IOException {
    int good = content.length / 2;
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(out, true)) {
      gzip.write(content, 0, good);
      gzip.flush();
      // A block of a kind that does not exist.
      out.write(0x07);
      Path file = dir.resolve("a.tar.gz");
      Files.write(file, out.toByteArray());
      String uri = "counted://" + file;
      int offset = good - HELD / 2;
      try (ByteSource member = sources.open(member(uri, offset, length))) {
        byte[] there = read(member);
        // What the decompressor has not given out when it meets the damage is lost.
        assertThat(there.length).isBetween(HELD / 2 - (16 << 10), HELD / 2);
        assertThat(there).isEqualTo(Arrays.copyOfRange(content, offset, offset + there.length));
        assertThat(member.lengthNow()).isEqualTo(there.length);
      }
      assertThatIOException()
          .isThrownBy(() -> read(sources.open(member(uri, content.length - 10, 10))))
          .isInstanceOf(ZipException.class);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"pipe.tar", "pipe.tar.gz"})
  void aPipeIsRefusedAtOnce(String name) throws IOException, InterruptedException {
    Path pipe = dir.resolve(name);
    assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor()).isZero();
    ClipOutcome outcome = decode(member(pipe.toUri().toString(), 512, 1_000));
    assertThat(outcome.status()).isEqualTo(Status.UNREADABLE);
    assertThat(outcome.reason()).isEqualTo("not a regular file");
  }

  @ParameterizedTest
  @ValueSource(strings = {"open", "read"})
  void aShardWhoseStorageBlocksCostsTheTimeOfItsClip(String call) throws IOException {
    for (String name : new String[] {"a.tar", "a.tar.gz"}) {
      String uri = write(name).replace("counted:", "stuck:");
      conf.set("fs.stuck.impl", HadoopSourceTest.StuckFileSystem.class.getName());
      conf.setBoolean("fs.stuck.impl.disable.cache", true);
      conf.set("stuck.call", call);
      long began = System.nanoTime();
      assertThat(decode(member(uri, 512, 1_000)).status()).isEqualTo(Status.TIMED_OUT);
      assertThat(System.nanoTime() - began).isBetween(900_000_000L, 10_000_000_000L);
    }
  }

  private ClipOutcome decode(AudioLocation location) {
    ClipSettings settings = new ClipSettings(Segmentation.DEFAULT, 60, 600, 1);
    try (ClipReader clip = ClipReader.open(() -> sources.open(location), "a.wav", settings)) {
      while (clip.outcome() == null) {
        clip.next();
      }
      return clip.outcome();
    }
  }

  private void readMember(String uri, int index) throws IOException {
    int offset = index * MEMBER;
    try (ByteSource member = sources.open(member(uri, offset, MEMBER))) {
      assertThat(read(member)).isEqualTo(Arrays.copyOfRange(content, offset, offset + MEMBER));
    }
  }

  private static AudioLocation member(String uri, long offset, long length) {
    return new AudioLocation(uri, offset, length, "a.wav", null);
  }

  private static byte[] read(ByteSource source) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    byte[] buffer = new byte[30_000];
    for (int n = source.read(buffer, 0, buffer.length);
        n > 0;
        n = source.read(buffer, 0, buffer.length)) {
      bytes.write(buffer, 0, n);
    }
    return bytes.toByteArray();
  }

  private String write(String name) throws IOException {
    Path file = dir.resolve(name);
    Files.write(file, ShardStream.isSequential(name) ? gzip(content) : content);
    return "counted://" + file;
  }

  private static byte[] content() {
    byte[] bytes = new byte[MEMBERS * MEMBER];
    new Random(0).nextBytes(bytes);
    return bytes;
  }

  private static byte[] gzip(byte[] bytes) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
      gzip.write(bytes);
    }
    return out.toByteArray();
  }

  /** The local disk; counts what is opened. */
  public static final class CountedFileSystem extends RawLocalFileSystem {
    /** Since the test began. */
    static final AtomicInteger opened = new AtomicInteger();

    /** At the moment. */
    static final AtomicInteger open = new AtomicInteger();

    @Override
    public URI getUri() {
      return URI.create("counted:///");
    }

    @Override
    protected void checkPath(org.apache.hadoop.fs.Path path) {}

    @Override
    public org.apache.hadoop.fs.FileStatus getFileStatus(org.apache.hadoop.fs.Path path)
        throws IOException {
      return super.getFileStatus(new org.apache.hadoop.fs.Path(path.toUri().getPath()));
    }

    @Override
    public FSDataInputStream open(org.apache.hadoop.fs.Path path, int buffer) throws IOException {
      FSDataInputStream in =
          super.open(new org.apache.hadoop.fs.Path(path.toUri().getPath()), buffer);
      opened.incrementAndGet();
      open.incrementAndGet();
      return new FSDataInputStream(in.getWrappedStream()) {
        private boolean isClosed;

        @Override
        public void close() throws IOException {
          if (!isClosed) {
            isClosed = true;
            open.decrementAndGet();
          }
          super.close();
        }
      };
    }
  }
}
