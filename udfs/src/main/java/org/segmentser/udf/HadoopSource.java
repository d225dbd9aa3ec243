package org.segmentser.udf;

import java.io.IOException;
import java.nio.file.Files;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.LocalFileSystem;
import org.apache.hadoop.fs.Options.OpenFileOptions;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.util.functional.FutureIO;
import org.segmentser.audio.AudioLocation;
import org.segmentser.audio.ByteSource;

/** The bytes of a file, or of a stretch of one, on any Hadoop file system. */
public final class HadoopSource implements ByteSource {
  private final FileSystem fs;
  private final Path path;
  private final FSDataInputStream in;
  private final long offset;
  private final long length;

  /** From {@link #offset} on. */
  private long position;

  /** Whether {@link #in} is elsewhere. */
  private boolean mustSeek;

  private HadoopSource(FileSystem fs, Path path, FSDataInputStream in, long offset, long length) {
    this.fs = fs;
    this.path = path;
    this.in = in;
    this.offset = offset;
    this.length = length;
    mustSeek = offset > 0;
  }

  /**
   * Opens what is at a location. A length that a listing has told already saves an object store a
   * request.
   *
   * @throws IOException if there is no such file, or it cannot be read
   */
  public static HadoopSource open(AudioLocation location, Configuration conf) throws IOException {
    Path path = new Path(location.uri());
    FileSystem fs = path.getFileSystem(conf);
    if (fs instanceof LocalFileSystem local) {
      // Its checksums, which audio does not have, fail on names with a colon.
      fs = local.getRawFileSystem();
    }
    if (fs.getUri().getScheme().equals("file")) {
      refuseUnreadable(java.nio.file.Path.of(path.toUri().getPath()));
    }
    long offset = location.offset();
    long length =
        location.length() == null
            ? Math.max(0, fs.getFileStatus(path).getLen() - offset)
            : location.length();
    // An object store is asked for no more than what ends where it is told that the file ends.
    FSDataInputStream in =
        FutureIO.awaitFuture(
            fs.openFile(path)
                .opt(OpenFileOptions.FS_OPTION_OPENFILE_LENGTH, Long.toString(offset + length))
                .opt(
                    OpenFileOptions.FS_OPTION_OPENFILE_READ_POLICY,
                    OpenFileOptions.FS_OPTION_OPENFILE_READ_POLICY_SEQUENTIAL)
                .build());
    return new HadoopSource(fs, path, in, offset, length);
  }

  /**
   * A pipe blocks whoever opens it until somebody writes, and a device may never end. That a file
   * is not there is left to whoever opens it.
   */
  private static void refuseUnreadable(java.nio.file.Path file) throws IOException {
    if (!Files.exists(file)) {
      return;
    }
    if (!Files.isRegularFile(file)) {
      throw new IOException("not a regular file");
    }
    if (!Files.isReadable(file)) {
      throw new IOException("permission denied");
    }
  }

  @Override
  public int read(byte[] buffer, int at, int count) throws IOException {
    if (position >= length) {
      return -1;
    }
    if (mustSeek) {
      in.seek(offset + position);
      mustSeek = false;
    }
    int got = in.read(buffer, at, (int) Math.min(count, length - position));
    position += Math.max(0, got);
    return got;
  }

  @Override
  public void seek(long to) {
    mustSeek = mustSeek || to != position;
    position = to;
  }

  @Override
  public long length() {
    return length;
  }

  @Override
  public long lengthNow() throws IOException {
    long now = Math.max(0, fs.getFileStatus(path).getLen() - offset);
    // Behind a stretch of a file there may be others.
    return offset == 0 ? now : Math.min(now, length);
  }

  /** Whether the file is on a disk of this machine, where a seek costs next to nothing. */
  boolean isLocal() {
    return fs.getUri().getScheme().equals("file");
  }

  @Override
  public void close() throws IOException {
    in.close();
  }
}
