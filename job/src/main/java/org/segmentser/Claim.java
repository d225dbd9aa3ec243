package org.segmentser;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.Optional;
import java.util.UUID;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FSDataOutputStreamBuilder;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Options.CreateFileOptionKeys;
import org.apache.hadoop.fs.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A file that only one of those who compete for it can create: on local disks by {@code O_EXCL}, on
 * HDFS by the name node, on S3 by a conditional write. Where a store has no conditional writes, or
 * S3A is told not to use them, S3A looks before it writes, which is not atomic. Closing it gives
 * the claim back, and never fails: what cannot be removed is logged.
 */
public final class Claim implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Claim.class);
  private static final String CONDITIONAL =
      CreateFileOptionKeys.FS_OPTION_CREATE_CONDITIONAL_OVERWRITE;

  private static final int MOST_TRIES = 5;
  private static final long FIRST_PAUSE_MS = 40;

  private final FileSystem fs;
  private final Path file;
  private final String other;

  private Claim(FileSystem fs, Path file, String other) {
    this.fs = fs;
    this.file = file;
    this.other = other;
  }

  /**
   * Tries to create the file, in a directory that exists.
   *
   * @throws IOException if nobody has it and it cannot be created
   */
  public static Claim take(FileSystem fs, Path file) throws IOException {
    String self = Holder.self();
    for (int tries = 1; ; tries++) {
      try {
        create(fs, file, self.getBytes(StandardCharsets.UTF_8));
        return new Claim(fs, file, null);
      } catch (IOException e) {
        // A store may have created it and its answer got lost: then the second try is refused.
        Optional<String> found;
        try {
          found = holder(fs, file);
        } catch (IOException unreadable) {
          e.addSuppressed(unreadable);
          throw e;
        }
        if (found.isPresent()) {
          return new Claim(fs, file, found.get().equals(self) ? null : found.get());
        }
        // Somebody had it and has just given it back, or nobody can create it.
        if (tries == MOST_TRIES) {
          throw e;
        }
      }
    }
  }

  /** What another one that holds the claim wrote; empty if this one holds it. */
  public Optional<String> other() {
    return Optional.ofNullable(other);
  }

  /**
   * Who holds a claim, which may not say so yet; empty if nobody does.
   *
   * @throws IOException if it cannot be read, after several tries
   */
  public static Optional<String> holder(FileSystem fs, Path file) throws IOException {
    for (int tries = 1; ; tries++) {
      try (InputStream in = fs.open(file)) {
        return Optional.of(new String(in.readAllBytes(), StandardCharsets.UTF_8).strip());
      } catch (FileNotFoundException e) {
        return Optional.empty();
      } catch (InterruptedIOException e) {
        throw e;
      } catch (IOException e) {
        // HDFS may fail to read a file that is written at this moment.
        if (tries == MOST_TRIES) {
          throw e;
        }
        pause(FIRST_PAUSE_MS << (tries - 1));
      }
    }
  }

  private static void pause(long ms) throws InterruptedIOException {
    try {
      Thread.sleep(ms);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted");
    }
  }

  /**
   * Removes a claim or a lease whose holder is dead. Of several that find it dead, one moves it
   * aside; whoever has taken it since gets it back.
   *
   * @param holder what the file said
   * @return whether that holder has it no more; false if it has become another's
   */
  public static boolean remove(FileSystem fs, Path file, String holder) throws IOException {
    Path aside = new Path(file.getParent(), file.getName() + "-" + UUID.randomUUID());
    try {
      if (!fs.rename(file, aside)) {
        return true;
      }
    } catch (FileNotFoundException e) {
      return true;
    }
    boolean isOfHolder;
    try {
      isOfHolder = holder(fs, aside).filter(holder::equals).isPresent();
    } catch (IOException e) {
      fs.rename(aside, file);
      throw e;
    }
    boolean gone = isOfHolder || !fs.rename(aside, file);
    fs.delete(aside, false);
    return gone;
  }

  @Override
  public void close() {
    if (other != null) {
      return;
    }
    try {
      if (FileSystems.isLocal(fs)) {
        Files.deleteIfExists(FileSystems.local(file));
      } else {
        fs.delete(file, false);
      }
    } catch (IOException | RuntimeException e) {
      LOG.warn("cannot remove {}: {}", file, e.toString());
    }
  }

  static void create(FileSystem fs, Path file, byte[] text) throws IOException {
    if (FileSystems.isLocal(fs)) {
      java.nio.file.Path local = FileSystems.local(file);
      Files.createFile(local);
      try {
        Files.write(local, text);
      } catch (IOException e) {
        Files.delete(local);
        throw e;
      }
    } else if (fs.hasPathCapability(file, CONDITIONAL)) {
      FSDataOutputStreamBuilder<?, ?> conditional = fs.createFile(file);
      conditional.must(CONDITIONAL, true);
      // The object is created when the stream closes, if there is none by then.
      try (FSDataOutputStream out = conditional.build()) {
        out.write(text);
      }
    } else {
      FSDataOutputStream created = fs.create(file, false);
      try (FSDataOutputStream out = created) {
        out.write(text);
      } catch (IOException e) {
        fs.delete(file, false);
        throw e;
      }
    }
  }
}
