package org.segmentser.network;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.segmentser.Scratch;
import org.segmentser.Sha256;
import org.segmentser.UserError;
import org.segmentser.model.ModelDirectory;
import org.segmentser.model.ModelException;
import org.segmentser.model.ModelSpec.Head;
import org.segmentser.model.ModelSpec.PostProcessing;
import org.segmentser.model.ModelSpec.Provenance;
import org.segmentser.model.ModelStaging;
import org.segmentser.model.PostProcessor;
import org.segmentser.model.Storage;
import org.segmentser.network.VggishArchitecture.Fc2;
import org.tensorflow.ndarray.Shape;

/**
 * Makes a model of a TensorFlow checkpoint, V1 or V2. The widths of the network and whether it has
 * a head follow from the checkpoint's variables; whatever else it holds, such as the state of an
 * optimiser, is left out. Not thread-safe.
 */
public final class ModelImporter implements AutoCloseable {
  private static final String PCA = "pca_params.npz";

  private final Configuration conf;
  private final Scratch scratch = new Scratch();
  private final String source;
  private final String sha256;
  private final Checkpoint checkpoint;
  private final Map<String, Shape> shapes = new LinkedHashMap<>();

  /**
   * The model to make.
   *
   * @param name begins the model's id
   * @param fc2 how the network's last layer ends; a checkpoint does not say
   * @param labels of the head's logits, in their order; empty without a head
   * @param pca URI of {@code pca_params.npz}, null for none
   * @param output URI of a directory that does not exist or is empty
   */
  public record Target(String name, Fc2 fc2, List<String> labels, String pca, String output) {}

  /**
   * Looks at a checkpoint; one that is not on the local file system is copied.
   *
   * @param uri of a V1 file, or a V2 prefix
   * @throws ModelException if there is no checkpoint, or it is not that of a VGGish
   */
  public ModelImporter(String uri, Configuration conf) {
    this.conf = conf;
    try {
      List<Storage> files = files(Storage.of(uri, conf));
      source = Storage.of(uri, conf).name();
      sha256 = sha256(files);
      checkpoint = new Checkpoint(localPrefix(files));
      readShapes();
    } catch (IOException e) {
      close();
      throw new ModelException("checkpoint " + uri + " cannot be read: " + UserError.reason(e), e);
    } catch (RuntimeException | Error e) {
      close();
      throw e;
    }
  }

  /** The files of a checkpoint, the index first. */
  private static List<Storage> files(Storage prefix) throws IOException {
    if (prefix.sibling(prefix.name() + ".index").exists()) {
      List<Storage> files = new ArrayList<>();
      files.add(prefix.sibling(prefix.name() + ".index"));
      FileStatus[] siblings = prefix.fs().listStatus(prefix.path().getParent());
      Arrays.stream(siblings)
          .map(status -> status.getPath().getName())
          .filter(name -> name.startsWith(prefix.name() + ".data-"))
          .sorted()
          .forEach(name -> files.add(prefix.sibling(name)));
      return files;
    }
    if (!prefix.exists()) {
      throw new ModelException("no checkpoint at " + prefix);
    }
    if (prefix.fs().getFileStatus(prefix.path()).isDirectory()) {
      throw new ModelException(prefix + " is a directory; name a checkpoint in it");
    }
    String v2 = prefix.name().replaceFirst("\\.(index|data-\\d+-of-\\d+)$", "");
    if (!v2.equals(prefix.name())) {
      throw new ModelException(prefix + " is part of a checkpoint; name " + prefix.sibling(v2));
    }
    return List.of(prefix);
  }

  private static String sha256(List<Storage> files) throws IOException {
    Sha256 sha256 = new Sha256();
    for (Storage file : files) {
      try (InputStream in = file.fs().open(file.path())) {
        sha256.add(in);
      }
    }
    return sha256.hex();
  }

  /** Where TensorFlow finds the checkpoint. */
  private Path localPrefix(List<Storage> files) throws IOException {
    if (files.get(0).local().isPresent()) {
      return files.get(0).local().get().resolveSibling(source);
    }
    for (Storage file : files) {
      file.copyTo(scratch.path().resolve(file.name()));
    }
    return scratch.path().resolve(source);
  }

  private void readShapes() {
    Stream.of(Vggish.CONVS, Vggish.FCS)
        .flatMap(List::stream)
        .flatMap(scope -> Stream.of(Vggish.weights(scope), Vggish.biases(scope)))
        .forEach(
            name ->
                shapes.put(
                    name, checkpoint.shape(name).orElseThrow(() -> checkpoint.missing(name))));
    List<String> head =
        Stream.of(Vggish.HEAD_HIDDEN, Vggish.HEAD_LOGITS)
            .flatMap(scope -> Stream.of(Vggish.weights(scope), Vggish.biases(scope)))
            .toList();
    head.forEach(name -> checkpoint.shape(name).ifPresent(shape -> shapes.put(name, shape)));
    if (head.stream().anyMatch(shapes::containsKey)) {
      head.stream()
          .filter(name -> !shapes.containsKey(name))
          .findFirst()
          .ifPresent(
              name -> {
                throw checkpoint.missing(name);
              });
    }
  }

  /** Logits of the checkpoint's head; 0 if it has none. */
  public int logits() {
    return shapes.containsKey(Vggish.weights(Vggish.HEAD_LOGITS)) ? units(Vggish.HEAD_LOGITS) : 0;
  }

  /** A layer's outputs: its biases. */
  private int units(String scope) {
    String name = Vggish.biases(scope);
    Shape shape = shapes.get(name);
    if (shape.numDimensions() != 1) {
      checkpoint.checkShape(name, Shape.of(Shape.UNKNOWN_SIZE), shape);
    }
    // More than an int holds is more than an architecture allows, which says so.
    return (int) Math.min(shape.get(0), Integer.MAX_VALUE);
  }

  /**
   * Writes the model.
   *
   * @throws IllegalArgumentException if there are not as many labels as {@link #logits}
   * @throws ModelException if the checkpoint's variables do not fit together, or the PCA file is
   *     not one
   * @throws UserError if the output holds something or cannot be written
   */
  public ModelDirectory write(Target target) {
    if (target.labels().size() != logits()) {
      throw new IllegalArgumentException(
          target.labels().size() + " labels for " + logits() + " logits");
    }
    VggishArchitecture architecture =
        new VggishArchitecture(
            Vggish.CONVS.stream().map(this::units).toList(),
            Vggish.FCS.stream().limit(2).map(this::units).toList(),
            units(Vggish.FCS.get(2)),
            target.fc2());
    Head head =
        target.labels().isEmpty() ? null : new Head(units(Vggish.HEAD_HIDDEN), target.labels());
    Map<String, Shape> expected = Vggish.shapes(architecture, head);
    expected.forEach((name, shape) -> checkpoint.checkShape(name, shape, shapes.get(name)));
    try (ModelStaging staging = new ModelStaging(target.output(), conf)) {
      if (target.pca() != null) {
        copyPca(target.pca(), staging.files().resolve(PCA), architecture.embedding());
      }
      checkpoint.copyTo(VggishArchitecture.checkpoint(staging.files()), expected.keySet());
      return staging.publish(
          target.name(),
          architecture,
          head,
          target.pca() == null ? null : new PostProcessing(PCA),
          Provenance.now(source, sha256));
    }
  }

  private void copyPca(String uri, Path target, int embedding) {
    Storage file = Storage.of(uri, conf);
    try {
      file.copyTo(target);
      try (InputStream in = new BufferedInputStream(Files.newInputStream(target))) {
        PostProcessor.read(in, embedding);
      }
    } catch (IOException e) {
      throw new ModelException("PCA file " + file + " cannot be read: " + UserError.reason(e), e);
    }
  }

  /** Deletes what was copied. */
  @Override
  public void close() {
    scratch.close();
  }
}
