package org.segmentser.model;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.segmentser.Scratch;
import org.segmentser.Sha256;
import org.segmentser.UserError;
import org.segmentser.model.ModelSpec.Architecture;
import org.segmentser.model.ModelSpec.FileFacts;
import org.segmentser.model.ModelSpec.Head;
import org.segmentser.model.ModelSpec.PostProcessing;
import org.segmentser.model.ModelSpec.Provenance;

/**
 * A model in the making: a local directory for its files, which becomes the model directory all at
 * once. Closing it without {@link #publish} leaves nothing behind.
 */
public final class ModelStaging implements AutoCloseable {
  private final Storage target;
  private final Configuration conf;
  private final Path files;

  /**
   * Begins a model.
   *
   * @param output URI of a directory that does not exist or is empty
   * @throws UserError if it holds something or cannot be written
   */
  public ModelStaging(String output, Configuration conf) {
    this.target = storage(output, conf);
    this.conf = conf;
    try {
      if (target.path().getParent() == null) {
        throw UserError.usage("the output " + target + " is a root");
      }
      refuseUsed(target);
      if (target.local().isPresent()) {
        // A sibling, to be renamed in place; not a temporary directory, which others cannot read.
        files = target.local().get().resolveSibling(temporaryName());
        Files.createDirectories(files);
      } else {
        files = Files.createTempDirectory("segment-ser-model-");
      }
    } catch (IOException e) {
      throw unwritable(target, e);
    }
  }

  /**
   * Refuses an output that would be written over.
   *
   * @throws UserError if it exists and is not an empty directory
   */
  public static void refuseUsed(String output, Configuration conf) {
    Storage target = storage(output, conf);
    try {
      refuseUsed(target);
    } catch (IOException e) {
      throw unwritable(target, e);
    }
  }

  private static void refuseUsed(Storage target) throws IOException {
    if (target.exists()
        && (!target.fs().getFileStatus(target.path()).isDirectory()
            || target.fs().listStatus(target.path()).length > 0)) {
      throw UserError.usage("the output " + target + " exists and is not an empty directory");
    }
  }

  private String temporaryName() {
    return "." + target.name() + "." + UUID.randomUUID() + ".tmp";
  }

  /** Where the model's files are to be put. */
  public Path files() {
    return files;
  }

  /**
   * Describes the files and makes them the output.
   *
   * @throws ModelException if they are not a model
   * @throws UserError if the output cannot be written
   */
  public ModelDirectory publish(
      String name,
      Architecture architecture,
      Head head,
      PostProcessing postProcessing,
      Provenance provenance) {
    try {
      ModelSpec spec =
          ModelSpec.create(name, architecture, head, postProcessing, provenance, facts());
      Files.write(files.resolve(ModelSpec.FILE_NAME), spec.toJson());
      if (target.local().isPresent()) {
        Files.move(files, target.local().get(), StandardCopyOption.ATOMIC_MOVE);
      } else {
        upload(spec);
      }
    } catch (IOException e) {
      throw unwritable(target, e);
    }
    return ModelDirectory.open(target.path().toString(), conf);
  }

  private Map<String, FileFacts> facts() throws IOException {
    Map<String, FileFacts> facts = new TreeMap<>();
    try (Stream<Path> paths = Files.list(files)) {
      for (Path path : paths.toList()) {
        try (InputStream in = Files.newInputStream(path)) {
          Sha256 sha256 = new Sha256().add(in);
          facts.put(path.getFileName().toString(), new FileFacts(sha256.hex(), sha256.bytes()));
        }
      }
    }
    return facts;
  }

  /**
   * The description goes last: where renaming is not atomic, its presence says that all is there.
   */
  private void upload(ModelSpec spec) throws IOException {
    Storage copy = target.sibling(temporaryName());
    try {
      target.fs().mkdirs(copy.path());
      for (String name : spec.files().keySet()) {
        upload(name, copy);
      }
      upload(ModelSpec.FILE_NAME, copy);
      refuseUsed(target);
      // Renaming to an existing directory would move into it.
      target.fs().delete(target.path(), false);
      if (!target.fs().rename(copy.path(), target.path())) {
        throw new IOException("the file system refused to rename " + copy);
      }
    } finally {
      target.fs().delete(copy.path(), true);
    }
  }

  private void upload(String name, Storage directory) throws IOException {
    org.apache.hadoop.fs.Path file = new org.apache.hadoop.fs.Path(files.resolve(name).toUri());
    target.fs().copyFromLocalFile(file, directory.child(name).path());
  }

  private static Storage storage(String output, Configuration conf) {
    try {
      return Storage.of(output, conf);
    } catch (ModelException e) {
      throw UserError.unwritable("the output " + output, e);
    }
  }

  private static UserError unwritable(Storage target, IOException e) {
    return UserError.unwritable("the output " + target, e);
  }

  @Override
  public void close() {
    if (Files.exists(files)) {
      Scratch.delete(files);
    }
  }
}
