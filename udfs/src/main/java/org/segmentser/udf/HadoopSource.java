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

/** The bytes of a whole file on any Hadoop file system. */
public final class HadoopSource implements ByteSource {
  private final FileSystem fs;
  private final Path path;
  private final FSDataInputStream in;
  private final long length;

  private HadoopSource(FileSystem fs, Path path, FSDataInputStream in, long length) {
    this.fs = fs;
    this.path = path;
    this.in = in;
    this.length = length;
  }

  /**
   * Opens a file. A length that a listing has told already saves an object store a request.
   *
   * @throws IOException if there is no such file, or it cannot be read
   */
  public static HadoopSource open(AudioLocation file, Configuration conf) throws IOException {
    Path path = new Path(file.uri());
    FileSystem fs = path.getFileSystem(conf);
    if (fs instanceof LocalFileSystem local) {
      // Its checksums, which audio does not have, fail on names with a colon.
      fs = local.getRawFileSystem();
    }
    if (fs.getUri().getScheme().equals("file")) {
      refuseUnreadable(java.nio.file.Path.of(path.toUri().getPath()));
    }
    long length = file.length() == null ? fs.getFileStatus(path).getLen() : file.length();
    FSDataInputStream in =
        FutureIO.awaitFuture(
            fs.openFile(path)
                .opt(OpenFileOptions.FS_OPTION_OPENFILE_LENGTH, Long.toString(length))
                .opt(
                    OpenFileOptions.FS_OPTION_OPENFILE_READ_POLICY,
                    OpenFileOptions.FS_OPTION_OPENFILE_READ_POLICY_SEQUENTIAL)
                .build());
    return new HadoopSource(fs, path, in, length);
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
  public int read(byte[] buffer, int offset, int count) throws IOException {
    return in.read(buffer, offset, count);
  }

  @Override
  public void seek(long position) throws IOException {
    in.seek(position);
  }

  @Override
  public long length() {
    return length;
  }

  @Override
  public long lengthNow() throws IOException {
    return fs.getFileStatus(path).getLen();
  }

  @Override
  public void close() throws IOException {
    in.close();
  }
}
