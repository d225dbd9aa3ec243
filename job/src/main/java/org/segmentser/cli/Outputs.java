package org.segmentser.cli;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.segmentser.FileSystems;
import org.segmentser.UserError;

/** Looks at where results will go, before hours of work for them. */
final class Outputs {
  private Outputs() {}

  /**
   * Refuses an output that would be written over, or that cannot be written. Leaves nothing behind.
   *
   * @param uri of a directory
   * @throws UserError that says why
   */
  static void check(String uri, Configuration conf) {
    try {
      Path output = new Path(uri);
      FileSystem fs = FileSystems.of(output, conf);
      output = fs.makeQualified(output);
      if (fs.exists(output)
          && (!fs.getFileStatus(output).isDirectory() || fs.listStatus(output).length > 0)) {
        throw UserError.usage("the output " + uri + " exists and is not an empty directory");
      }
      if (output.getParent() == null) {
        throw UserError.usage("the output " + uri + " is a root");
      }
      requireWritable(fs, output);
    } catch (IOException | IllegalArgumentException e) {
      throw UserError.unwritable("the output " + uri, e);
    }
  }

  private static void requireWritable(FileSystem fs, Path output) throws IOException {
    Path probe = new Path(output.getParent(), "." + output.getName() + "." + UUID.randomUUID());
    List<Path> made = new ArrayList<>(List.of(probe));
    for (Path above = output.getParent();
        above != null && !fs.exists(above);
        above = above.getParent()) {
      made.add(above);
    }
    try {
      if (!fs.mkdirs(probe)) {
        throw new IOException("no directory can be made there");
      }
    } finally {
      for (Path directory : made) {
        if (fs.exists(directory) && fs.listStatus(directory).length == 0) {
          fs.delete(directory, false);
        }
      }
    }
  }
}
