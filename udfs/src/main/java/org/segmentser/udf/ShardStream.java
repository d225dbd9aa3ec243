package org.segmentser.udf;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.util.Locale;
import java.util.zip.GZIPInputStream;
import org.apache.hadoop.conf.Configuration;
import org.segmentser.audio.AudioLocation;

/**
 * The bytes of a tar shard from its beginning on, without their compression. It only moves forward.
 * Not thread-safe; threads may use it one after another.
 */
public final class ShardStream extends InputStream {
  private static final int BUFFER_BYTES = 16 << 10;
  private static final int COMPRESSED_BUFFER_BYTES = 64 << 10;

  /** Bytes that take a disk no longer to read than to seek past. */
  private static final long LOCAL_GAP = 128 << 10;

  /** The same of an object store, where a seek is a request of some 50 ms. */
  private static final long REMOTE_GAP = 4 << 20;

  private final HadoopSource file;

  /** Decompresses the file; null if it is not compressed. */
  private final InputStream decompressed;

  private final byte[] buffer = new byte[BUFFER_BYTES];
  private int next;
  private int limit;
  private long position;

  private ShardStream(HadoopSource file, InputStream decompressed) {
    this.file = file;
    this.decompressed = decompressed;
  }

  /**
   * Opens a shard.
   *
   * @param shard the file as a whole
   * @throws EOFException if it ends before the first byte
   * @throws java.util.zip.ZipException if it should be compressed and is not
   * @throws IOException if there is no such file, or it cannot be read
   */
  public static ShardStream open(AudioLocation shard, Configuration conf) throws IOException {
    HadoopSource file = HadoopSource.open(AudioLocation.ofFile(shard.uri(), shard.length()), conf);
    if (!isSequential(shard.uri())) {
      return new ShardStream(file, null);
    }
    boolean opened = false;
    try {
      InputStream decompressed = new GZIPInputStream(new FileBytes(file), COMPRESSED_BUFFER_BYTES);
      opened = true;
      return new ShardStream(file, decompressed);
    } finally {
      if (!opened) {
        file.close();
      }
    }
  }

  /**
   * Whether a shard can only be read from its beginning on, as its name says that it is compressed.
   * Its members cost one pass together if one task reads them in their order, and one pass each if
   * not.
   */
  public static boolean isSequential(String uri) {
    String lower = uri.toLowerCase(Locale.ROOT);
    return lower.endsWith(".gz") || lower.endsWith(".tgz");
  }

  /** Bytes that were read or skipped so far, compressed ones as they are without compression. */
  public long position() {
    return position;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
  }

  @Override
  public int read(byte[] target, int offset, int count) throws IOException {
    if (count == 0) {
      return 0;
    }
    if (next == limit && !fill()) {
      return -1;
    }
    int most = Math.min(count, limit - next);
    System.arraycopy(buffer, next, target, offset, most);
    next += most;
    position += most;
    return most;
  }

  /**
   * Moves forward: a short way by reading, a long one by a seek if there is no compression.
   *
   * @param target a position that is not before {@link #position}
   * @return whether the shard is that long; if not, it is at its end
   * @throws StoppedException if the thread was interrupted; the stream can be used further
   */
  public boolean skipTo(long target) throws IOException {
    long gap = file.isLocal() ? LOCAL_GAP : REMOTE_GAP;
    while (position < target) {
      if (Thread.currentThread().isInterrupted()) {
        throw new StoppedException();
      }
      if (next == limit && decompressed == null && target - position >= gap) {
        position = Math.max(position, Math.min(target, file.length()));
        file.seek(position);
        return position == target;
      }
      if (next == limit && !fill()) {
        return false;
      }
      int skipped = (int) Math.min(limit - next, target - position);
      next += skipped;
      position += skipped;
    }
    return true;
  }

  /** Returns whether there is more. */
  private boolean fill() throws IOException {
    next = 0;
    limit = 0;
    try {
      int count =
          decompressed == null
              ? file.read(buffer, 0, buffer.length)
              : decompressed.read(buffer, 0, buffer.length);
      limit = Math.max(0, count);
    } catch (EOFException e) {
      // It was cut off: that is its end.
    }
    return limit > 0;
  }

  @Override
  public void close() throws IOException {
    if (decompressed != null) {
      decompressed.close();
    } else {
      file.close();
    }
  }

  /** The thread was interrupted between two reads. */
  static final class StoppedException extends InterruptedIOException {
    private static final long serialVersionUID = 1L;

    StoppedException() {
      super("interrupted");
    }
  }

  /** A file for the decompressor. */
  private static final class FileBytes extends InputStream {
    private final HadoopSource file;
    private boolean ended;

    FileBytes(HadoopSource file) {
      this.file = file;
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
    }

    @Override
    public int read(byte[] target, int offset, int count) throws IOException {
      int got = file.read(target, offset, count);
      ended = got < 0;
      return got;
    }

    /** The decompressor asks, to know whether another stream follows the one that has ended. */
    @Override
    public int available() {
      return ended ? 0 : 1;
    }

    @Override
    public void close() throws IOException {
      file.close();
    }
  }
}
