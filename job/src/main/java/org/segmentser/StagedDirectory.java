package org.segmentser;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Output in the making, on any Hadoop file system. It is staged under a private name on the file
 * system of its target and moved there by rename, so that a reader sees all of it or nothing. Where
 * a rename may not be atomic, as on S3, one file is moved last, the marker; what lacks its marker
 * does not count as there. Of several that publish the same target at the same time, one does.
 *
 * <p>Closing removes what was not published, with the directories that were made for it. It never
 * fails: what cannot be removed is logged.
 *
 * <p>Thread-safe: a shutdown hook may close it, and waits for a publication that has begun.
 */
public final class StagedDirectory implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(StagedDirectory.class);

  /** Where renaming a directory is known to be atomic. */
  private static final Set<String> ATOMIC = Set.of("file", "hdfs");

  private static final int MOST_TRIES = 100;

  private final FileSystem fs;
  private final Path target;
  private final Path staging;

  /** Directories to remove if they are empty in the end, lower ones first. */
  private final List<Path> shared = new ArrayList<>();

  private final List<Path> emptied = new ArrayList<>();
  private final List<Path> made = new ArrayList<>();

  private boolean closed;

  private StagedDirectory(FileSystem fs, Path target, Path staging) {
    this.fs = fs;
    this.target = target;
    this.staging = staging;
  }

  /**
   * Begins what is to be moved to a target or, in parts, below it, and proves that it can be
   * written.
   *
   * @param target qualified, like the next
   * @param staging a directory of which nobody else knows
   * @throws IOException if it cannot be written; nothing is left then
   */
  public static StagedDirectory begin(FileSystem fs, Path target, Path staging) throws IOException {
    StagedDirectory directory = new StagedDirectory(fs, target, staging);
    try {
      directory.make();
    } catch (IOException | RuntimeException e) {
      directory.close();
      throw e;
    }
    return directory;
  }

  /**
   * Begins an output that must not hold anything yet. It is staged beside the output; below it if
   * that exists, as it may be a mount or have a parent that cannot be written.
   *
   * @param output URI of a directory that does not exist or is empty
   * @throws UserError if it holds something or cannot be written; nothing is left then
   */
  public static StagedDirectory beginNew(String output, Configuration conf) {
    try {
      Path path = new Path(output);
      FileSystem fs = FileSystems.of(path, conf);
      Path target = fs.makeQualified(path);
      if (target.getParent() == null) {
        throw UserError.usage("the output " + output + " is a root");
      }
      boolean exists = fs.exists(target);
      if (exists && (!fs.getFileStatus(target).isDirectory() || fs.listStatus(target).length > 0)) {
        throw holdsSomething(output);
      }
      Path parent = exists ? target : target.getParent();
      return begin(fs, target, child(parent, "_" + target.getName() + "-" + UUID.randomUUID()));
    } catch (IOException | IllegalArgumentException e) {
      throw UserError.unwritable("the output " + output, e);
    }
  }

  /**
   * Proves that {@link #beginNew} would succeed, before hours of work; leaves nothing behind.
   *
   * @throws UserError if not
   */
  public static void check(String output, Configuration conf) {
    beginNew(output, conf).close();
  }

  /**
   * Refuses a name that Spark would not find again.
   *
   * @throws IOException if Spark takes it for a pattern
   */
  public static void refusePattern(String uri) throws IOException {
    if (!uri.matches("[^\\[\\]{}*?]*")) {
      throw new IOException("Spark takes []{}*? in its name for a pattern");
    }
  }

  private void make() throws IOException {
    for (Path above = staging.getParent(); isBelowTarget(above); above = above.getParent()) {
      shared.add(above);
    }
    for (Path above = staging.getParent(); isMissing(above); above = above.getParent()) {
      made.add(above);
    }
    if (FileSystems.isLocal(fs)) {
      makeLocal();
    } else if (!fs.mkdirs(staging)) {
      throw new IOException("no directory can be made there");
    }
    Path probe = path("_writable");
    fs.create(probe).close();
    fs.delete(probe, false);
  }

  /** Another process that ends may remove the directory above before ours is in it. */
  private void makeLocal() throws IOException {
    for (int tries = 1; ; tries++) {
      try {
        Files.createDirectories(FileSystems.local(staging));
        return;
      } catch (NoSuchFileException e) {
        if (tries == MOST_TRIES) {
          throw e;
        }
      }
    }
  }

  private boolean isBelowTarget(Path path) {
    return path.depth() > target.depth();
  }

  /** What cannot be looked at is not ours to remove. */
  private boolean isMissing(Path path) {
    try {
      return path != null && !fs.exists(path);
    } catch (IOException e) {
      LOG.debug("cannot look at {}", path, e);
      return false;
    }
  }

  /** Where all is staged. */
  public Path path() {
    return staging;
  }

  /** Where something is staged. */
  public Path path(String name) {
    return new Path(staging, name);
  }

  /** {@link #path()} on this machine; empty if it is elsewhere. */
  public Optional<java.nio.file.Path> local() {
    return FileSystems.isLocal(fs) ? Optional.of(FileSystems.local(staging)) : Optional.empty();
  }

  /** Stages a file. */
  public void write(String name, byte[] content) throws IOException {
    if (local().isPresent()) {
      // Hadoop would put a file of checksums beside it.
      Files.write(local().get().resolve(name), content);
    } else {
      try (OutputStream out = fs.create(path(name), false)) {
        out.write(content);
      }
    }
  }

  /** Stages a copy of a local file, under its own name. */
  public void upload(java.nio.file.Path file) throws IOException {
    fs.copyFromLocalFile(new Path(file.toUri()), path(file.getFileName().toString()));
  }

  /**
   * Makes all that is staged the target.
   *
   * @param marker the staged file that comes last where a rename may not be atomic
   * @throws UserError if the target has come to hold something, or another process is publishing it
   * @throws IOException if it cannot be moved; nothing of it is at the target then
   */
  public void publish(String marker) throws IOException {
    Optional<String> refused = publish(marker, false);
    if (refused.isPresent()) {
      throw UserError.usage(refused.get());
    }
  }

  /**
   * Like {@link #publish(String)}, but leaves a target that has its marker as it is, and replaces
   * one without: whoever published that died.
   *
   * @return why what is staged did not become the target; empty if it did
   */
  public Optional<String> publishUnlessThere(String marker) throws IOException {
    return publish(marker, true);
  }

  private synchronized Optional<String> publish(String marker, boolean replacesUnfinished)
      throws IOException {
    if (closed) {
      throw new IOException("the output was ended before it was published");
    }
    Path file = child(staging.getParent(), "_" + target.getName() + ".publishing");
    try (Claim claim = Claim.take(fs, file)) {
      if (claim.other().isPresent()) {
        return Optional.of(
            "another process is publishing "
                + target
                + ", or died while it did: "
                + file
                + " is held by "
                + Holder.named(claim.other().get())
                + "; if that has ended, remove the file and run again");
      }
      if (replacesUnfinished) {
        if (fs.exists(new Path(target, marker))) {
          return Optional.of(target + " was published by another process");
        }
        fs.delete(target, true);
      }
      if (holdsSomething()) {
        return Optional.of(holdsSomething(target.toString()).getMessage());
      }
      moveAll(marker);
      LOG.info("published {}", target);
      return Optional.empty();
    }
  }

  private static UserError holdsSomething(String output) {
    return UserError.usage("the output " + output + " exists and is not an empty directory");
  }

  /** Apart from what is staged there. */
  private boolean holdsSomething() throws IOException {
    try {
      for (FileStatus file : fs.listStatus(target)) {
        if (!file.getPath().getName().startsWith("_")) {
          return true;
        }
      }
      return false;
    } catch (FileNotFoundException e) {
      return false;
    }
  }

  private void moveAll(String marker) throws IOException {
    if (isBelowTarget(staging) || !ATOMIC.contains(fs.getUri().getScheme())) {
      moveEach(marker);
    } else if (local().isPresent()) {
      Files.move(local().get(), FileSystems.local(target), StandardCopyOption.ATOMIC_MOVE);
    } else {
      // Renaming to an existing directory would move into it.
      fs.delete(target, false);
      move(staging, target);
    }
  }

  private void moveEach(String marker) throws IOException {
    if (isMissing(target)) {
      emptied.add(target);
    }
    List<Path> moved = new ArrayList<>();
    try {
      for (FileStatus file : fs.listStatus(staging)) {
        Path to = child(target, file.getPath().getName());
        if (!to.getName().equals(marker)) {
          moved.add(to);
          move(file.getPath(), to);
        }
      }
      Path last = new Path(target, marker);
      moved.add(last);
      move(path(marker), last);
    } catch (IOException | RuntimeException e) {
      moved.forEach(this::discard);
      throw e;
    }
  }

  /** Moves a part of what is staged to where nothing is; makes the directories above. */
  public void move(Path from, Path to) throws IOException {
    fs.mkdirs(to.getParent());
    if (!fs.rename(from, to)) {
      throw new IOException("cannot move " + from + " to " + to);
    }
  }

  /**
   * Removes a part that was moved, even if only in part. Never fails.
   *
   * @return whether nothing of it can be there any more
   */
  public boolean discard(Path part) {
    boolean isGone = delete(part);
    removed(part);
    return isGone;
  }

  /** Notes that a part was removed: what is above it, below the target, may be empty now. */
  public void removed(Path part) {
    for (Path above = part.getParent(); isBelowTarget(above); above = above.getParent()) {
      emptied.add(above);
    }
  }

  @Override
  public synchronized void close() {
    if (closed) {
      return;
    }
    closed = true;
    delete(staging);
    // While others are at work, they may be about to move something into an empty directory.
    if (shared.stream().allMatch(this::deleteIfEmpty)) {
      emptied.forEach(this::deleteIfEmpty);
      for (Path directory : made) {
        if (!deleteIfEmpty(directory)) {
          return;
        }
      }
    }
  }

  private boolean delete(Path path) {
    try {
      if (fs.delete(path, true)) {
        LOG.info("removed {}", path);
      }
      return true;
    } catch (IOException | RuntimeException e) {
      LOG.warn("cannot remove {}: {}", path, e.toString());
      return false;
    }
  }

  /** Whether the directory is gone; others may write there, or remove it, at any moment. */
  private boolean deleteIfEmpty(Path directory) {
    try {
      if (FileSystems.isLocal(fs)) {
        // Hadoop looks whether it is empty, and then removes what it has come to hold since.
        Files.deleteIfExists(FileSystems.local(directory));
        return true;
      }
      return fs.listStatus(directory).length == 0 && fs.delete(directory, false);
    } catch (FileNotFoundException e) {
      return true;
    } catch (IOException | RuntimeException e) {
      LOG.debug("{} stays as it is", directory, e);
      return false;
    }
  }

  /** A path whose name may have a colon, which Hadoop would take for the end of a scheme. */
  private static Path child(Path parent, String name) {
    return new Path(parent, "./" + name);
  }
}
