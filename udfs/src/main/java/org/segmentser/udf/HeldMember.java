package org.segmentser.udf;

import org.segmentser.audio.ByteSource;

/** A member of a compressed shard that is held in memory. */
final class HeldMember implements ByteSource {
  private final byte[] bytes;
  private final int there;
  private long position;

  /**
   * A member as it was read.
   *
   * @param bytes as many as were listed
   * @param there how many of them the shard has
   */
  HeldMember(byte[] bytes, int there) {
    this.bytes = bytes;
    this.there = there;
  }

  @Override
  public int read(byte[] target, int offset, int count) {
    if (position >= there) {
      return -1;
    }
    int most = (int) Math.min(count, there - position);
    System.arraycopy(bytes, (int) position, target, offset, most);
    position += most;
    return most;
  }

  @Override
  public void seek(long to) {
    position = to;
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
