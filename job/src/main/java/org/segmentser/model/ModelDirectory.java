package org.segmentser.model;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.segmentser.Scratch;
import org.segmentser.Sha256;
import org.segmentser.UserError;
import org.segmentser.model.ModelSpec.FileFacts;

/**
 * A model on any Hadoop file system: a directory of {@value ModelSpec#FILE_NAME} and the files that
 * it lists. Immutable and thread-safe.
 */
public final class ModelDirectory {
  private final Storage directory;
  private final ModelSpec spec;

  private ModelDirectory(Storage directory, ModelSpec spec) {
    this.directory = directory;
    this.spec = spec;
  }

  /**
   * Reads a model's description, and nothing else.
   *
   * @param uri of the directory; a path without a scheme is on the default file system
   * @throws ModelException if there is no such directory, no description in it, or a broken one
   */
  public static ModelDirectory open(String uri, Configuration conf) {
    Storage directory = Storage.of(uri, conf);
    byte[] description = description(directory);
    try {
      return new ModelDirectory(directory, ModelJson.read(description));
    } catch (ModelException e) {
      throw unusable(directory, e);
    }
  }

  /**
   * The model that comes with the program, in a copy that this process deletes at its end.
   *
   * @throws ModelException if there is none, or it cannot be copied
   */
  public static ModelDirectory ofDefault(Configuration conf) {
    return open(Storage.uri(DefaultModel.copy()), conf);
  }

  /**
   * {@link #open}, or {@link #ofDefault} if there is no URI.
   *
   * @param uri of the directory; null for the default
   */
  public static ModelDirectory openOrDefault(String uri, Configuration conf) {
    return uri == null ? ofDefault(conf) : open(uri, conf);
  }

  private static ModelException unusable(Storage directory, ModelException e) {
    return new ModelException("model " + directory + " cannot be used: " + e.getMessage(), e);
  }

  private static byte[] description(Storage directory) {
    try {
      FileStatus status;
      try {
        status = directory.fs().getFileStatus(directory.path());
      } catch (FileNotFoundException e) {
        throw new ModelException("no model at " + directory + ": there is no such directory", e);
      }
      if (!status.isDirectory()) {
        throw new ModelException("no model at " + directory + ": it is not a directory");
      }
      Storage file = directory.child(ModelSpec.FILE_NAME);
      if (!file.exists()) {
        throw new ModelException("no model at " + directory + ": it has no " + ModelSpec.FILE_NAME);
      }
      return read(file, ModelSpec.MAX_BYTES);
    } catch (IOException e) {
      throw unreadable(directory, e);
    }
  }

  /** A whole file, whatever its stated length, which a file system may not know. */
  private static byte[] read(Storage file, int maxBytes) throws IOException {
    try (InputStream in = file.fs().open(file.path())) {
      byte[] bytes = in.readNBytes(maxBytes + 1);
      if (bytes.length > maxBytes) {
        throw new ModelException(
            String.format(Locale.ROOT, "%s is larger than the %,d bytes allowed", file, maxBytes));
      }
      return bytes;
    }
  }

  /** The description. */
  public ModelSpec spec() {
    return spec;
  }

  /**
   * Checks the description's id, the length and hash of every file, and that {@link #postProcessor}
   * and {@link #novelty} can be read.
   *
   * @throws ModelException that names the first one that is wrong
   */
  public void verify() {
    try {
      spec.checkId();
    } catch (ModelException e) {
      throw unusable(directory, e);
    }
    for (Map.Entry<String, FileFacts> file : spec.files().entrySet()) {
      verify(directory.child(file.getKey()), file.getValue());
    }
    postProcessor();
    novelty();
  }

  private static void verify(Storage file, FileFacts expected) {
    try {
      long length = file.fs().getFileStatus(file.path()).getLen();
      if (length != expected.bytes()) {
        throw new ModelException(
            String.format(
                Locale.ROOT,
                "%s has %d bytes; model.json says %d",
                file,
                length,
                expected.bytes()));
      }
      try (InputStream in = file.fs().open(file.path())) {
        String sha256 = new Sha256().add(in).hex();
        if (!sha256.equals(expected.sha256())) {
          throw new ModelException(
              String.format(
                  Locale.ROOT,
                  "%s has the SHA-256 %s; model.json says %s",
                  file,
                  sha256,
                  expected.sha256()));
        }
      }
    } catch (FileNotFoundException e) {
      throw new ModelException("a file of the model is missing: " + file, e);
    } catch (IOException e) {
      throw unreadable(file, e);
    }
  }

  /** The directory's path if it is on the local file system. */
  public Optional<Path> localPath() {
    return directory.local();
  }

  /**
   * Copies the model's files.
   *
   * @param target an existing local directory
   * @throws ModelException if a file is missing or cannot be copied
   */
  public void localCopy(Path target) {
    copy(ModelSpec.FILE_NAME, target);
    spec.files().keySet().forEach(name -> copy(name, target));
  }

  private void copy(String name, Path target) {
    Storage file = directory.child(name);
    try {
      file.copyTo(target.resolve(name));
    } catch (FileNotFoundException e) {
      throw new ModelException("a file of the model is missing: " + file, e);
    } catch (IOException e) {
      throw unreadable(file, e);
    }
  }

  /**
   * Loads the model, from a temporary copy if it is not on the local file system.
   *
   * @return the caller's to close
   * @throws ModelException if a file is missing or does not fit the description
   */
  public SegmentModel load(ModelRuntime runtime) {
    return load(spec, runtime);
  }

  /** {@link #load(ModelRuntime)} under another description of the same files. */
  public SegmentModel load(ModelSpec description, ModelRuntime runtime) {
    ModelFamily family = ModelFamily.named(description.family());
    return withFiles(files -> family.load(description, files, runtime));
  }

  /**
   * Names what makes the model's embeddings: its family and digits that stand for the front end,
   * the architecture and the weights up to the embedding. Models that differ in their heads alone
   * have the same. Reads all weights.
   *
   * @return empty if models of the family take no embeddings, so that theirs are of no use to
   *     others
   * @throws ModelException if a file is missing or does not fit the description
   */
  public Optional<String> embedderId() {
    ModelFamily family = ModelFamily.named(spec.family());
    return withFiles(files -> family.embedderWeights(spec, files)).map(spec::embedderId);
  }

  private <T> T withFiles(Function<ModelFiles, T> use) {
    if (localPath().isPresent()) {
      return use.apply(localPath().get()::resolve);
    }
    try (Scratch scratch = new Scratch()) {
      localCopy(scratch.path());
      return use.apply(scratch.path()::resolve);
    }
  }

  /**
   * Reads the model's post-processing.
   *
   * @return empty if it has none
   * @throws ModelException if its file is missing or broken
   */
  public Optional<PostProcessor> postProcessor() {
    if (spec.postProcessing() == null) {
      return Optional.empty();
    }
    Storage file = directory.child(spec.postProcessing().pca());
    try (InputStream in = file.fs().open(file.path())) {
      return Optional.of(PostProcessor.read(in, spec.architecture().embedding()));
    } catch (FileNotFoundException e) {
      throw new ModelException("a file of the model is missing: " + file, e);
    } catch (IOException e) {
      throw unreadable(file, e);
    }
  }

  /**
   * Reads what clips look like that the model knows.
   *
   * @return empty if it does not tell
   * @throws ModelException if its file is missing or broken
   */
  public Optional<Novelty> novelty() {
    if (!spec.knowsNovelty()) {
      return Optional.empty();
    }
    Storage file = directory.child(spec.calibration().novelty());
    try (InputStream in = file.fs().open(file.path())) {
      return Optional.of(Novelty.read(in, spec.architecture().embedding()));
    } catch (FileNotFoundException e) {
      throw new ModelException("a file of the model is missing: " + file, e);
    } catch (IOException e) {
      throw unreadable(file, e);
    }
  }

  /**
   * What people should know about the model, in Markdown.
   *
   * @return empty if it has no card
   * @throws ModelException if the card is missing, cannot be read or is too long
   */
  public Optional<String> card() {
    return note(ModelSpec.CARD, ModelSpec.MAX_CARD_BYTES)
        .map(card -> new String(card, StandardCharsets.UTF_8));
  }

  /**
   * The report of the model's training, JSON.
   *
   * @return empty if it has none
   * @throws ModelException if the report is missing, cannot be read or is too long
   */
  public Optional<byte[]> report() {
    return note(ModelSpec.REPORT, ModelSpec.MAX_REPORT_BYTES);
  }

  private Optional<byte[]> note(String name, int maxBytes) {
    if (!spec.files().containsKey(name)) {
      return Optional.empty();
    }
    Storage file = directory.child(name);
    try {
      return Optional.of(read(file, maxBytes));
    } catch (FileNotFoundException e) {
      throw new ModelException("a file of the model is missing: " + file, e);
    } catch (IOException e) {
      throw unreadable(file, e);
    }
  }

  private static ModelException unreadable(Storage file, IOException e) {
    return new ModelException(file + " cannot be read: " + UserError.reason(e), e);
  }

  /** Where it is: a local path, or the URI on any other file system. */
  @Override
  public String toString() {
    return directory.toString();
  }
}
