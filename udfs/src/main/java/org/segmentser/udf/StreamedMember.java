package org.segmentser.udf;

import java.io.IOException;
import java.util.zip.ZipException;
import org.segmentser.audio.AudioLocation;
import org.segmentser.audio.ByteSource;

/**
 * A member of a compressed shard that is too large for memory. Its beginning, to which decoders
 * like to go back, is kept; to any other place that was passed the shard is read from its beginning
 * again.
 */
final class StreamedMember implements ByteSource {
  private static final int HEAD_BYTES = 1 << 20;

  private final Sources sources;
  private final AudioLocation member;
  private final byte[] head = new byte[HEAD_BYTES];
  private int headBytes;
  private long position;

  /** Null until it is needed, and after it failed. */
  private Sources.OpenShard shard;

  /** What the shard has of the member: less than was listed once that has shown. */
  private long there;

  StreamedMember(Sources sources, AudioLocation member) {
    this.sources = sources;
    this.member = member;
    there = member.length();
  }

  @Override
  public int read(byte[] target, int offset, int count) throws IOException {
    int got =
        position < headBytes ? readHead(target, offset, count) : readOn(target, offset, count);
    position += Math.max(0, got);
    return got;
  }

  private int readHead(byte[] target, int offset, int count) {
    int most = (int) Math.min(count, headBytes - position);
    System.arraycopy(head, (int) position, target, offset, most);
    return most;
  }

  private int readOn(byte[] target, int offset, int count) throws IOException {
    if (position >= there) {
      return -1;
    }
    ShardStream stream = streamUpTo(member.offset() + position);
    int got = -1;
    try {
      if (stream.skipTo(member.offset() + position)) {
        got = stream.read(target, offset, (int) Math.min(count, there - position));
      }
    } catch (ZipException e) {
      // As in a file that ends early, what is there counts.
    } catch (ShardStream.StoppedException e) {
      throw e;
    } catch (IOException e) {
      shard = null;
      stream.close();
      throw e;
    }
    if (got < 0) {
      there = Math.max(0, stream.position() - member.offset());
    } else if (position == headBytes && headBytes < head.length) {
      int kept = Math.min(got, head.length - headBytes);
      System.arraycopy(target, offset, head, headBytes, kept);
      headBytes += kept;
    }
    return got;
  }

  /** The shard's stream, not past a position. */
  private ShardStream streamUpTo(long target) throws IOException {
    if (shard != null && shard.stream().position() > target) {
      shard.stream().close();
      shard = null;
    }
    if (shard == null) {
      shard = sources.take(member.uri(), target);
    }
    return shard.stream();
  }

  @Override
  public void seek(long to) {
    position = to;
  }

  @Override
  public long length() {
    return member.length();
  }

  @Override
  public long lengthNow() {
    return there;
  }

  @Override
  public void close() throws IOException {
    if (shard != null) {
      sources.giveBack(shard);
      shard = null;
    }
  }
}
