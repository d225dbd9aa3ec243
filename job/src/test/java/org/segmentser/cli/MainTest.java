package org.segmentser.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.IntSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.segmentser.UserError;

class MainTest {
  @TempDir Path dir;

  @Test
  void aFaultIsALineAndThenTheWholeChain() {
    Exception fault = new IllegalStateException("outer", new IOException("inner\nits second line"));
    String told = report(1, fault);
    assertThat(told)
        .startsWith("segment-ser: error: internal fault: java.io.IOException: inner\n")
        .contains("java.lang.IllegalStateException: outer\n\tat " + MainTest.class.getName())
        .contains("Caused by: java.io.IOException: inner\nits second line");
  }

  @Test
  void littleMemoryIsOneLineWithItsRemedy() {
    assertThat(report(1, new RuntimeException(new OutOfMemoryError("Java heap space"))))
        .matches("segment-ser: error: out of memory: [^\n]*-- --driver-memory 4g[^\n]*\n");
    assertThat(
            report(
                1,
                new RuntimeException(
                    "Task 0 in stage 0.0 failed 1 times: java.lang.OutOfMemoryError: Java heap"
                        + " space\n\tat somewhere")))
        .matches("segment-ser: error: out of memory: [^\n]*\n");
  }

  @Test
  void whatTheUserGotWrongIsOneLine() {
    assertThat(report(3, UserError.input("no such file")))
        .isEqualTo("segment-ser: error: no such file\n");
  }

  @Test
  void aWordThatBeginsWithAnAtIsAWord() throws IOException {
    Path file = Files.writeString(dir.resolve("words"), "--help");
    assertThat(told(3, () -> Main.run("model", "show", "@" + file)))
        .contains("no model at ", "@" + file);
  }

  private static String report(int exitCode, Exception e) {
    return told(exitCode, () -> Main.report(e));
  }

  /** What is said on standard error by something that has an exit code. */
  private static String told(int exitCode, IntSupplier something) {
    PrintStream err = System.err;
    ByteArrayOutputStream told = new ByteArrayOutputStream();
    System.setErr(new PrintStream(told, true, StandardCharsets.UTF_8));
    try {
      assertThat(something.getAsInt()).isEqualTo(exitCode);
    } finally {
      System.setErr(err);
    }
    return told.toString(StandardCharsets.UTF_8);
  }
}
