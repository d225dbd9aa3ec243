package org.segmentser.audio;

import java.io.Closeable;
import java.io.IOException;

/**
 * Random access to the encoded bytes of one clip.
 *
 * <p>Used by one thread at a time. The decoder that is given a source closes it.
 */
public interface ByteSource extends Closeable {

  /**
   * Reads up to {@code length} bytes into {@code buffer} at {@code offset}.
   *
   * @return the number of bytes read, at least 1; -1 at the end
   */
  int read(byte[] buffer, int offset, int length) throws IOException;

  /** Moves to {@code position} bytes from the start; at most {@link #length()}. */
  void seek(long position) throws IOException;

  /** Length of the clip in bytes. */
  long length();
}
