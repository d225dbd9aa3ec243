package org.segmentser.udf;

import java.io.Closeable;
import java.io.IOException;
import java.util.zip.ZipException;
import org.apache.hadoop.conf.Configuration;
import org.segmentser.audio.AudioLocation;
import org.segmentser.audio.ByteArraySource;
import org.segmentser.audio.ByteSource;

/**
 * How one task reaches the bytes of its clips: whole files, and members of tar shards. Members of a
 * compressed shard that are opened in their order share one pass of decompression.
 *
 * <p>Thread-safe, as each clip is read on a thread of its own, and that of a clip that was given up
 * may still be at work.
 */
public final class Sources implements Closeable {
  /** Up to this a member of a compressed shard is held in memory while it is open. */
  private static final int HELD_BYTES = 64 << 20;

  private final Configuration conf;
  private final int heldBytes;

  /** A compressed shard that nobody reads at the moment; null for none. */
  private OpenShard idle;

  private boolean closed;

  /** A compressed shard, as far as it was read. Whoever takes one has it alone. */
  record OpenShard(String uri, ShardStream stream) {}

  /** For one task; opens nothing yet. */
  public Sources(Configuration conf) {
    this(conf, HELD_BYTES);
  }

  Sources(Configuration conf, int heldBytes) {
    this.conf = conf;
    this.heldBytes = heldBytes;
  }

  /**
   * Opens the bytes at a location.
   *
   * @throws IOException if there is no such file, or it cannot be read
   */
  public ByteSource open(AudioLocation location) throws IOException {
    if (location.member() == null || !ShardStream.isSequential(location.uri())) {
      return HadoopSource.open(location, conf);
    }
    return location.length() <= heldBytes ? hold(location) : new StreamedMember(this, location);
  }

  private ByteSource hold(AudioLocation member) throws IOException {
    byte[] bytes = new byte[Math.toIntExact(member.length())];
    OpenShard shard = take(member.uri(), member.offset());
    int there = 0;
    boolean isUsable = false;
    try {
      if (shard.stream().skipTo(member.offset())) {
        there = read(shard.stream(), bytes);
      }
      isUsable = true;
    } catch (ShardStream.StoppedException e) {
      // The clip's time is over; the shard is as good as before for the next one.
      isUsable = true;
      throw e;
    } finally {
      if (isUsable) {
        giveBack(shard);
      } else {
        shard.stream().close();
      }
    }
    return new ByteArraySource(bytes, there);
  }

  /**
   * Reads until the bytes are full, or the shard ends or is damaged; returns how many there are.
   */
  private static int read(ShardStream in, byte[] bytes) throws IOException {
    int there = 0;
    try {
      while (there < bytes.length) {
        int count = in.read(bytes, there, bytes.length - there);
        if (count < 0) {
          break;
        }
        there += count;
      }
    } catch (ZipException e) {
      // As in a file that ends early, what is there counts.
    }
    return there;
  }

  /** Takes the shard that is idle if it is this one and not past a position; else opens it anew. */
  OpenShard take(String uri, long position) throws IOException {
    OpenShard found;
    synchronized (this) {
      found = idle;
      idle = null;
    }
    if (found != null && found.uri().equals(uri) && found.stream().position() <= position) {
      return found;
    }
    if (found != null) {
      found.stream().close();
    }
    return new OpenShard(uri, ShardStream.open(AudioLocation.ofFile(uri, null), conf));
  }

  /** Keeps a shard for the next member; of two, that which is further on. */
  void giveBack(OpenShard shard) throws IOException {
    OpenShard done = shard;
    synchronized (this) {
      if (!closed && (idle == null || idle.stream().position() < shard.stream().position())) {
        done = idle;
        idle = shard;
      }
    }
    if (done != null) {
      done.stream().close();
    }
  }

  /** Closes what is idle at once, and what a clip still reads when the clip is closed. */
  @Override
  public void close() throws IOException {
    OpenShard done;
    synchronized (this) {
      closed = true;
      done = idle;
      idle = null;
    }
    if (done != null) {
      done.stream().close();
    }
  }
}
