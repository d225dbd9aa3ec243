package org.segmentser;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.Optional;
import java.util.UUID;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The right to do some work, which one process has at a time: a file that its holder writes again
 * and again. Whoever finds that nobody has written it for a while takes it over, as its holder must
 * be dead; ages are told by the clock of the file system alone. A process of the same machine is
 * asked for instead. Closing it gives it back, and never fails.
 *
 * <p>Thread-safe.
 */
public final class Lease implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Lease.class);

  /** How long a lease is held that nobody renews. */
  public static final Duration LIFE = Duration.ofMinutes(3);

  private static final Duration RENEWAL = Duration.ofSeconds(20);
  private static final int MOST_TRIES = 5;

  private final FileSystem fs;
  private final Path file;
  private final Duration period;
  private final String self = Holder.self();
  private final Thread renewal;
  private final boolean isNewOutput;
  private boolean isClosed;

  private Lease(FileSystem fs, Path file, Duration period) throws IOException {
    isNewOutput = !fs.exists(file.getParent().getParent());
    this.fs = fs;
    this.file = file;
    this.period = period;
    renewal = new Thread(this::renew, "lease");
    renewal.setDaemon(true);
  }

  /**
   * Takes a lease.
   *
   * @param file of the lease; its directory is made if need be
   * @param what is worked on, for the message: {@code same clips}
   * @throws UserError with {@link ExitCode#BUSY} if another process holds it
   */
  public static Lease take(FileSystem fs, Path file, String what) throws IOException {
    return take(fs, file, what, RENEWAL);
  }

  /** The same, renewed once in a period. */
  static Lease take(FileSystem fs, Path file, String what, Duration period) throws IOException {
    Lease lease = new Lease(fs, file, period);
    for (int tries = 1; ; tries++) {
      fs.mkdirs(file.getParent());
      try {
        Claim.create(fs, file, lease.self.getBytes(StandardCharsets.UTF_8));
        lease.renewal.start();
        return lease;
      } catch (IOException e) {
        Optional<String> holder = Claim.holder(fs, file);
        // A store may have created it and its answer got lost: then the second try is refused.
        if (holder.filter(lease.self::equals).isPresent()) {
          lease.renewal.start();
          return lease;
        }
        if (holder.isPresent() && !lease.removeIfDead(holder.get())) {
          throw UserError.busy(
              "another process is at work on the "
                  + what
                  + ": "
                  + file
                  + " is held by "
                  + Holder.named(holder.get())
                  + "; it is given back when that ends, or "
                  + LIFE.toMinutes()
                  + " minutes after it died");
        }
        // Somebody had it and has just given it back, or nobody can create it.
        if (tries == MOST_TRIES) {
          throw e;
        }
      }
    }
  }

  /**
   * Whether the holder of a lease is dead.
   *
   * @param file of the lease
   * @param holder what it says
   * @param now by the clock of the file system, in ms since the epoch
   */
  public static boolean isDead(FileSystem fs, Path file, String holder, long now)
      throws IOException {
    try {
      return Holder.hasEnded(holder)
          || now - fs.getFileStatus(file).getModificationTime() >= LIFE.toMillis();
    } catch (FileNotFoundException e) {
      return true;
    }
  }

  /** Removes the file of a holder that is dead; false if it is alive. */
  private boolean removeIfDead(String holder) throws IOException {
    if (!isDead(fs, file, holder, now()) || !Claim.remove(fs, file, holder)) {
      return false;
    }
    LOG.info("took over {} from {}", file, holder);
    return true;
  }

  /** The time by the clock of the file system. */
  private long now() throws IOException {
    Path probe = new Path(file.getParent(), file.getName() + "-" + UUID.randomUUID());
    try {
      Claim.create(fs, probe, self.getBytes(StandardCharsets.UTF_8));
      return fs.getFileStatus(probe).getModificationTime();
    } finally {
      fs.delete(probe, false);
    }
  }

  private void renew() {
    try {
      while (true) {
        Thread.sleep(period.toMillis());
        synchronized (this) {
          if (isClosed) {
            return;
          }
          try {
            write();
          } catch (IOException | RuntimeException e) {
            LOG.warn("cannot renew {}: {}", file, e.toString());
          }
        }
      }
    } catch (InterruptedException e) {
      // It is given back.
    }
  }

  private void write() throws IOException {
    if (!isMine()) {
      return;
    }
    if (FileSystems.isLocal(fs)) {
      Files.setLastModifiedTime(
          FileSystems.local(file), FileTime.fromMillis(System.currentTimeMillis()));
    } else {
      try (FSDataOutputStream out = fs.create(file, true)) {
        out.write(self.getBytes(StandardCharsets.UTF_8));
      }
    }
  }

  private boolean isMine() throws IOException {
    return Claim.holder(fs, file).filter(self::equals).isPresent();
  }

  /**
   * Makes sure that the lease is still held, before something is done that only its holder may do.
   *
   * @throws UserError with {@link ExitCode#BUSY} if another process took it over, as when this one
   *     was stopped for some time
   */
  public synchronized void check() throws IOException {
    if (!isMine()) {
      throw UserError.busy(
          "another process took over " + file + ", as this one had not renewed it for too long");
    }
  }

  private void deleteIfEmpty(Path directory) throws IOException {
    if (fs.exists(directory) && fs.listStatus(directory).length == 0) {
      fs.delete(directory, false);
    }
  }

  /** Stops renewing it. The file stays, for whoever removes the directory that it is in. */
  public synchronized void stop() {
    isClosed = true;
    // Never amid a write: a store may finish one that its client gave up, after the file's removal.
    renewal.interrupt();
  }

  /** When it was written last, by the clock of the file system, in ms since the epoch. */
  public long renewed() throws IOException {
    return fs.getFileStatus(file).getModificationTime();
  }

  @Override
  public void close() {
    stop();
    synchronized (this) {
      try {
        if (isMine()) {
          fs.delete(file, false);
          deleteIfEmpty(file.getParent());
          if (isNewOutput) {
            deleteIfEmpty(file.getParent().getParent());
          }
        }
      } catch (IOException | RuntimeException e) {
        LOG.warn("cannot remove {}: {}", file, e.toString());
      }
    }
  }
}
