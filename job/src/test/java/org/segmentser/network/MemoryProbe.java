package org.segmentser.network;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import org.apache.hadoop.conf.Configuration;
import org.segmentser.model.ModelDirectory;
import org.segmentser.model.ModelRuntime;
import org.segmentser.model.SegmentModel;
import org.segmentser.model.SegmentModel.Output;
import org.tensorflow.TensorFlow;

/**
 * In a process of its own: loads a model, runs batches of 64, and prints by how many KiB the
 * process has grown at its peak and after, from where TensorFlow's library was loaded.
 */
final class MemoryProbe {
  static final String MARK = "growth";

  private MemoryProbe() {}

  public static void main(String[] arguments) throws IOException {
    ModelDirectory model = ModelDirectory.open(arguments[0], new Configuration());
    TensorFlow.version();
    long before = kib("VmRSS:");
    try (SegmentModel loaded = model.load(ModelRuntime.of(2))) {
      for (int i = 0; i < 3; i++) {
        loaded.predict(VggishModelTest.patches(64), EnumSet.allOf(Output.class));
      }
      System.out.println(MARK + " " + (kib("VmHWM:") - before) + " " + (kib("VmRSS:") - before));
    }
  }

  private static long kib(String field) throws IOException {
    return Files.readAllLines(Path.of("/proc/self/status")).stream()
        .filter(line -> line.startsWith(field))
        .map(line -> line.replaceAll("\\D", ""))
        .mapToLong(Long::parseLong)
        .findFirst()
        .orElseThrow();
  }
}
