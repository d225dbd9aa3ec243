package org.segmentser.tables;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.Optional;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FSDataOutputStreamBuilder;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Options.CreateFileOptionKeys;
import org.apache.hadoop.fs.Path;

/**
 * A file that only one of those who compete for it can create: on local disks by {@code O_EXCL}, on
 * HDFS by the name node, on S3 by a conditional write. Where a store has no conditional writes, or
 * S3A is told not to use them, S3A looks before it writes, which is not atomic.
 */
final class Claim {
  private static final String CONDITIONAL =
      CreateFileOptionKeys.FS_OPTION_CREATE_CONDITIONAL_OVERWRITE;

  private static final int MOST_TRIES = 5;

  private Claim() {}

  /**
   * Creates the file, in a directory that exists.
   *
   * @param holder what the file says then; one line, unlike that of anybody else
   * @return nothing if it is the holder's, else what the one who has it wrote
   * @throws IOException if nobody has it and it cannot be created
   */
  static Optional<String> take(FileSystem fs, Path file, String holder) throws IOException {
    for (int tries = 1; ; tries++) {
      try {
        create(fs, file, holder.getBytes(StandardCharsets.UTF_8));
        return Optional.empty();
      } catch (IOException e) {
        // A store may have created it and its answer got lost: then the second try is refused.
        Optional<String> found = holder(fs, file);
        if (found.isPresent()) {
          return found.filter(other -> !other.equals(holder));
        }
        // Somebody had it and has just given it back, or nobody can create it.
        if (tries == MOST_TRIES) {
          throw e;
        }
      }
    }
  }

  /** What the file says, which may be nothing yet; empty if there is no file. */
  static Optional<String> holder(FileSystem fs, Path file) throws IOException {
    try (InputStream in = fs.open(file)) {
      return Optional.of(new String(in.readAllBytes(), StandardCharsets.UTF_8).strip());
    } catch (FileNotFoundException e) {
      return Optional.empty();
    }
  }

  /** Whether paths of a file system are those of this machine's own. */
  static boolean isLocal(FileSystem fs) {
    return fs.getUri().getScheme().equals("file");
  }

  private static void create(FileSystem fs, Path file, byte[] text) throws IOException {
    if (isLocal(fs)) {
      java.nio.file.Path local = java.nio.file.Path.of(file.toUri());
      Files.createFile(local);
      try {
        Files.write(local, text);
      } catch (IOException e) {
        Files.delete(local);
        throw e;
      }
    } else if (fs.hasPathCapability(file, CONDITIONAL)) {
      FSDataOutputStreamBuilder<?, ?> conditional = fs.createFile(file);
      conditional.must(CONDITIONAL, true);
      // The object is created when the stream closes, if there is none by then.
      try (FSDataOutputStream out = conditional.build()) {
        out.write(text);
      }
    } else {
      FSDataOutputStream created = fs.create(file, false);
      try (FSDataOutputStream out = created) {
        out.write(text);
      } catch (IOException e) {
        fs.delete(file, false);
        throw e;
      }
    }
  }
}
