package org.segmentser.source;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.segmentser.FileSystems;

/**
 * A file system, as a listing walks it.
 *
 * @param <P> how it reaches its nodes
 */
interface Tree<P> {
  /**
   * The one that a path is on.
   *
   * @throws org.segmentser.UserError if its scheme is that of no file system
   */
  static Tree<?> of(Path path, Configuration conf) throws IOException {
    FileSystem fs = FileSystems.of(path, conf);
    return fs.getUri().getScheme().equals("file") ? new LocalTree(fs) : new HadoopTree(fs);
  }

  /**
   * What a path names.
   *
   * @throws java.io.FileNotFoundException if there is nothing
   * @throws IOException that says why it cannot be looked at
   */
  Node<P> find(Path path) throws IOException;

  /**
   * What a directory holds under a name.
   *
   * @throws IOException as {@link #find} does
   */
  Node<P> child(Node<P> directory, String name) throws IOException;

  /**
   * All that a directory holds, by name.
   *
   * @throws IOException that says why it cannot be listed
   */
  List<Node<P>> list(Node<P> directory) throws IOException;

  /**
   * All files at any depth below a directory, but for those with a name or directory that is
   * hidden; empty where asking for them at once wins nothing.
   *
   * @throws IOException if anything there cannot be listed
   */
  Optional<List<Node<P>>> filesBelow(Node<P> directory) throws IOException;

  /** Tells directories apart that several links lead to. */
  Object identity(Node<P> directory) throws IOException;

  /** Whether listings pass over a name, as Spark does. */
  static boolean isHidden(String name) {
    return name.startsWith("_") || name.startsWith(".");
  }
}
