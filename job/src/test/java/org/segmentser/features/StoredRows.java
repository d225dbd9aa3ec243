package org.segmentser.features;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.segmentser.metrics.Origin;
import org.segmentser.model.ModelSpec.Head;
import org.segmentser.network.TrainableModel.Loss;
import org.segmentser.network.VggishArchitecture;
import org.segmentser.network.VggishArchitecture.Fc2;
import org.segmentser.segment.Patch;
import org.segmentser.segment.Status;
import org.segmentser.train.Augmentation;
import org.segmentser.train.Recipe;
import org.segmentser.train.Recipe.EarlyStopping;
import org.segmentser.train.Recipe.Examples;
import org.segmentser.train.Recipe.Optimization;
import org.segmentser.train.Recipe.Steps;

/** Utterances, their rows, and networks and recipes to learn from them, for tests. */
public final class StoredRows {
  public static final int PATCH = Patch.FRAMES * Patch.BANDS;

  /** Learns within some steps. */
  public static final VggishArchitecture NARROW =
      new VggishArchitecture(List.of(4, 4, 8, 8, 8, 8), List.of(16, 16), 8, Fc2.RELU);

  public static final Head HEAD = new Head(10, List.of("low", "high"));

  private StoredRows() {}

  public static FeatureFile file(Path path, int width, float[] values) throws IOException {
    ByteBuffer bytes =
        ByteBuffer.allocate(values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(values);
    Files.write(path, bytes.array());
    return FeatureFile.open(path, width);
  }

  public static Utterance utterance(String id, int label, String speaker, long firstRow, int rows) {
    return utterance(id, label, "one", speaker, firstRow, rows);
  }

  public static Utterance utterance(
      String id, int label, String corpus, String speaker, long firstRow, int rows) {
    double[] starts = new double[rows];
    double[] ends = new double[rows];
    for (int i = 0; i < rows; i++) {
      starts[i] = i * Patch.SECONDS;
      ends[i] = starts[i] + Patch.SECONDS;
    }
    return new Utterance(
        "file:/audio/" + id,
        label,
        new Origin(corpus, speaker, null, null, null),
        new ClipFeatures(
            id,
            Status.SCORED,
            null,
            firstRow,
            rows,
            IntStream.range(0, rows).toArray(),
            starts,
            ends,
            "hash of " + id));
  }

  /** Rows of two labels, in turn: loud in the lower half, and in the upper. */
  public static float[] twoKinds(int rows, int width, int seed) {
    SplittableRandom random = new SplittableRandom(seed);
    int period = width == PATCH ? Patch.BANDS : width;
    float[] values = new float[rows * width];
    for (int i = 0; i < values.length; i++) {
      boolean loud = (i % period < period / 2) == (i / width % 2 == 0);
      values[i] = (loud ? 1 : -1) + (float) random.nextDouble();
    }
    return values;
  }

  /** Learns fast: a constant rate, softmax, validation after each epoch, nothing random added. */
  public static Recipe recipe(int epochs, int batchSize, double rate) {
    return recipe(
        new Steps(epochs, 0, batchSize, rate, Recipe.Schedule.CONSTANT),
        new Examples(0, false, true, null),
        new EarlyStopping(1, 0, Recipe.Selection.LOSS));
  }

  /** As {@link #recipe}, with other examples. */
  public static Recipe examples(
      int batchSize, double labelSmoothing, boolean classWeights, Augmentation augmentation) {
    return recipe(
        new Steps(1, 0, batchSize, 1e-3, Recipe.Schedule.CONSTANT),
        new Examples(labelSmoothing, classWeights, true, augmentation),
        new EarlyStopping(1, 0, Recipe.Selection.LOSS));
  }

  private static Recipe recipe(Steps steps, Examples examples, EarlyStopping stopping) {
    return new Recipe(
        steps, new Optimization(Loss.SOFTMAX, 1e-8, 0, 0, 0, 0, 0), examples, stopping);
  }
}
