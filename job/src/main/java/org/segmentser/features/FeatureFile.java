package org.segmentser.features;

import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Objects;

/**
 * The rows of a {@link FeatureSet}, read as they are asked for; memory does not grow with the file.
 * Thread-safe: reads run side by side. As with any {@link FileChannel}, interrupting a thread that
 * reads closes the file for all.
 */
public final class FeatureFile implements AutoCloseable {
  private static final int MAX_BYTES_PER_READ = 1 << 20;

  private final Path file;
  private final FileChannel channel;
  private final int width;

  private FeatureFile(Path file, FileChannel channel, int width) {
    this.file = file;
    this.channel = channel;
    this.width = width;
  }

  /**
   * Opens a set's file.
   *
   * @throws UncheckedIOException if it cannot be opened
   */
  public static FeatureFile open(FeatureSet set) {
    return open(set.file(), set.width());
  }

  /**
   * Opens a file of float32 little-endian rows.
   *
   * @param width numbers per row, at least 1
   * @throws UncheckedIOException if it cannot be opened
   */
  public static FeatureFile open(Path file, int width) {
    try {
      return new FeatureFile(file, FileChannel.open(file, StandardOpenOption.READ), width);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Numbers per row. */
  public int width() {
    return width;
  }

  /**
   * Reads adjacent rows.
   *
   * @param row number of the first, from 0
   * @param rows how many
   * @param into takes {@code rows * width} numbers from {@code offset} on
   * @throws IndexOutOfBoundsException if they do not fit into {@code into}
   * @throws UncheckedIOException if the file ends before them or cannot be read
   */
  public void read(long row, int rows, float[] into, int offset) {
    int count = Math.multiplyExact(rows, width);
    Objects.checkFromIndexSize(offset, count, into.length);
    int block = Math.min(count, MAX_BYTES_PER_READ / Float.BYTES);
    ByteBuffer bytes = ByteBuffer.allocate(block * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    long position = row * width * Float.BYTES;
    for (int done = 0; done < count; done += block) {
      int n = Math.min(block, count - done);
      fill(bytes.clear().limit(n * Float.BYTES), position + (long) done * Float.BYTES);
      bytes.flip().asFloatBuffer().get(into, offset + done, n);
    }
  }

  private void fill(ByteBuffer bytes, long position) {
    try {
      long at = position;
      while (bytes.hasRemaining()) {
        int n = channel.read(bytes, at);
        if (n < 0) {
          throw new EOFException(file + " ends at byte " + at + ", before the rows asked for");
        }
        at += n;
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
