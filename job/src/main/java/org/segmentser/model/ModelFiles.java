package org.segmentser.model;

import java.nio.file.Path;

/** Where the files of a model are on this machine. */
@FunctionalInterface
public interface ModelFiles {
  /**
   * A file's path. All files are in one directory and their paths end with their names, so what
   * several names begin with gives what their paths begin with.
   *
   * @param name of one of {@link ModelSpec#files}, or what several of them begin with
   */
  Path path(String name);
}
