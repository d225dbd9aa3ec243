package org.segmentser.score;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.function.BooleanSupplier;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.segmentser.TestSpark;
import org.segmentser.corpus.Clip;
import org.segmentser.udf.ClipCounters;

/** A real task that stands still in the middle, so that what it tells of itself can be seen. */
@Timeout(60)
class AudioProgressTest {
  private static final List<Clip> CLIPS =
      List.of(
          new Clip("a", "file:/a.wav", 400_000, 0L, null, null),
          new Clip("b", "file:/b.wav", 400_000, 0L, null, null));

  private static CountDownLatch goesOn;

  private final SparkSession spark = TestSpark.session();
  private final PrintStream err = System.err;
  private final ByteArrayOutputStream told = new ByteArrayOutputStream();

  @BeforeEach
  void listen() {
    goesOn = new CountDownLatch(1);
    System.setErr(new PrintStream(told, true, StandardCharsets.UTF_8));
  }

  @AfterEach
  void stopListening() {
    System.clearProperty(AudioProgress.TERMINAL);
    System.setErr(err);
  }

  @Test
  void aLogGetsALineNowAndThenWithWhatRunningTasksHaveDone() {
    ClipCounters counters = ClipCounters.of(spark.sparkContext());
    AudioProgress progress =
        AudioProgress.begin(spark, CLIPS, counters, "with model m", Duration.ofMillis(100));
    try (progress) {
      CompletableFuture<Void> task = begin(counters);
      awaitUntil(() -> told().contains("1 of 2 clips"));
      assertThat(counters.decoded().value()).as("the driver's own").isZero();
      goesOn.countDown();
      task.join();
      awaitUntil(() -> told().contains("2 of 2 clips"));
    }
    assertThat(told().lines().findFirst())
        .contains("segment-ser: reading 2 clips (800 kB) with model m");
    assertThat(told())
        .containsPattern(
            "\nsegment-ser: 1 of 2 clips, 60 s of audio, 1 rejected, [\\d.,]+ times real time")
        .containsPattern(
            "\nsegment-ser: 2 of 2 clips, 2.0 min of audio, 1 rejected, [\\d.,]+ times real time\n")
        .doesNotContain("3 of 2", "3.0 min", "\r");
  }

  @Test
  void aTerminalHasOneLineAndWhatElseIsPrintedStandsAboveIt() {
    System.setProperty(AudioProgress.TERMINAL, "true");
    ClipCounters counters = ClipCounters.of(spark.sparkContext());
    PrintStream before = System.err;
    AudioProgress progress = AudioProgress.begin(spark, CLIPS, counters, "");
    try (progress) {
      CompletableFuture<Void> task = begin(counters);
      awaitUntil(() -> told().contains("\r\u001b[K1 of 2 clips, 60 s of audio, 1 rejected, "));
      System.err.println("a warning");
      goesOn.countDown();
      task.join();
    }
    assertThat(System.err).isSameAs(before);
    System.err.println("the end");
    String after = told().substring(told().indexOf("a warning"));
    assertThat(told()).startsWith("segment-ser: reading 2 clips (800 kB)\n\r\u001b[K");
    assertThat(told()).containsPattern("times real time[^\n]*\r\u001b\\[Ka warning\n");
    assertThat(after).matches("(?s)a warning\n(\r\u001b\\[K[^\r\n]+)*(\r\u001b\\[K)?the end\n");
    assertThat(told().replaceAll("[^\r\n]*\n", "").split("\r\u001b\\[K"))
        .allSatisfy(line -> assertThat(line).hasSizeLessThan(80));
  }

  private CompletableFuture<Void> begin(ClipCounters counters) {
    JavaSparkContext context = JavaSparkContext.fromSparkContext(spark.sparkContext());
    return CompletableFuture.runAsync(
        () -> context.parallelize(List.of(1), 1).foreach(i -> readTwo(counters)));
  }

  private static void readTwo(ClipCounters counters) throws InterruptedException {
    counters.rejected().add(1);
    readOne(counters);
    goesOn.await();
    readOne(counters);
  }

  private static void readOne(ClipCounters counters) {
    counters.samples().add(60 * 16_000);
    counters.bytes().add(400_000);
    counters.decoded().add(1);
  }

  private String told() {
    return told.toString(StandardCharsets.UTF_8);
  }

  private static void awaitUntil(BooleanSupplier condition) {
    while (!condition.getAsBoolean()) {
      try {
        Thread.sleep(10);
      } catch (InterruptedException e) {
        throw new AssertionError("interrupted", e);
      }
    }
  }
}
