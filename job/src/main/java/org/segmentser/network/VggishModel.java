package org.segmentser.network;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.segmentser.model.ModelException;
import org.segmentser.model.ModelRuntime;
import org.segmentser.model.ModelRuntime.Convolution;
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
  private static final int LAST = Vggish.CONVS.size() - 1;

  private final ModelSpec spec;
  private final Graph graph;
  private final Ops tf;
  private final Vggish network;
  private final Session session;
  private final ReadWriteLock use = new ReentrantReadWriteLock();

  /** The threads that compute convolutions, whichever call they belong to. */
  private final ExecutorService workers;

  private ConvolutionLayers convolutions;
  private InferencePlan plan;
  private List<InferenceLayer> layers;

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
      model.plan(runtime.convolution());
    } catch (RuntimeException | Error e) {
      model.close();
      throw e;
    }
    return model;
  }

  private VggishModel(ModelSpec spec, ModelRuntime runtime) {
    this.spec = spec;
    TensorFlowLibrary.load();
    graph = new Graph();
    try {
      tf = Ops.create(graph);
      network = new Vggish(tf, VggishArchitecture.of(spec), spec.head());
      session = TensorFlowSessions.open(graph, runtime, Operations.IN_CALLERS_THREAD);
    } catch (RuntimeException | Error e) {
      graph.close();
      throw e;
    }
    workers =
        Executors.newFixedThreadPool(
            runtime.threadsHere(),
            work -> {
              Thread thread = new Thread(work, "convolutions");
              thread.setDaemon(true);
              return thread;
            });
  }

  private void plan(Convolution convolution) {
    VggishArchitecture architecture = VggishArchitecture.of(spec);
    convolutions = new ConvolutionLayers(tf, session, network, architecture);
    plan = InferencePlanner.plan(convolution, architecture, convolutions, session, network);
    layers = convolutions.all(plan.winograd());
  }

  @Override
  public ModelSpec spec() {
    return spec;
  }

  @Override
  public int batchSize() {
    return plan.denseBatch();
  }

  @Override
  public Predictions predict(List<byte[]> patches, Set<Output> outputs) {
    List<Operand<TFloat32>> fetched = outputs.stream().map(this::operand).toList();
    Map<Output, float[][]> values = new EnumMap<>(Output.class);
    use.readLock().lock();
    try {
      if (patches.isEmpty()) {
        outputs.forEach(output -> values.put(output, new float[0][]));
      } else if (!outputs.isEmpty()) {
        Session.Runner runner = session.runner();
        fetched.forEach(runner::fetch);
        try (TFloat32 convolved = convolve(patches);
            Result result = runner.feed(network.convolved().get(LAST), convolved).run()) {
          int i = 0;
          for (Output output : outputs) {
            values.put(output, rows((TFloat32) result.get(i++)));
          }
        }
      }
    } finally {
      use.readLock().unlock();
    }
    return new Predictions(values.get(Output.EMBEDDINGS), values.get(Output.LOGITS));
  }

  @Override
  public float[][] logits(List<float[]> embeddings) {
    Operand<TFloat32> logits = operand(Output.LOGITS);
    use.readLock().lock();
    try {
      if (embeddings.isEmpty()) {
        return new float[0][];
      }
      try (TFloat32 fed = embeddingsTensor(embeddings);
          Result result = session.runner().feed(network.embedding(), fed).fetch(logits).run()) {
        return rows((TFloat32) result.get(0));
      }
    } finally {
      use.readLock().unlock();
    }
  }

  /** [embeddings, numbers of one]; the caller closes it. */
  private TFloat32 embeddingsTensor(List<float[]> embeddings) {
    int width = spec.architecture().embedding();
    for (float[] embedding : embeddings) {
      if (embedding.length != width) {
        throw new IllegalArgumentException(
            "an embedding of " + embedding.length + " numbers; expected " + width);
      }
    }
    return TFloat32.tensorOf(
        Shape.of(embeddings.size(), width),
        tensor -> {
          FloatDataBuffer values = tensor.asRawTensor().data().asFloats();
          for (int i = 0; i < embeddings.size(); i++) {
            values.offset((long) i * width).write(embeddings.get(i));
          }
        });
  }

  /** What the convolutions leave of patches; the caller closes it. */
  private TFloat32 convolve(List<byte[]> patches) {
    int batch = plan.convolutionBatch();
    if (patches.size() <= batch) {
      return convolveTogether(patches);
    }
    TFloat32 all = TFloat32.tensorOf(convolutions.output(patches.size()));
    List<CompletableFuture<Void>> parts = new ArrayList<>();
    try {
      FloatDataBuffer to = all.asRawTensor().data().asFloats();
      for (int first = 0; first < patches.size(); first += batch) {
        List<byte[]> part = patches.subList(first, Math.min(first + batch, patches.size()));
        FloatDataBuffer partOfAll = to.offset(first * (all.size() / patches.size()));
        parts.add(CompletableFuture.runAsync(() -> convolve(part, partOfAll), workers));
      }
      ended(parts).join();
      return all;
    } catch (CompletionException e) {
      all.close();
      throw e.getCause() instanceof RuntimeException cause ? cause : e;
    } catch (RuntimeException | Error e) {
      // Not all of them could be begun, as where there are no more threads to be had.
      ended(parts).exceptionally(failure -> null).join();
      all.close();
      throw e;
    }
  }

  /** Waits for all of them even if one fails, as they write to what is closed then. */
  private static CompletableFuture<Void> ended(List<CompletableFuture<Void>> parts) {
    return CompletableFuture.allOf(parts.toArray(CompletableFuture[]::new));
  }

  private void convolve(List<byte[]> patches, FloatDataBuffer to) {
    try (TFloat32 convolved = convolveTogether(patches)) {
      convolved.asRawTensor().data().asFloats().copyTo(to, convolved.size());
    }
  }

  private TFloat32 convolveTogether(List<byte[]> patches) {
    try (TFloat32 batch = tensor(patches)) {
      return convolutions.run(layers, batch);
    }
  }

  /** Waits for running predictions and releases the native memory. Further calls do nothing. */
  @Override
  public void close() {
    use.writeLock().lock();
    try {
      workers.shutdown();
      session.close();
      graph.close();
    } finally {
      use.writeLock().unlock();
    }
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
