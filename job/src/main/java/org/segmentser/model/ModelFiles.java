package org.segmentser.model;

import java.nio.file.Path;

/** Where the files of a model are on this machine. */
@FunctionalInterface
public interface ModelFiles {
  /**
   * The path of a file. All files are in one directory, each under a name that ends with its name
   * in the model; so the path of a prefix of names is the prefix of their paths, which is how
   * TensorFlow names a checkpoint.
   *
   * @param name one of {@link ModelSpec#files}, or a prefix of several
   */
  Path path(String name);
}
