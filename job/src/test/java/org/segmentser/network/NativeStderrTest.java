package org.segmentser.network;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tensorflow.Graph;

class NativeStderrTest {
  private static final String OPENED = "--add-opens=java.base/sun.nio.ch=ALL-UNNAMED";

  @TempDir Path dir;

  /** In a process of its own. */
  static final class Probe {
    private Probe() {}

    public static void main(String[] args) {
      System.err.println("before");
      NativeStderr.without(
          line -> line.startsWith("noise"),
          () -> {
            System.err.println("noise 1");
            System.err.println("kept, gr\u00fc\u00dfe");
            System.err.println("noise 2");
            System.err.print("no end");
          });
      System.err.println(", after");
      try (Graph graph = new Graph()) {
        TensorFlowSessions.open(graph).close();
        TensorFlowSessions.open(graph).close();
      }
      System.err.println("the end");
    }
  }

  @Test
  void onlyTheNoiseIsWithheld() throws Exception {
    assertThat(stderr("-Dfile.encoding=UTF-8", OPENED))
        .isEqualTo("before\nkept, gr\u00fc\u00dfe\nno end, after\nthe end\n");
    assertThat(dir.resolve("tmp")).isEmptyDirectory();
  }

  @Test
  void aJdkThatDoesNotAllowItLosesNothing() throws Exception {
    assertThat(stderr("-Dfile.encoding=UTF-8"))
        .startsWith("before\nnoise 1\nkept, gr\u00fc\u00dfe\nnoise 2\nno end, after\n")
        .contains("mlir_graph_optimization_pass")
        .endsWith("the end\n");
    assertThat(dir.resolve("tmp")).isEmptyDirectory();
  }

  private String stderr(String... options) throws IOException, InterruptedException {
    Files.createDirectories(dir.resolve("tmp"));
    Path output = dir.resolve("stderr");
    List<String> command =
        new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin/java").toString()));
    command.addAll(List.of(options));
    command.addAll(
        List.of(
            "-Djava.io.tmpdir=" + dir.resolve("tmp"),
            "-cp",
            System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
            Probe.class.getName()));
    ProcessBuilder builder = new ProcessBuilder(command).redirectError(output.toFile());
    builder.environment().put("TF_CPP_MIN_LOG_LEVEL", "2");
    Process process = builder.start();
    try {
      assertThat(process.waitFor(1, TimeUnit.MINUTES)).isTrue();
      return Files.readString(output);
    } finally {
      process.destroyForcibly();
    }
  }
}
