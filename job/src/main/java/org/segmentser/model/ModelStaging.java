package org.segmentser.model;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.segmentser.Scratch;
import org.segmentser.Sha256;
import org.segmentser.StagedDirectory;
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
  private final String output;
  private final Configuration conf;
  private final StagedDirectory staged;

  /** Where files are put that are uploaded in the end; null where the output is on this machine. */
  private final Scratch scratch;

  private final Path files;

  /**
   * Begins a model.
   *
   * @param output URI of a directory that does not exist or is empty
   * @throws UserError if it holds something or cannot be written
   */
  public ModelStaging(String output, Configuration conf) {
    this.output = output;
    this.conf = conf;
    staged = StagedDirectory.beginNew(output, conf);
    scratch = staged.local().isPresent() ? null : new Scratch();
    files = staged.local().orElseGet(() -> scratch.path());
  }

  /** Where the model's files are to be put. */
  public Path files() {
    return files;
  }

  /**
   * {@link #publish(String, Architecture, Head, PostProcessing, Calibration, Provenance)} of a
   * model that is not calibrated.
   */
  public ModelDirectory publish(
      String name,
      Architecture architecture,
      Head head,
      PostProcessing postProcessing,
      Provenance provenance) {
    return publish(name, architecture, head, postProcessing, null, provenance);
  }

  /**
   * Describes the files and makes them the output.
   *
   * @param calibration null for none; its file must be among the others
   * @throws ModelException if they are not a model
   * @throws UserError if the output cannot be written
   */
  public ModelDirectory publish(
      String name,
      Architecture architecture,
      Head head,
      PostProcessing postProcessing,
      Calibration calibration,
      Provenance provenance) {
    try {
      ModelSpec spec =
          ModelSpec.create(
              name, architecture, head, postProcessing, calibration, provenance, facts());
      Files.write(files.resolve(ModelSpec.FILE_NAME), spec.toJson());
      if (scratch != null) {
        for (String file : spec.files().keySet()) {
          staged.upload(files.resolve(file));
        }
        staged.upload(files.resolve(ModelSpec.FILE_NAME));
      }
      staged.publish(ModelSpec.FILE_NAME);
    } catch (IOException e) {
      throw UserError.unwritable("the output " + output, e);
    }
    return ModelDirectory.open(output, conf);
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

  @Override
  public void close() {
    if (scratch != null) {
      scratch.close();
    }
    staged.close();
  }
}
