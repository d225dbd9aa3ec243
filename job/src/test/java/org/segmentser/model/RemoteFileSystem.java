package org.segmentser.model;

import java.net.URI;
import java.nio.file.Path;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.RawLocalFileSystem;

/** The local file system under a scheme of its own: stands for one that is not local. */
public final class RemoteFileSystem extends RawLocalFileSystem {
  private static final URI ROOT = URI.create("remote:///");

  /** Knows the scheme {@code remote}. */
  public static Configuration configuration() {
    Configuration conf = new Configuration();
    conf.setClass("fs.remote.impl", RemoteFileSystem.class, RawLocalFileSystem.class);
    return conf;
  }

  /** The URI of a local path on this file system. */
  public static String uri(Path path) {
    return "remote://" + path.toAbsolutePath();
  }

  @Override
  public URI getUri() {
    return ROOT;
  }

  @Override
  public String getScheme() {
    return "remote";
  }
}
