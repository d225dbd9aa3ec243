package org.segmentser.source;

import java.io.Closeable;
import java.io.IOException;
import java.util.Optional;
import java.util.function.Predicate;
import org.apache.hadoop.fs.CommonPathCapabilities;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RemoteIterator;

/** Any file system other than the local disk. */
final class HadoopTree implements Tree<Path> {
  private final FileSystem fs;

  HadoopTree(FileSystem fs) {
    this.fs = fs;
  }

  @Override
  public Node<Path> find(Path path) throws IOException {
    return node(fs.getFileStatus(path));
  }

  @Override
  public Node<Path> child(Node<Path> directory, String name) throws IOException {
    // A name may contain a colon.
    return find(new Path(directory.path(), new Path(null, null, name)));
  }

  @Override
  public Entries<Path> list(Node<Path> directory) throws IOException {
    return entries(fs.listStatusIterator(directory.path()), file -> true);
  }

  /** Object stores list millions of files fast at once, but slowly one directory at a time. */
  @Override
  public Optional<Entries<Path>> filesBelow(Node<Path> directory) throws IOException {
    if (!fs.hasPathCapability(directory.path(), CommonPathCapabilities.ETAGS_AVAILABLE)) {
      return Optional.empty();
    }
    Path top = directory.path();
    return Optional.of(
        entries(fs.listFiles(top, true), file -> !isHiddenBelow(top, file.getPath())));
  }

  private static Entries<Path> entries(
      RemoteIterator<? extends FileStatus> files, Predicate<FileStatus> wanted) {
    return new Entries<>() {
      @Override
      public Node<Path> next() throws IOException {
        while (files.hasNext()) {
          FileStatus file = files.next();
          if (wanted.test(file)) {
            return node(file);
          }
        }
        return null;
      }

      @Override
      public void close() throws IOException {
        if (files instanceof Closeable closeable) {
          closeable.close();
        }
      }
    };
  }

  @Override
  public Object identity(Node<Path> directory) {
    return directory.path();
  }

  private static boolean isHiddenBelow(Path directory, Path file) {
    for (Path p = file; p.depth() > directory.depth(); p = p.getParent()) {
      if (Tree.isHidden(p.getName())) {
        return true;
      }
    }
    return false;
  }

  private static Node<Path> node(FileStatus status) {
    Path path = status.getPath();
    return new Node<>(
        path,
        path.toString(),
        path.getName(),
        status.isDirectory() ? Node.Kind.DIRECTORY : Node.Kind.FILE,
        status.getLen(),
        status.getModificationTime(),
        null);
  }
}
