package org.segmentser.source;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;
import org.segmentser.udf.ShardStream;

/** The headers of a tar archive, one by one. Whoever reads them moves past the bytes between. */
final class TarHeaders {
  /** No archive is that long, and sums of several such lengths are still numbers. */
  private static final long MOST_BYTES = 1L << 60;

  private final Bytes bytes;
  private final Reader reader;

  /** Reads on from where the shard is. */
  TarHeaders(ShardStream shard) {
    bytes = new Bytes(shard);
    reader = new Reader(bytes, shard);
  }

  /**
   * A member's header.
   *
   * @param name as it is in the archive
   * @param kind what the member is
   * @param offset where its bytes begin
   * @param size how many they should be, those of the holes of a sparse member left out
   */
  record Header(String name, Kind kind, long offset, long size) {
    /** Where the next header is. */
    long next() {
      long records = size / TarConstants.DEFAULT_RCDSIZE;
      boolean isFull = size % TarConstants.DEFAULT_RCDSIZE == 0;
      return offset + (records + (isFull ? 0 : 1)) * TarConstants.DEFAULT_RCDSIZE;
    }
  }

  /** What a member is. */
  enum Kind {
    FILE,
    DIRECTORY,
    /** A file whose holes are left out. */
    SPARSE,
    /** A link, a device, or what only some programs know. */
    SPECIAL
  }

  /** The archive has something else where a header should be. */
  static final class DamagedException extends IOException {
    private static final long serialVersionUID = 1L;

    DamagedException(Throwable cause) {
      super(cause);
    }
  }

  /**
   * Reads the header where the shard is, with the records before it that belong to it.
   *
   * @return null at the mark that ends an archive
   * @throws EOFException if the shard ends before that
   * @throws DamagedException if there is no header, or one of a member that no archive can hold
   * @throws IOException if the storage fails
   */
  Header next() throws IOException {
    bytes.left = Bytes.MOST;
    TarArchiveEntry entry;
    try {
      entry = reader.next();
    } catch (IOException | RuntimeException e) {
      bytes.throwIfFailed();
      throw new DamagedException(e);
    }
    if (entry == null) {
      if (reader.isEndMarked) {
        return null;
      }
      throw new EOFException();
    }
    if (!entry.isCheckSumOK()) {
      throw new DamagedException(null);
    }
    long size = hasBytes(entry) ? entry.getSize() : 0;
    if (size < 0 || size > MOST_BYTES - reader.headerEnd) {
      throw new DamagedException(null);
    }
    return new Header(entry.getName(), kind(entry), reader.headerEnd, size);
  }

  /** No bytes follow links, devices and directories, whatever size their headers have. */
  private static boolean hasBytes(TarArchiveEntry entry) {
    return entry.getLinkFlag() < TarConstants.LF_LINK || entry.getLinkFlag() > TarConstants.LF_FIFO;
  }

  private static Kind kind(TarArchiveEntry entry) {
    if (entry.isDirectory()) {
      return Kind.DIRECTORY;
    }
    if (entry.isSparse()) {
      return Kind.SPARSE;
    }
    return switch (entry.getLinkFlag()) {
      case TarConstants.LF_OLDNORM, TarConstants.LF_NORMAL, TarConstants.LF_CONTIG -> Kind.FILE;
      default -> Kind.SPECIAL;
    };
  }

  /** Knows where the headers end, and how the archive does. */
  private static final class Reader extends TarArchiveInputStream {
    private final ShardStream shard;
    private long headerEnd;
    private boolean isEndMarked;

    Reader(InputStream bytes, ShardStream shard) {
      // A block of one record: nothing is read past the mark.
      super(
          bytes,
          TarConstants.DEFAULT_RCDSIZE,
          TarConstants.DEFAULT_RCDSIZE,
          StandardCharsets.UTF_8.name(),
          true);
      this.shard = shard;
    }

    TarArchiveEntry next() throws IOException {
      // It need not move past the bytes of the last one.
      setCurrentEntry(null);
      return getNextEntry();
    }

    /** The map of a sparse member, which stands before its bytes, may be read in another way. */
    @Override
    protected byte[] readRecord() throws IOException {
      byte[] header = super.readRecord();
      headerEnd = shard.position();
      return header;
    }

    @Override
    protected boolean isEOFRecord(byte[] header) {
      boolean isEnd = super.isEOFRecord(header);
      isEndMarked |= isEnd && header != null;
      return isEnd;
    }
  }

  /** The shard for the reader of headers, which does not bound what a header makes it read. */
  private static final class Bytes extends InputStream {
    /** More than any name and map that programs write, yet too little to exhaust the stack. */
    private static final int MOST = 256 << 10;

    private final ShardStream shard;
    private int left;
    private boolean isAtEnd;
    private IOException failure;

    Bytes(ShardStream shard) {
      this.shard = shard;
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
    }

    @Override
    public int read(byte[] target, int offset, int count) throws IOException {
      if (count > left) {
        throw new IOException("a header of more than " + MOST + " bytes");
      }
      try {
        int got = shard.read(target, offset, count);
        left -= Math.max(0, got);
        isAtEnd = got < 0;
        return got;
      } catch (IOException e) {
        failure = e;
        throw e;
      }
    }

    void throwIfFailed() throws IOException {
      if (failure != null) {
        throw failure;
      }
      if (isAtEnd) {
        throw new EOFException();
      }
    }
  }
}
