package org.segmentser.bench;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.segmentser.segment.Patch;

/**
 * A contender: ONNX Runtime. Argument: the file. Questions: {@code BATCH CALLERS SEGMENTS},
 * answered with seconds and CPU seconds, where one caller has all cores and several have one each;
 * {@code compare FILE}, answered with the largest difference from those embeddings, as a part of
 * the largest of them.
 */
final class OnnxModel {
  private static final long[] SHAPE = {BareLoop.MOST, 1, Patch.FRAMES, Patch.BANDS};

  private final OrtEnvironment environment = OrtEnvironment.getEnvironment();
  private final String file;
  private final Map<Integer, OrtSession> sessions = new HashMap<>();
  private final Map<Integer, OnnxTensor> batches = new HashMap<>();

  private OnnxModel(String file) {
    this.file = file;
  }

  public static void main(String[] args) throws Exception {
    OnnxModel model = new OnnxModel(args[0]);
    Contender.serve(
        question ->
            question[0].equals("compare")
                ? new double[] {model.difference(Path.of(question[1]))}
                : model.time(
                    Integer.parseInt(question[0]),
                    Integer.parseInt(question[1]),
                    Integer.parseInt(question[2])));
  }

  private double[] time(int batch, int callers, int segments) throws Exception {
    OrtSession session = session(callers == 1 ? Runtime.getRuntime().availableProcessors() : 1);
    Map<String, OnnxTensor> feeds = Map.of(OnnxFile.INPUT, batch(batch));
    return BareLoop.time(
        batch, callers, segments, size -> session.run(feeds, Set.of(OnnxFile.LOGITS)).close());
  }

  private double difference(Path expected) throws Exception {
    FloatBuffer values = ByteBuffer.wrap(Files.readAllBytes(expected)).asFloatBuffer();
    double largest = 0;
    double difference = 0;
    try (OrtSession.Result result =
        session(1).run(Map.of(OnnxFile.INPUT, batch(BareLoop.MOST)), Set.of(OnnxFile.EMBEDDINGS))) {
      for (float[] row : (float[][]) result.get(0).getValue()) {
        for (float value : row) {
          float other = values.get();
          largest = Math.max(largest, Math.abs(other));
          difference = Math.max(difference, Math.abs(value - other));
        }
      }
    }
    return difference / largest;
  }

  /** Loaded when first asked for; its memory is that of a process that ends soon. */
  private OrtSession session(int threads) throws OrtException {
    OrtSession session = sessions.get(threads);
    if (session == null) {
      try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
        options.setIntraOpNumThreads(threads);
        options.setInterOpNumThreads(1);
        session = environment.createSession(file, options);
      }
      sessions.put(threads, session);
    }
    return session;
  }

  private OnnxTensor batch(int size) throws OrtException {
    OnnxTensor tensor = batches.get(size);
    if (tensor == null) {
      float[] values = BareLoop.values();
      int count = values.length / BareLoop.MOST * size;
      FloatBuffer buffer =
          ByteBuffer.allocateDirect(4 * count).order(ByteOrder.nativeOrder()).asFloatBuffer();
      buffer.put(values, 0, count).rewind();
      long[] shape = SHAPE.clone();
      shape[0] = size;
      tensor = OnnxTensor.createTensor(environment, buffer, shape);
      batches.put(size, tensor);
    }
    return tensor;
  }
}
