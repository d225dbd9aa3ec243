package org.segmentser.source;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.LocatedFileStatus;
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
  public List<Node<Path>> list(Node<Path> directory) throws IOException {
    return Arrays.stream(fs.listStatus(directory.path())).sorted().map(HadoopTree::node).toList();
  }

  /** Object stores list millions of files fast at once, but slowly one directory at a time. */
  @Override
  public Optional<List<Node<Path>>> filesBelow(Node<Path> directory) throws IOException {
    List<Node<Path>> found = new ArrayList<>();
    RemoteIterator<LocatedFileStatus> files = fs.listFiles(directory.path(), true);
    while (files.hasNext()) {
      LocatedFileStatus file = files.next();
      if (!isHiddenBelow(directory.path(), file.getPath())) {
        found.add(node(file));
      }
    }
    return Optional.of(found);
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
