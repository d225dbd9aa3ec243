package org.segmentser.network;

import java.nio.file.Path;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.segmentser.Scratch;
import org.segmentser.model.Golden;
import org.segmentser.model.ModelDirectory;
import org.segmentser.model.ModelSpec.Head;
import org.segmentser.model.Storage;
import org.segmentser.network.VggishArchitecture.Fc2;

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
      try (ModelImporter importer =
          new ModelImporter(Storage.uri(checkpoint), new Configuration())) {
        return importer.write(
            new ModelImporter.Target("formula", Fc2.RELU, labels, pca, Storage.uri(directory)));
      }
    }
  }
}
