package org.segmentser.train;

import java.io.IOException;
import java.io.Serializable;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.segmentser.model.ModelDirectory;
import org.segmentser.model.ModelRuntime;
import org.segmentser.model.ModelSpec.Head;
import org.segmentser.network.TrainableModel;
import org.segmentser.network.TrainableModel.Scope;
import org.segmentser.network.VggishArchitecture;
import org.segmentser.network.VggishArchitecture.Fc2;

/**
 * Everything but the data that decides a training. Immutable.
 *
 * @param mode what learns
 * @param architecture of the network
 * @param head of the network
 * @param keepsHead whether it goes on with the head of the model that it begins with
 * @param recipe how it learns
 * @param split how utterances are divided
 * @param joins whether a clip's patches, one after the other, are its spectrogram, so that an
 *     example may begin anywhere
 * @param seed of everything random
 */
public record TrainingPlan(
    Mode mode,
    VggishArchitecture architecture,
    Head head,
    boolean keepsHead,
    Recipe recipe,
    Split.By split,
    boolean joins,
    long seed)
    implements Serializable {

  /** What learns. */
  public enum Mode {
    /** The head alone, on embeddings of a model that stays as it is. */
    HEAD,
    /** All of a model. */
    FINE_TUNE,
    /** A narrow network with random weights. */
    SCRATCH;

    /** The mode's name on the command line. */
    public String label() {
      return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
  }

  /** What {@link Mode#SCRATCH} begins with: 1.2 million weights. */
  public static final VggishArchitecture NARROW =
      new VggishArchitecture(
          List.of(16, 32, 64, 64, 128, 128), List.of(256, 256), 128, Fc2.RELU, 1.0, 0.1);

  /** How many weights the network has. */
  public long parameters() {
    return architecture.parameters() + head.parameters(architecture.embedding());
  }

  /**
   * The model as it is before the first epoch.
   *
   * @param checkpoint of the model to begin with; ignored for {@link Mode#SCRATCH}
   * @param runtime as for {@link TrainableModel}
   * @return must be closed by the caller
   */
  public TrainableModel begin(Path checkpoint, ModelRuntime runtime) {
    Scope scope = mode == Mode.HEAD ? Scope.HEAD : Scope.ALL;
    TrainableModel model = new TrainableModel(architecture, head, recipe.settings(scope), runtime);
    try {
      if (mode == Mode.SCRATCH) {
        model.initialize((int) seed);
      } else {
        model.load(checkpoint, keepsHead, (int) seed);
      }
      return model;
    } catch (RuntimeException | Error e) {
      model.close();
      throw e;
    }
  }

  /**
   * The checkpoint of the model to begin with, on this machine.
   *
   * @param base the model; null for random weights
   * @param scratch local directory for a copy of a model that is elsewhere
   * @return null without a model
   * @throws IOException if the model cannot be copied
   */
  public static Path checkpoint(ModelDirectory base, Path scratch) throws IOException {
    if (base == null || base.localPath().isPresent()) {
      return base == null ? null : VggishArchitecture.checkpoint(base.localPath().get());
    }
    Path copy = Files.createDirectory(scratch.resolve("model"));
    base.localCopy(copy);
    return VggishArchitecture.checkpoint(copy);
  }
}
