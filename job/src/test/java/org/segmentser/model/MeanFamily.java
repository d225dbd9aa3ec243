package org.segmentser.model;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.hadoop.conf.Configuration;
import org.segmentser.Scratch;
import org.segmentser.model.ModelSpec.Architecture;
import org.segmentser.model.ModelSpec.Head;
import org.segmentser.model.ModelSpec.Provenance;
import org.segmentser.segment.Patch;

/**
 * A family for tests, without TensorFlow: every number of an embedding is the patch's mean times
 * the one weight, every logit the same times its place.
 */
public final class MeanFamily implements ModelFamily {
  /** Models that were loaded and are not closed. */
  static final AtomicInteger OPEN = new AtomicInteger();

  private static final String FILE = "weight.txt";

  /** How often models were loaded, by id. */
  private static final Map<String, Integer> LOADS = new ConcurrentHashMap<>();

  /** What the description says of such a network. */
  record Mean(int copies, String unit) implements Architecture {
    Mean {
      FieldChecks.check(copies > 0, "architecture.copies", copies, "must be above 0");
    }

    @Override
    public String family() {
      return "mean";
    }

    @Override
    public int embedding() {
      return copies;
    }

    @Override
    public long parameters() {
      return 1;
    }

    @Override
    public List<String> files() {
      return List.of(FILE);
    }

    @Override
    public String identity() {
      return "copies " + copies;
    }

    @Override
    public Map<String, String> summary() {
      return Map.of("copies", copies + " of the mean " + unit);
    }
  }

  @Override
  public String name() {
    return "mean";
  }

  @Override
  public Class<Mean> architecture() {
    return Mean.class;
  }

  /** How often a model was loaded in this process. */
  public static int loads(String modelId) {
    return LOADS.getOrDefault(modelId, 0);
  }

  /** A patch whose numbers are all the same. */
  public static byte[] patch(float value) {
    ByteBuffer patch = ByteBuffer.allocate(Patch.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    while (patch.hasRemaining()) {
      patch.putFloat(value);
    }
    return patch.array();
  }

  @Override
  public SegmentModel load(ModelSpec spec, ModelFiles files, ModelRuntime runtime) {
    LOADS.merge(spec.modelId(), 1, Integer::sum);
    try {
      return new Model(spec, Float.parseFloat(Files.readString(files.path(FILE)).strip()));
    } catch (IOException e) {
      throw new ModelException("no " + FILE, e);
    }
  }

  /**
   * Makes a model.
   *
   * @param directory does not exist or is empty
   */
  public static ModelDirectory make(Path directory, double weight, List<String> labels) {
    try (Scratch scratch = new Scratch();
        ModelStaging staging =
            new ModelStaging(scratch.path().resolve("m").toString(), new Configuration())) {
      Files.writeString(staging.files().resolve(FILE), weight + "\n");
      staging
          .publish(
              "mean",
              new Mean(3, "log-mel"),
              new Head(1, labels),
              null,
              Provenance.now("test", "0123456789abcdef".repeat(4)))
          .localCopy(Files.createDirectories(directory));
      return ModelDirectory.open(directory.toString(), new Configuration());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static final class Model implements SegmentModel {
    private final ModelSpec spec;
    private final float weight;
    private boolean isClosed;

    Model(ModelSpec spec, float weight) {
      this.spec = spec;
      this.weight = weight;
      OPEN.incrementAndGet();
    }

    @Override
    public ModelSpec spec() {
      return spec;
    }

    @Override
    public Predictions predict(List<byte[]> patches, Set<Output> outputs) {
      if (isClosed) {
        throw new IllegalStateException("closed");
      }
      float[][] embeddings = new float[patches.size()][3];
      float[][] logits = new float[patches.size()][spec.head().labels().size()];
      for (int i = 0; i < embeddings.length; i++) {
        float value = weight * mean(patches.get(i));
        Arrays.fill(embeddings[i], value);
        for (int j = 0; j < logits[i].length; j++) {
          logits[i][j] = value * j;
        }
      }
      return new Predictions(embeddings, logits);
    }

    private static float mean(byte[] patch) {
      var values = ByteBuffer.wrap(patch).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer();
      double sum = 0;
      while (values.hasRemaining()) {
        sum += values.get();
      }
      return (float) (sum / values.limit());
    }

    @Override
    public void close() {
      if (!isClosed) {
        isClosed = true;
        OPEN.decrementAndGet();
      }
    }
  }
}
