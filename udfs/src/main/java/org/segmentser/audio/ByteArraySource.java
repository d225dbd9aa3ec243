package org.segmentser.audio;

import static java.util.Objects.requireNonNull;

/** A clip that is already in memory. The array is not copied. */
public final class ByteArraySource implements ByteSource {

  private final byte[] bytes;
  private int position;

  /** Wraps {@code bytes}, which must not change while the source is in use. */
  public ByteArraySource(byte[] bytes) {
    this.bytes = requireNonNull(bytes, "bytes");
  }

  @Override
  public int read(byte[] buffer, int offset, int length) {
    if (position == bytes.length) {
      return -1;
    }
    int count = Math.min(length, bytes.length - position);
    System.arraycopy(bytes, position, buffer, offset, count);
    position += count;
    return count;
  }

  @Override
  public void seek(long newPosition) {
    if (newPosition < 0 || newPosition > bytes.length) {
      throw new IllegalArgumentException(
          "position " + newPosition + " is outside 0.." + bytes.length);
    }
    position = (int) newPosition;
  }

  @Override
  public long length() {
    return bytes.length;
  }

  @Override
  public void close() {}
}
