package org.segmentser.bench;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.segmentser.model.ModelDirectory;
import org.segmentser.model.ModelRuntime;
import org.segmentser.model.SegmentModel;
import org.segmentser.model.SegmentModel.Output;
import org.segmentser.segment.Patch;

/**
 * A contender: a model of the product, as tasks use it. Argument: the model's directory. Questions:
 * {@code BATCH CALLERS SEGMENTS}, answered with seconds and CPU seconds; {@code embed FILE}, which
 * writes embeddings.
 */
final class ProductModel {
  private ProductModel() {}

  public static void main(String[] args) throws Exception {
    ModelDirectory directory = ModelDirectory.open(args[0], new Configuration());
    List<byte[]> patches = patches();
    try (SegmentModel model = directory.load(ModelRuntime.wholeMachine())) {
      Contender.serve(
          question -> {
            if (question[0].equals("embed")) {
              write(
                  model.predict(patches, EnumSet.of(Output.EMBEDDINGS)).embeddings(),
                  Path.of(question[1]));
              return new double[0];
            }
            return BareLoop.time(
                Integer.parseInt(question[0]),
                Integer.parseInt(question[1]),
                Integer.parseInt(question[2]),
                size -> model.predict(patches.subList(0, size), EnumSet.of(Output.LOGITS)));
          });
    }
  }

  private static List<byte[]> patches() {
    ByteBuffer all =
        ByteBuffer.allocate(BareLoop.MOST * Patch.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    all.asFloatBuffer().put(BareLoop.values());
    List<byte[]> patches = new ArrayList<>();
    while (all.hasRemaining()) {
      byte[] patch = new byte[Patch.BYTES];
      all.get(patch);
      patches.add(patch);
    }
    return patches;
  }

  private static void write(float[][] rows, Path file) throws Exception {
    ByteBuffer bytes = ByteBuffer.allocate(4 * rows.length * rows[0].length);
    for (float[] row : rows) {
      for (float value : row) {
        bytes.putFloat(value);
      }
    }
    Files.write(file, bytes.array());
  }
}
