package org.segmentser.network;

import java.util.Optional;
import org.segmentser.model.ModelFamily;
import org.segmentser.model.ModelFiles;
import org.segmentser.model.ModelRuntime;
import org.segmentser.model.ModelSpec;
import org.segmentser.model.SegmentModel;

/** VGGish in TensorFlow, its weights in a checkpoint. Thread-safe. */
public final class VggishFamily implements ModelFamily {
  @Override
  public String name() {
    return VggishArchitecture.FAMILY;
  }

  @Override
  public Class<VggishArchitecture> architecture() {
    return VggishArchitecture.class;
  }

  @Override
  public SegmentModel load(ModelSpec spec, ModelFiles files, ModelRuntime runtime) {
    return VggishModel.load(spec, files.path(VggishArchitecture.WEIGHTS), runtime);
  }

  @Override
  public Optional<String> embedderWeights(ModelSpec spec, ModelFiles files) {
    Checkpoint checkpoint = new Checkpoint(files.path(VggishArchitecture.WEIGHTS));
    return Optional.of(
        checkpoint.sha256(Vggish.shapes(VggishArchitecture.of(spec), null).keySet()));
  }
}
