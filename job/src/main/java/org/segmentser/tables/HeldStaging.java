package org.segmentser.tables;

import java.io.IOException;
import java.util.Optional;
import java.util.UUID;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.segmentser.Claim;
import org.segmentser.Lease;
import org.segmentser.StagedDirectory;
import org.segmentser.UserError;

/**
 * A directory of one's own in {@code _staging}, {@code <name>-<UUID>}. A file in it names its
 * holder and is written again every few seconds, so that others can tell a live one from what a
 * dead one left, however long it stages nothing else. Closing it removes the directory.
 */
final class HeldStaging implements AutoCloseable {
  /** The file that names the holder. */
  static final String HOLDER = "_holder";

  private static final int UUID_LENGTH = 36;

  private final StagedDirectory directory;
  private final Lease held;

  private HeldStaging(StagedDirectory directory, Lease held) {
    this.directory = directory;
    this.held = held;
  }

  /**
   * Makes the directory, which proves that the output can be written.
   *
   * @param root the output, qualified
   * @throws IOException if it cannot be written; nothing is left then
   */
  static HeldStaging begin(FileSystem fs, Path root, String name) throws IOException {
    Path path = new Path(root, RunOutput.STAGING + "/" + name + "-" + UUID.randomUUID());
    StagedDirectory directory = StagedDirectory.begin(fs, root, path);
    try {
      return new HeldStaging(directory, Lease.take(fs, new Path(path, HOLDER), "same directory"));
    } catch (IOException | RuntimeException e) {
      directory.close();
      throw e;
    }
  }

  /**
   * Makes the directory in an output that is there.
   *
   * @throws UserError if it cannot be written
   */
  static HeldStaging begin(OutputTables tables, String name) {
    try {
      return begin(tables.fs(), tables.root(), name);
    } catch (IOException e) {
      throw UserError.unwritable("the output " + tables.root(), e);
    }
  }

  /** The name for which a directory in {@code _staging} was made: that of a run, mostly. */
  static String nameOf(String directory) {
    return directory.substring(0, Math.max(0, directory.length() - UUID_LENGTH - 1));
  }

  /**
   * Whether the process that made a directory is alive, as far as can be told.
   *
   * @param now in ms since the epoch; a clock that is wrong by less than {@link Lease#LIFE} less
   *     the time of a renewal does no harm
   */
  static boolean isHeld(FileSystem fs, Path directory, long now) throws IOException {
    Path file = new Path(directory, HOLDER);
    Optional<String> holder = Claim.holder(fs, file);
    return holder.isPresent() && !Lease.isDead(fs, file, holder.get(), now);
  }

  StagedDirectory directory() {
    return directory;
  }

  @Override
  public void close() {
    held.stop();
    directory.close();
  }
}
