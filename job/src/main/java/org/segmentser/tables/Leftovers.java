package org.segmentser.tables;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RemoteIterator;
import org.segmentser.Claim;
import org.segmentser.Holder;
import org.segmentser.Lease;

/**
 * Which of what lies in {@code _staging} is in use, and which was left by the dead. Dead is a
 * process of this machine that has ended; of another one, whose files nobody has written for some
 * time.
 *
 * @param now by the clock of the file system, in ms since the epoch
 * @param patience for which something is unwritten before its holder counts as dead
 */
record Leftovers(FileSystem fs, Path root, long now, Duration patience) {
  /** A file that says more than a holder would is not read. */
  private static final int MOST_HOLDER_BYTES = 1000;

  /**
   * What lies in {@code _staging}.
   *
   * @param holder what its holder wrote; empty if that is not known
   * @param written when the last file in it was written, in ms since the epoch
   */
  record Entry(Path path, boolean isDirectory, String holder, long written, Amount amount) {
    boolean isClaim() {
      return path.getName().endsWith(RunOutput.CLAIM);
    }

    boolean isLease() {
      return path.getName().endsWith(RunOutput.LEASE);
    }

    /** The run that is staged or claimed; of leases, the work. */
    String name() {
      return isDirectory
          ? HeldStaging.nameOf(path.getName())
          : path.getName().replaceFirst("\\.[a-z]+$", "");
    }
  }

  /**
   * Files and their length.
   *
   * @param written when the last of them was written, in ms since the epoch; 0 for none
   */
  record Amount(int files, long bytes, long written) {
    static final Amount NONE = new Amount(0, 0, 0);

    Amount plus(Amount other) {
      return new Amount(files + other.files, bytes + other.bytes, Math.max(written, other.written));
    }

    /** What is below a path. */
    static Amount of(FileSystem fs, Path path) throws IOException {
      Amount sum = NONE;
      RemoteIterator<? extends FileStatus> files = fs.listFiles(path, true);
      while (files.hasNext()) {
        FileStatus file = files.next();
        sum = sum.plus(new Amount(1, file.getLen(), file.getModificationTime()));
      }
      return sum;
    }
  }

  /** All that lies there; what goes while it is looked at is left out. */
  List<Entry> entries() throws IOException {
    return entries(name -> true);
  }

  private List<Entry> entries(Predicate<String> isWanted) throws IOException {
    List<Entry> entries = new ArrayList<>();
    for (FileStatus found : list(new Path(root, RunOutput.STAGING))) {
      try {
        if (isWanted.test(found.getPath().getName())) {
          entries.add(entry(found));
        }
      } catch (FileNotFoundException e) {
        // Its holder has ended well.
      }
    }
    return entries;
  }

  private FileStatus[] list(Path directory) throws IOException {
    try {
      return fs.listStatus(directory);
    } catch (FileNotFoundException e) {
      return new FileStatus[0];
    }
  }

  private Entry entry(FileStatus found) throws IOException {
    Path path = found.getPath();
    if (!found.isDirectory()) {
      String holder = found.getLen() > MOST_HOLDER_BYTES ? "" : holder(path);
      long written = found.getModificationTime();
      return new Entry(path, false, holder, written, new Amount(1, found.getLen(), written));
    }
    Amount amount = Amount.of(fs, path);
    // On S3 directories have no time.
    long written = amount.files() > 0 ? amount.written() : found.getModificationTime();
    return new Entry(path, true, holder(new Path(path, HeldStaging.HOLDER)), written, amount);
  }

  private String holder(Path file) throws IOException {
    return Claim.holder(fs, file).orElse("");
  }

  boolean isDead(Entry entry) throws IOException {
    return entry.isLease()
        ? Lease.isDead(fs, entry.path(), entry.holder(), now)
        : Holder.hasEnded(entry.holder()) || isOld(entry.written());
  }

  /** Whether what was last written then is not awaited any more. */
  boolean isOld(long written) {
    return now - written > patience.toMillis();
  }

  /** Why something is taken for dead, or is not. */
  String why(Entry entry) {
    String holder = Holder.named(entry.holder()).replaceFirst(", execution .*", "");
    if (Holder.hasEnded(entry.holder())) {
      return holder + " has ended";
    }
    return unwrittenFor(entry.written()) + (entry.holder().isEmpty() ? "" : ", by " + holder);
  }

  String unwrittenFor(long written) {
    return "last written " + RunOutput.age(Duration.ofMillis(Math.max(0, now - written))) + " ago";
  }

  /** The execution that stages a run or has claimed it; empty if there is none. */
  Optional<Entry> live(String runId) throws IOException {
    for (Entry entry : entries(name -> name.startsWith(runId))) {
      boolean isOfRun = entry.name().equals(runId) && (entry.isDirectory() || entry.isClaim());
      if (isOfRun && !isDead(entry)) {
        return Optional.of(entry);
      }
    }
    return Optional.empty();
  }

  /**
   * The right to change a run, which is taken over from the dead; empty if an execution is at this
   * run.
   */
  Optional<Claim> seize(String runId) throws IOException {
    // It would fail in the end if it found this claim when it publishes.
    if (isStaged(runId)) {
      return Optional.empty();
    }
    Path file = RunOutput.claim(root, runId);
    for (Entry claim : entries(name -> name.equals(file.getName()))) {
      if (!isDead(claim) || !Claim.remove(fs, file, claim.holder())) {
        return Optional.empty();
      }
    }
    Claim claim = Claim.take(fs, file);
    if (claim.other().isPresent()) {
      return Optional.empty();
    }
    if (isStaged(runId)) {
      // It has begun since.
      claim.close();
      return Optional.empty();
    }
    return Optional.of(claim);
  }

  private boolean isStaged(String runId) throws IOException {
    for (Entry entry : entries(name -> HeldStaging.nameOf(name).equals(runId))) {
      if (entry.isDirectory() && !isDead(entry)) {
        return true;
      }
    }
    return false;
  }

  /**
   * What another process is at: a directory that it stages in, or a lease.
   *
   * @param own what is one's own
   */
  Optional<Entry> atWork(Set<Path> own) throws IOException {
    for (Entry entry : entries()) {
      boolean isAlive =
          entry.isDirectory()
              ? HeldStaging.isHeld(fs, entry.path(), now)
              : entry.isLease() && !isDead(entry);
      if (isAlive && !own.contains(entry.path())) {
        return Optional.of(entry);
      }
    }
    return Optional.empty();
  }

  /** The lease of an execution that reads what there is, but for one's own; empty if none does. */
  Optional<Entry> liveLease(Path own) throws IOException {
    for (Entry entry : entries(name -> name.endsWith(RunOutput.LEASE))) {
      if (!entry.path().equals(own) && !isDead(entry)) {
        return Optional.of(entry);
      }
    }
    return Optional.empty();
  }
}
