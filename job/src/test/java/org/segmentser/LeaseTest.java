package org.segmentser;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RawLocalFileSystem;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LeaseTest {
  private static final Duration PERIOD = Duration.ofMillis(20);

  @TempDir private java.nio.file.Path directory;

  private final CountDownLatch isWriting = new CountDownLatch(1);
  private final AtomicBoolean wasInterrupted = new AtomicBoolean();

  /**
   * A store that is slow to write a file again, and writes it whatever becomes of the client, as S3
   * does with a request that it has got. Not of the scheme {@code file}, where leases are renewed
   * without writing.
   */
  private final class SlowStore extends RawLocalFileSystem {
    @Override
    public URI getUri() {
      return URI.create("slow:///");
    }

    @Override
    public FSDataOutputStream create(Path path, boolean overwrite) throws IOException {
      if (overwrite) {
        isWriting.countDown();
        try {
          Thread.sleep(500);
        } catch (InterruptedException e) {
          wasInterrupted.set(true);
          Thread.currentThread().interrupt();
        }
      }
      return super.create(path, overwrite);
    }
  }

  @Test
  void nothingIsWrittenAfterItWasStopped() throws Exception {
    SlowStore fs = new SlowStore();
    fs.initialize(URI.create("slow:///"), new Configuration());
    Path file = new Path("slow://" + directory.resolve("lease"));
    Lease lease = Lease.take(fs, file, "same work", PERIOD);
    isWriting.await();
    lease.stop();
    assertThat(fs.delete(file, false)).isTrue();
    Thread.sleep(PERIOD.multipliedBy(5).toMillis());
    assertThat(directory).isEmptyDirectory();
    assertThat(wasInterrupted).isFalse();
  }
}
