package org.segmentser.source;

import java.io.Closeable;
import java.io.IOException;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.segmentser.FileSystems;

/**
 * A file system, as a listing walks it.
 *
 * @param <P> how it refers to its nodes
 */
interface Tree<P> {
  /**
   * The file system that a path is on.
   *
   * @throws org.segmentser.UserError if its scheme is that of no file system
   */
  static Tree<?> of(Path path, Configuration conf) throws IOException {
    FileSystem fs = FileSystems.of(path, conf);
    return fs.getUri().getScheme().equals("file") ? new LocalTree(fs) : new HadoopTree(fs);
  }

  /** Entries that come one after another, however many there are. */
  interface Entries<P> extends Closeable {
    /**
     * The next entry; null behind the last one.
     *
     * @throws IOException that says why no more can be listed
     */
    Node<P> next() throws IOException;
  }

  /**
   * What a path names.
   *
   * @throws java.io.FileNotFoundException if there is nothing
   * @throws IOException that says why it cannot be accessed
   */
  Node<P> find(Path path) throws IOException;

  /**
   * The entry of a directory under a name.
   *
   * @throws IOException as {@link #find} does
   */
  Node<P> child(Node<P> directory, String name) throws IOException;

  /**
   * All entries of a directory, in any order.
   *
   * @throws IOException that says why it cannot be listed
   */
  Entries<P> list(Node<P> directory) throws IOException;

  /**
   * All files at any depth below a directory, except hidden ones and those in hidden directories;
   * empty where asking for them all at once gains nothing.
   *
   * @throws IOException if the directory cannot be listed
   */
  Optional<Entries<P>> filesBelow(Node<P> directory) throws IOException;

  /** The same for a directory however many links lead to it. */
  Object identity(Node<P> directory) throws IOException;

  /** Whether listings skip a name, as Spark does. */
  static boolean isHidden(String name) {
    return name.startsWith("_") || name.startsWith(".");
  }
}
