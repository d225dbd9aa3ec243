package org.segmentser.audio;

import static java.util.Objects.requireNonNull;

/** A clip that is already in memory. The array is not copied. */
public final class ByteArraySource implements ByteSource {

  private final byte[] bytes;
  private final int there;
  private int position;

  /** Wraps {@code bytes}, which must not change while the source is in use. */
  public ByteArraySource(byte[] bytes) {
    this(requireNonNull(bytes, "bytes"), bytes.length);
  }

  /**
   * Wraps the bytes of a clip that proved shorter than it was known to be.
   *
   * @param bytes as many as the clip should have; they must not change while the source is in use
   * @param there how many of them, from the first on, it has
   */
  public ByteArraySource(byte[] bytes, int there) {
    this.bytes = bytes;
    this.there = there;
  }

  @Override
  public int read(byte[] buffer, int offset, int length) {
    if (position >= there) {
      return -1;
    }
    int count = Math.min(length, there - position);
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
  public long lengthNow() {
    return there;
  }

  @Override
  public void close() {}
}
