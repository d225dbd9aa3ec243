package org.segmentser.network;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.segmentser.Scratch;
import org.segmentser.model.Golden;
import org.segmentser.model.ModelDirectory;
import org.segmentser.model.ModelSpec.Head;
import org.segmentser.model.Storage;
import org.segmentser.network.VggishArchitecture.Fc2;
import org.tensorflow.types.TFloat32;

/** Makes model directories of formula weights. */
public final class TestModels {
  private static final int HIDDEN = 100;

  private TestModels() {}

  /**
   * A narrow model; small and fast.
   *
   * @param directory does not exist or is empty
   * @param labels of its head; empty for none
   */
  public static ModelDirectory mini(Path directory, List<String> labels) {
    return make(directory, TestCheckpoints.MINI, labels, null);
  }

  /** A model of the narrowest golden network. */
  public static ModelDirectory tiny(Path directory, List<String> labels) {
    return make(directory, TestCheckpoints.TINY, labels, null);
  }

  /** {@link #mini} with the golden post-processing. */
  public static ModelDirectory miniWithPca(Path directory, List<String> labels) {
    return make(
        directory, TestCheckpoints.MINI, labels, Golden.file("model/pca_params.npz").toString());
  }

  /** {@link #mini} of weights that are no numbers. */
  public static ModelDirectory notANumber(Path directory, List<String> labels) {
    Head head = labels.isEmpty() ? null : new Head(HIDDEN, labels);
    Map<String, TFloat32> tensors = new LinkedHashMap<>();
    Vggish.shapes(TestCheckpoints.MINI, head)
        .forEach(
            (name, shape) -> {
              float[] values = new float[(int) shape.size()];
              values[0] = Float.NaN;
              tensors.put(name, TestCheckpoints.tensor(shape, values));
            });
    try (Scratch scratch = new Scratch()) {
      Path checkpoint = scratch.path().resolve("nan.ckpt");
      TestCheckpoints.write(checkpoint, tensors);
      // A ReLU would make a number of it.
      return imported(checkpoint, Fc2.LINEAR, labels, null, directory);
    } finally {
      tensors.values().forEach(TFloat32::close);
    }
  }

  /** A model of the official widths: 280 MB, some seconds. */
  public static ModelDirectory full(Path directory, List<String> labels) {
    return make(directory, TestCheckpoints.FULL, labels, null);
  }

  private static ModelDirectory make(
      Path directory, VggishArchitecture architecture, List<String> labels, String pca) {
    Head head = labels.isEmpty() ? null : new Head(HIDDEN, labels);
    try (Scratch scratch = new Scratch()) {
      Path checkpoint = scratch.path().resolve("formula.ckpt");
      TestCheckpoints.write(checkpoint, architecture, head);
      return imported(checkpoint, Fc2.RELU, labels, pca, directory);
    }
  }

  private static ModelDirectory imported(
      Path checkpoint, Fc2 fc2, List<String> labels, String pca, Path directory) {
    try (ModelImporter importer = new ModelImporter(Storage.uri(checkpoint), new Configuration())) {
      return importer.write(
          new ModelImporter.Target("formula", fc2, labels, pca, Storage.uri(directory)));
    }
  }
}
