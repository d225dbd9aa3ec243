package org.segmentser.features;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.UUID;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.segmentser.FileSystems;
import org.segmentser.StagedDirectory;
import org.segmentser.UserError;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where the features of one key are kept, on any Hadoop file system: {@code <root>/<key>}, staged
 * under a name of its own. Without its description nothing counts as there. Closing it removes what
 * was not published.
 */
final class FeatureCache implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(FeatureCache.class);
  private static final String DESCRIPTION = "features.json";
  private static final String ROWS = "rows";

  private final String root;
  private final FileSystem fs;
  private final Path kept;
  private StagedDirectory staged;
  private String rows;

  private FeatureCache(String root, FileSystem fs, Path kept) {
    this.root = root;
    this.fs = fs;
    this.kept = kept;
    this.rows = new Path(kept, ROWS).toString();
  }

  /**
   * Finds a key's place; writes nothing.
   *
   * @throws UserError if the root names no file system, or cannot be looked into
   */
  static FeatureCache open(String root, String key, Configuration conf) {
    try {
      StagedDirectory.refusePattern(root);
      Path path = new Path(root);
      FileSystem fs = FileSystems.of(path, conf);
      return new FeatureCache(root, fs, fs.makeQualified(new Path(path, key)));
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
      Path staging = new Path(kept.getParent(), "_" + kept.getName() + "-" + UUID.randomUUID());
      staged = StagedDirectory.begin(fs, kept, staging);
      rows = staged();
    } catch (IOException e) {
      throw unwritable(e);
    }
  }

  /** Where features are written first, once begun. */
  String staged() {
    return staged.path(ROWS).toString();
  }

  /** Where features are read: those that are kept, or else those that this process staged. */
  String rows() {
    return rows;
  }

  /**
   * Keeps what is staged, unless another process kept the same meanwhile or is about to.
   *
   * @param description for people, in JSON
   * @throws UserError if that fails; nothing counts as kept then
   */
  void publish(String description) {
    try {
      staged.write(DESCRIPTION, description.getBytes(StandardCharsets.UTF_8));
      Optional<String> refused = staged.publishUnlessThere(DESCRIPTION);
      if (refused.isPresent()) {
        LOG.warn("features were computed that are not kept: {}", refused.get());
      } else {
        rows = new Path(kept, ROWS).toString();
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

  /** Never fails. */
  @Override
  public void close() {
    if (staged != null) {
      staged.close();
    }
  }

  /** Where it is. */
  @Override
  public String toString() {
    return kept.toString();
  }
}
