package org.segmentser.features;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.UUID;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.segmentser.FileSystems;
import org.segmentser.UserError;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where the features of one key are kept, on any Hadoop file system: {@code <root>/<key>}, written
 * under a name of its own and renamed when whole. Its description is written last of all, as
 * renaming is not atomic on every file system: without it nothing counts as there. Closing it
 * removes what was not published.
 */
final class FeatureCache implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(FeatureCache.class);
  private static final String DESCRIPTION = "features.json";

  private final String root;
  private final FileSystem fs;
  private final Path kept;
  private final Path staging;

  private FeatureCache(String root, FileSystem fs, Path kept, Path staging) {
    this.root = root;
    this.fs = fs;
    this.kept = kept;
    this.staging = staging;
  }

  /**
   * Finds a key's place; writes nothing.
   *
   * @throws UserError if the root names no file system, or cannot be looked into
   */
  static FeatureCache open(String root, String key, Configuration conf) {
    try {
      if (!root.matches("[^\\[\\]{}*?]*")) {
        throw new IOException("Spark takes []{}*? in its name for a pattern");
      }
      Path path = new Path(root);
      FileSystem fs = FileSystems.of(path, conf);
      return new FeatureCache(
          root,
          fs,
          fs.makeQualified(new Path(path, key)),
          fs.makeQualified(new Path(path, "_" + key + "-" + UUID.randomUUID())));
    } catch (IOException | IllegalArgumentException e) {
      throw UserError.usage("cannot use the cache " + root + ": " + UserError.reason(e));
    }
  }

  /** Whether the features are there. */
  boolean isWhole() {
    try {
      return fs.exists(new Path(kept, DESCRIPTION));
    } catch (IOException e) {
      throw UserError.usage("cannot use the cache " + root + ": " + UserError.reason(e));
    }
  }

  /**
   * Proves that features can be written.
   *
   * @throws UserError if not
   */
  void begin() {
    try {
      fs.mkdirs(staging);
      Path probe = new Path(staging, "_writable");
      fs.create(probe).close();
      fs.delete(probe, false);
    } catch (IOException e) {
      throw unwritable(e);
    }
  }

  /** Where features are written first. */
  String staged() {
    return new Path(staging, "rows").toString();
  }

  /** Where features are kept. */
  String rows() {
    return new Path(kept, "rows").toString();
  }

  /**
   * Keeps what is staged, unless another process kept the same meanwhile.
   *
   * @param description for people, in JSON
   * @throws UserError if that fails; nothing counts as kept then
   */
  void publish(String description) {
    if (isWhole()) {
      return;
    }
    try {
      fs.delete(kept, true);
      if (!fs.rename(staging, kept)) {
        throw new IOException("the file system refused to rename " + staging);
      }
      try (OutputStream out = fs.create(new Path(kept, DESCRIPTION))) {
        out.write(description.getBytes(StandardCharsets.UTF_8));
      }
    } catch (IOException e) {
      throw unwritable(e);
    }
  }

  /** What tells the user that features cannot be written here. */
  UserError unwritable(Throwable e) {
    return UserError.tellsOfFullDisk(e)
        ? UserError.fault(
            "features cannot be written to the cache "
                + root
                + ": no space left there, or on a disk of Spark's own (spark.local.dir)")
        : UserError.unwritable("the cache " + root, e);
  }

  /** Never fails: what cannot be removed is logged. */
  @Override
  public void close() {
    try {
      fs.delete(staging, true);
    } catch (IOException | RuntimeException e) {
      LOG.warn("cannot remove {}: {}", staging, e.toString());
    }
  }

  /** Where it is. */
  @Override
  public String toString() {
    return kept.toString();
  }
}
