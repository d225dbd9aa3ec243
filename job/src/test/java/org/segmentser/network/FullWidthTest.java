package org.segmentser.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.segmentser.GoldenSet;
import org.segmentser.model.Golden;
import org.segmentser.model.ModelDirectory;
import org.segmentser.model.ModelRuntime;
import org.segmentser.model.ModelRuntime.Convolution;
import org.segmentser.model.SegmentModel;
import org.segmentser.model.SegmentModel.Output;
import org.segmentser.network.VggishArchitecture.Fc2;

/** The network at its official widths, with formula weights. */
class FullWidthTest {
  private static final double KIB_PER_GIB = 1 << 20;

  @TempDir static Path directory;
  private static ModelDirectory model;

  @BeforeAll
  static void makeModel() {
    model = TestModels.full(directory.resolve("full"), List.of("angry", "happy", "sad", "neutral"));
  }

  @ParameterizedTest
  @CsvSource({"WHOLE, LINEAR", "WHOLE, RELU", "SUBSET, LINEAR", "SUBSET, RELU"})
  void embedsAsTheGoldenNetwork(GoldenSet golden, Fc2 fc2) {
    List<byte[]> patches = Golden.patches(golden);
    for (Convolution way : Convolution.values()) {
      try (SegmentModel loaded =
          model.load(
              model.spec().withArchitecture(TestCheckpoints.FULL.withFc2(fc2)),
              ModelRuntime.of(2).with(way))) {
        Golden.assertClose(
            loaded.predict(patches, EnumSet.of(Output.EMBEDDINGS)).embeddings(),
            golden,
            "model/full.embedding_" + fc2 + ".npy");
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void scoresAsTheGoldenHead(GoldenSet golden) {
    List<byte[]> patches = Golden.patches(golden);
    try (SegmentModel loaded = model.load(ModelRuntime.of(2))) {
      Golden.assertClose(
          loaded.predict(patches, EnumSet.of(Output.LOGITS)).logits(),
          golden,
          "model/full.head_logits.npy");
    }
  }

  @Test
  void staysSmall() throws Exception {
    assumeTrue(Files.exists(Path.of("/proc/self/status")), "needs Linux's /proc");
    Path output = directory.resolve("memory.txt");
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx512m",
                "-cp",
                System.getProperty(
                    "surefire.test.class.path", System.getProperty("java.class.path")),
                MemoryProbe.class.getName(),
                directory.resolve("full").toString())
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    try {
      assertThat(process.waitFor(2, TimeUnit.MINUTES)).isTrue();
      String text = Files.readString(output, StandardCharsets.UTF_8);
      assertThat(process.exitValue()).as(text).isZero();
      String[] growth =
          text.lines()
              .filter(line -> line.startsWith(MemoryProbe.MARK))
              .findFirst()
              .orElseThrow()
              .split(" ", -1);
      assertThat(Long.parseLong(growth[1])).as("peak, KiB").isLessThan((long) (1.0 * KIB_PER_GIB));
      assertThat(Long.parseLong(growth[2]))
          .as("after, KiB")
          .isLessThan((long) (0.75 * KIB_PER_GIB));
    } finally {
      process.destroyForcibly();
    }
  }
}
