package org.segmentser.network;

import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.segmentser.audio.NativeLibraries;
import org.segmentser.model.ModelException;
import org.segmentser.model.ModelRuntime;
import org.segmentser.model.ModelSpec;
import org.segmentser.model.Predictions;
import org.segmentser.model.SegmentModel;
import org.segmentser.network.TensorFlowSessions.Operations;
import org.segmentser.segment.Patch;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.ByteDataBuffer;
import org.tensorflow.ndarray.buffer.FloatDataBuffer;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

/**
 * A loaded VGGish: owns its graph and session and nothing native that outlives a call. Thread-safe;
 * one serves all the threads of a process.
 */
final class VggishModel implements SegmentModel {
  private final ModelSpec spec;
  private final Graph graph;
  private final Ops tf;
  private final Vggish network;
  private final Session session;

  /**
   * Loads a model.
   *
   * @param checkpoint V2 prefix or V1 file on the local file system
   * @return the caller's to close
   * @throws ModelException if the checkpoint cannot be read or does not fit the description
   */
  static VggishModel load(ModelSpec spec, Path checkpoint, ModelRuntime runtime) {
    VggishModel model = new VggishModel(spec, runtime);
    try {
      new Checkpoint(checkpoint)
          .restore(model.tf, model.session, model.network.variables().values());
    } catch (RuntimeException | Error e) {
      model.close();
      throw e;
    }
    return model;
  }

  private VggishModel(ModelSpec spec, ModelRuntime runtime) {
    this.spec = spec;
    NativeLibraries.prepare();
    graph = new Graph();
    try {
      tf = Ops.create(graph);
      network = new Vggish(tf, VggishArchitecture.of(spec), spec.head(), Convolutions.chosen());
      session = TensorFlowSessions.open(graph, runtime, Operations.IN_CALLERS_THREAD);
    } catch (RuntimeException | Error e) {
      graph.close();
      throw e;
    }
  }

  @Override
  public ModelSpec spec() {
    return spec;
  }

  @Override
  public Predictions predict(List<byte[]> patches, Set<Output> outputs) {
    Map<Output, float[][]> values = new EnumMap<>(Output.class);
    Session.Runner runner = session.runner();
    for (Output output : outputs) {
      runner.fetch(operand(output));
    }
    if (patches.isEmpty()) {
      outputs.forEach(output -> values.put(output, new float[0][]));
    } else if (!outputs.isEmpty()) {
      try (TFloat32 batch = tensor(patches);
          Result result = runner.feed(network.input(), batch).run()) {
        int i = 0;
        for (Output output : outputs) {
          values.put(output, rows((TFloat32) result.get(i++)));
        }
      }
    }
    return new Predictions(values.get(Output.EMBEDDINGS), values.get(Output.LOGITS));
  }

  /** Waits for running predictions and releases the native memory. Further calls do nothing. */
  @Override
  public void close() {
    session.close();
    graph.close();
  }

  private Operand<TFloat32> operand(Output output) {
    if (output == Output.EMBEDDINGS) {
      return network.embedding();
    }
    if (spec.head() == null) {
      throw new IllegalArgumentException("model " + spec.modelId() + " has no head");
    }
    return network.logits();
  }

  /** [patches, frames, bands]; the caller closes it. */
  private static TFloat32 tensor(List<byte[]> patches) {
    for (byte[] patch : patches) {
      if (patch.length != Patch.BYTES) {
        throw new IllegalArgumentException(
            "a patch of " + patch.length + " bytes; expected " + Patch.BYTES);
      }
    }
    return TFloat32.tensorOf(
        Shape.of(patches.size(), Patch.FRAMES, Patch.BANDS),
        tensor -> {
          ByteDataBuffer bytes = tensor.asRawTensor().data();
          long offset = 0;
          for (byte[] patch : patches) {
            bytes.offset(offset).write(patch);
            offset += patch.length;
          }
        });
  }

  static float[][] rows(TFloat32 tensor) {
    FloatDataBuffer values = tensor.asRawTensor().data().asFloats();
    float[][] rows = new float[(int) tensor.shape().get(0)][(int) tensor.shape().get(1)];
    for (int i = 0; i < rows.length; i++) {
      values.offset((long) i * rows[i].length).read(rows[i]);
    }
    return rows;
  }
}
