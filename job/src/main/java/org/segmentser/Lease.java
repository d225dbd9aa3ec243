package org.segmentser;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
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
  private static final String NAMESPACE = ", namespace ";
  private static final Pattern HOLDER =
      Pattern.compile("process (\\d+)@.*" + NAMESPACE + "(\\S+), execution \\S+");

  private final FileSystem fs;
  private final Path file;
  private final String self =
      Claim.process() + NAMESPACE + namespace() + ", execution " + UUID.randomUUID();
  private final Thread renewal;
  private final boolean isNewOutput;
  private boolean isClosed;

  private Lease(FileSystem fs, Path file) throws IOException {
    isNewOutput = !fs.exists(file.getParent().getParent());
    this.fs = fs;
    this.file = file;
    renewal = new Thread(this::renew, "lease");
    renewal.setDaemon(true);
  }

  /**
   * Takes a lease.
   *
   * @param file of the lease; its directory is made if need be
   * @param what it is of, for the message: {@code scoring of ...}
   * @throws UserError with {@link ExitCode#BUSY} if another process holds it
   */
  public static Lease take(FileSystem fs, Path file, String what) throws IOException {
    Lease lease = new Lease(fs, file);
    for (int tries = 1; ; tries++) {
      fs.mkdirs(file.getParent());
      try {
        Claim.create(fs, file, lease.self.getBytes(StandardCharsets.UTF_8));
        lease.renewal.start();
        return lease;
      } catch (IOException e) {
        Optional<String> holder = Claim.holder(fs, file);
        if (holder.isPresent() && !lease.removeIfDead(holder.get())) {
          throw UserError.busy(
              "another process is at work on the "
                  + what
                  + ": "
                  + file
                  + " is held by "
                  + StagedDirectory.holder(holder.get())
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

  /** What must be equal for process ids to mean the same processes; empty if that is not known. */
  private static String namespace() {
    try {
      return Files.readString(java.nio.file.Path.of("/proc/sys/kernel/random/boot_id")).strip()
          + "/"
          + Files.readSymbolicLink(java.nio.file.Path.of("/proc/self/ns/pid"));
    } catch (IOException | RuntimeException e) {
      return "";
    }
  }

  /** Whether a holder was a process of this machine that has ended. */
  private static boolean hasEnded(String holder) {
    Matcher known = HOLDER.matcher(holder);
    return known.matches()
        && known.group(2).equals(namespace())
        && ProcessHandle.of(Long.parseLong(known.group(1))).isEmpty();
  }

  /** Removes the file of a holder that is dead; false if it is alive. */
  private boolean removeIfDead(String holder) throws IOException {
    Path probe = new Path(file.getParent(), file.getName() + "-" + UUID.randomUUID());
    try {
      Claim.create(fs, probe, new byte[] {'.'});
      long now = fs.getFileStatus(probe).getModificationTime();
      long written = fs.getFileStatus(file).getModificationTime();
      if (!hasEnded(holder) && now - written < LIFE.toMillis()) {
        return false;
      }
      fs.delete(probe, false);
      // Of several that find it dead, one moves it; another may have moved it before this one does,
      // and what is there now is its own.
      if (fs.rename(file, probe) && Claim.holder(fs, probe).filter(holder::equals).isEmpty()) {
        return !fs.rename(probe, file);
      }
      LOG.info("took over {}, which nobody has renewed for {} ms", file, now - written);
      return true;
    } finally {
      fs.delete(probe, false);
    }
  }

  private void renew() {
    try {
      while (true) {
        Thread.sleep(RENEWAL.toMillis());
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

  @Override
  public void close() {
    renewal.interrupt();
    synchronized (this) {
      isClosed = true;
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
