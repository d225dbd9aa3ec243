package org.segmentser.model;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.segmentser.FileSystems;
import org.segmentser.UserError;

/** A file or directory on any Hadoop file system. */
public record Storage(FileSystem fs, org.apache.hadoop.fs.Path path) {

  /**
   * Finds the file system of a URI; a path without a scheme is on the default one.
   *
   * @throws ModelException if there is none
   */
  public static Storage of(String uri, Configuration conf) {
    try {
      org.apache.hadoop.fs.Path path = new org.apache.hadoop.fs.Path(uri);
      FileSystem fs = FileSystems.of(path, conf);
      return new Storage(fs, fs.makeQualified(path));
    } catch (IOException | IllegalArgumentException e) {
      throw new ModelException("no file system for " + uri + ": " + UserError.reason(e), e);
    }
  }

  /** The URI of a local file, not encoded: Hadoop would not decode it. */
  public static String uri(Path local) {
    return "file://" + local.toAbsolutePath();
  }

  /** Its local path; empty on any other file system. */
  public Optional<Path> local() {
    return "file".equals(path.toUri().getScheme())
        ? Optional.of(Path.of(path.toUri().getPath()))
        : Optional.empty();
  }

  /** What has this name in this directory. */
  public Storage child(String name) {
    return new Storage(fs, new org.apache.hadoop.fs.Path(path, name));
  }

  /** What has this name in the directory that this one is in. */
  public Storage sibling(String name) {
    return new Storage(fs, new org.apache.hadoop.fs.Path(path.getParent(), name));
  }

  /** Whether it is there. */
  public boolean exists() throws IOException {
    return fs.exists(path);
  }

  /** The last part of its path. */
  public String name() {
    return path.getName();
  }

  /** Copies this file to a local one. */
  public void copyTo(Path target) throws IOException {
    fs.copyToLocalFile(false, path, new org.apache.hadoop.fs.Path(target.toUri()), true);
  }

  /** The local path if it is on the local file system, else the URI. */
  @Override
  public String toString() {
    return local().map(Path::toString).orElse(path.toString());
  }
}
