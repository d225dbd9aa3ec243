package org.segmentser.audio;

import java.io.Closeable;
import java.io.IOException;

/**
 * Random access to the encoded bytes of one clip.
 *
 * <p>Used by one thread at a time. The decoder that is given a source closes it. Any call may
 * block: decoders make them on a thread of the clip's own (see {@link SourceThread}).
 */
public interface ByteSource extends Closeable {

  /** How the bytes of a clip are reached. */
  @FunctionalInterface
  interface Opener {
    /** Opens the clip's bytes at their beginning. */
    ByteSource open() throws IOException;
  }

  /**
   * Reads up to {@code length} bytes into {@code buffer} at {@code offset}.
   *
   * @return the number of bytes read, at least 1; -1 at the end
   */
  int read(byte[] buffer, int offset, int length) throws IOException;

  /** Moves to {@code position} bytes from the start; at most {@link #length()}. */
  void seek(long position) throws IOException;

  /** Length of the clip in bytes, as it is known without asking the storage. */
  long length();

  /**
   * Length of the clip in bytes as the storage has it now: other than {@link #length()} if the file
   * changed.
   */
  default long lengthNow() throws IOException {
    return length();
  }
}
