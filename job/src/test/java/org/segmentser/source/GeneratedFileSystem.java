package org.segmentser.source;

import static org.apache.hadoop.util.functional.RemoteIterators.mappingRemoteIterator;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.net.URI;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.BlockLocation;
import org.apache.hadoop.fs.CommonPathCapabilities;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.LocatedFileStatus;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RemoteIterator;
import org.apache.hadoop.fs.permission.FsPermission;
import org.apache.hadoop.util.Progressable;

/**
 * Serves names and lengths of files that are not there, as many as its authority says: {@code
 * generated://10000000-1000/} has ten million files in a thousand directories. One file in ten
 * thousand is large, and each directory has one that is no audio. {@code 10000000-1000-bucket}
 * lists all below a directory at once, as object stores do.
 */
public final class GeneratedFileSystem extends FileSystem {
  /** The setting that makes Hadoop find it. */
  public static final String IMPLEMENTATION = "fs.generated.impl";

  private static final long SMALL = 100_000;
  private static final long LARGE = 500_000_000;
  private static final int ONE_LARGE_IN = 10_000;

  private URI uri;
  private long files;
  private int directories;
  private boolean isBucket;

  @Override
  public void initialize(URI name, Configuration conf) throws IOException {
    super.initialize(name, conf);
    uri = URI.create(name.getScheme() + "://" + name.getAuthority());
    String[] counts = name.getAuthority().split("-", 3);
    isBucket = counts.length > 2;
    files = Long.parseLong(counts[0]);
    directories = Integer.parseInt(counts[1]);
  }

  @Override
  public URI getUri() {
    return uri;
  }

  @Override
  public FileStatus getFileStatus(Path path) throws IOException {
    String name = path.toUri().getPath();
    if (name.equals("/") || name.matches("/d\\d+")) {
      return directory(path);
    }
    throw new FileNotFoundException(name);
  }

  private FileStatus directory(Path path) {
    return new FileStatus(0, true, 0, 0, 0, makeQualified(path));
  }

  private FileStatus file(Path directory, long number) {
    // Real listings differ too.
    long length = number % ONE_LARGE_IN == 7 ? LARGE : SMALL + number % 1000;
    String name = "recording-" + number + ".wav";
    return new FileStatus(
        length,
        false,
        1,
        1 << 20,
        number,
        0,
        FsPermission.getFileDefault(),
        "",
        "",
        new Path(directory, name));
  }

  @Override
  public RemoteIterator<FileStatus> listStatusIterator(Path path) {
    Path directory = makeQualified(path);
    if (path.toUri().getPath().equals("/")) {
      return entries(directories, i -> directory(new Path(directory, "d" + i)));
    }
    long which = Long.parseLong(path.getName().substring(1));
    long first = files * which / directories;
    long count = files * (which + 1) / directories - first;
    return entries(
        count + 1,
        i ->
            i < count
                ? file(directory, first + i)
                : new FileStatus(1, false, 1, 1, 0, new Path(directory, "notes.txt")));
  }

  private interface Entry {
    FileStatus at(long number);
  }

  private static RemoteIterator<FileStatus> entries(long count, Entry entry) {
    return new RemoteIterator<>() {
      private long next;

      @Override
      public boolean hasNext() {
        return next < count;
      }

      @Override
      public FileStatus next() {
        return entry.at(next++);
      }
    };
  }

  @Override
  public boolean hasPathCapability(Path path, String capability) throws IOException {
    boolean isAsked = capability.equals(CommonPathCapabilities.ETAGS_AVAILABLE);
    return isAsked ? isBucket : super.hasPathCapability(path, capability);
  }

  @Override
  public RemoteIterator<LocatedFileStatus> listFiles(Path path, boolean isRecursive)
      throws IOException {
    if (!path.toUri().getPath().equals("/")) {
      return mappingRemoteIterator(listStatusIterator(path), GeneratedFileSystem::located);
    }
    RemoteIterator<FileStatus> below = listStatusIterator(path);
    return new RemoteIterator<>() {
      private RemoteIterator<LocatedFileStatus> files = listFiles(below.next().getPath(), true);

      @Override
      public boolean hasNext() throws IOException {
        while (!files.hasNext() && below.hasNext()) {
          files = listFiles(below.next().getPath(), true);
        }
        return files.hasNext();
      }

      @Override
      public LocatedFileStatus next() throws IOException {
        return hasNext() ? files.next() : null;
      }
    };
  }

  private static LocatedFileStatus located(FileStatus file) {
    return new LocatedFileStatus(file, new BlockLocation[0]);
  }

  @Override
  public FileStatus[] listStatus(Path path) {
    throw new UnsupportedOperationException("too many at once");
  }

  @Override
  public FSDataInputStream open(Path path, int bufferSize) throws IOException {
    throw new FileNotFoundException(path.toString());
  }

  @Override
  public FSDataOutputStream create(
      Path path,
      FsPermission permission,
      boolean overwrite,
      int bufferSize,
      short replication,
      long blockSize,
      Progressable progress) {
    throw new UnsupportedOperationException();
  }

  @Override
  public FSDataOutputStream append(Path path, int bufferSize, Progressable progress) {
    throw new UnsupportedOperationException();
  }

  @Override
  public boolean rename(Path from, Path to) {
    return false;
  }

  @Override
  public boolean delete(Path path, boolean recursive) {
    return false;
  }

  @Override
  public void setWorkingDirectory(Path path) {}

  @Override
  public Path getWorkingDirectory() {
    return new Path(uri.toString(), "/");
  }

  @Override
  public boolean mkdirs(Path path, FsPermission permission) {
    return false;
  }
}
