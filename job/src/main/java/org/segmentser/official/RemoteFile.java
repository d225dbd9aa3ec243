package org.segmentser.official;

import java.net.URI;
import java.nio.file.Path;

/**
 * A file to download.
 *
 * @param sha256 its SHA-256, 64 hexadecimal digits in lower case
 */
record RemoteFile(URI uri, String sha256) {
  /** The same file on another server. */
  RemoteFile below(URI base) {
    String folder = base.toString().endsWith("/") ? base.toString() : base + "/";
    return new RemoteFile(URI.create(folder + name()), sha256);
  }

  /** The last part of its address. */
  String name() {
    return Path.of(uri.getPath()).getFileName().toString();
  }
}
