package org.segmentser.it;

import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RawLocalFileSystem;
import org.apache.hadoop.fs.permission.FsPermission;
import org.apache.hadoop.util.Progressable;

/**
 * The local disk under another scheme, whose process dies, as by {@code kill -9}, at a step of a
 * publication: before the file system does what it is asked to for the n-th time since a claim was
 * made.
 */
public final class HaltingFileSystem extends RawLocalFileSystem {
  static final String STEP = "test.halting.step";
  private static final String CLAIM = ".publishing";

  private URI uri;
  private int stepsLeft;
  private boolean isPublishing;

  @Override
  public void initialize(URI name, Configuration conf) throws IOException {
    uri = URI.create(name.getScheme() + "://" + name.getAuthority());
    stepsLeft = conf.getInt(STEP, 0);
    super.initialize(name, conf);
  }

  @Override
  public URI getUri() {
    return uri == null ? super.getUri() : uri;
  }

  @Override
  public File pathToFile(Path path) {
    return new File(path.toUri().getPath());
  }

  @Override
  public FileStatus getFileStatus(Path path) throws IOException {
    // The local one's looks its permissions up by a path of the scheme "file".
    FileStatus found = super.getFileStatus(path);
    return new FileStatus(
        found.getLen(),
        found.isDirectory(),
        1,
        found.getBlockSize(),
        found.getModificationTime(),
        makeQualified(path));
  }

  @Override
  public FileStatus[] listStatus(Path path) throws IOException {
    File file = pathToFile(path);
    if (!file.isDirectory()) {
      return new FileStatus[] {getFileStatus(path)};
    }
    List<FileStatus> found = new ArrayList<>();
    for (String name : file.list()) {
      found.add(getFileStatus(new Path(path, name)));
    }
    return found.toArray(FileStatus[]::new);
  }

  @Override
  public boolean rename(Path from, Path to) throws IOException {
    step();
    return super.rename(from, to);
  }

  @Override
  public boolean mkdirs(Path path, FsPermission permission) throws IOException {
    step();
    return super.mkdirs(path, permission);
  }

  @Override
  public boolean delete(Path path, boolean isRecursive) throws IOException {
    step();
    return super.delete(path, isRecursive);
  }

  @Override
  public FSDataOutputStream create(
      Path path,
      boolean overwrite,
      int bufferSize,
      short replication,
      long blockSize,
      Progressable progress)
      throws IOException {
    isPublishing |= path.getName().endsWith(CLAIM);
    step();
    return super.create(path, overwrite, bufferSize, replication, blockSize, progress);
  }

  private void step() {
    if (isPublishing && stepsLeft > 0 && --stepsLeft == 0) {
      Runtime.getRuntime().halt(137);
    }
  }
}
