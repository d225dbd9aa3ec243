package org.segmentser.flow;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.function.BooleanSupplier;
import org.apache.spark.api.java.function.ForeachPartitionFunction;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.segmentser.TestSpark;
import org.segmentser.segment.ClipSettings;
import org.segmentser.segment.Clips;
import org.segmentser.segment.Segmentation;
import org.segmentser.source.Clip;
import org.segmentser.source.Corpus;

/** Real tasks that stand still in the middle of real clips, so that what they tell can be seen. */
@Timeout(60)
class AudioProgressTest {
  private static CountDownLatch goesOn;

  @TempDir Path dir;
  private final SparkSession spark = TestSpark.session();
  private final ClipCounters counters = ClipCounters.of(spark.sparkContext());
  private final PrintStream err = System.err;
  private final ByteArrayOutputStream told = new ByteArrayOutputStream();
  private List<Clip> clips;

  @BeforeEach
  void listen() throws IOException {
    goesOn = new CountDownLatch(1);
    System.setErr(new PrintStream(told, true, StandardCharsets.UTF_8));
    byte[] twoMinutes = Clips.wav(16_000, Clips.noise(16_000 * 120, 1));
    clips = List.of(clip("a", twoMinutes), clip("b", twoMinutes), clip("c", new byte[100]));
  }

  private Clip clip(String name, byte[] content) throws IOException {
    Path file = Files.write(dir.resolve(name + ".wav"), content);
    return Clip.ofFile(name, file.toUri().toString(), (long) content.length, 0L);
  }

  @AfterEach
  void stopListening() {
    System.clearProperty(AudioProgress.TERMINAL);
    System.setErr(err);
  }

  @Test
  void aLogGetsALineNowAndThenWithWhatRunningTasksHaveDone() {
    AudioProgress progress =
        AudioProgress.begin(
            spark,
            Corpus.of(spark, clips).totals(),
            counters,
            "with model m",
            Duration.ofMillis(100));
    try (progress) {
      CompletableFuture<Void> pass = begin();
      awaitUntil(() -> told().contains("0 of 3 clips, 2.0 min of audio"));
      assertThat(counters.samples().value()).as("the driver's own").isZero();
      goesOn.countDown();
      pass.join();
      awaitUntil(() -> told().contains("3 of 3 clips"));
    }
    assertThat(told()).startsWith("segment-ser: reading 3 clips (7.7 MB) with model m\n");
    assertThat(told())
        .containsPattern(
            "\nsegment-ser: 0 of 3 clips, 2.0 min of audio, [\\d.,]+ times real time\n")
        .containsPattern(
            "\nsegment-ser: 3 of 3 clips, 4.0 min of audio, 1 rejected, [\\d.,]+ times real time\n")
        .doesNotContain("4 of 3", "2 rejected", "\r");
  }

  @Test
  void aTerminalHasOneLineAndWhatElseIsPrintedStandsAboveIt() {
    System.setProperty(AudioProgress.TERMINAL, "true");
    PrintStream before = System.err;
    AudioProgress progress =
        AudioProgress.begin(spark, Corpus.of(spark, clips).totals(), counters, "");
    try (progress) {
      CompletableFuture<Void> pass = begin();
      awaitUntil(() -> told().contains("\r\u001b[K0 of 3 clips, 2.0 min of audio, "));
      System.err.println("a warning");
      goesOn.countDown();
      pass.join();
    }
    assertThat(System.err).isSameAs(before);
    System.err.println("the end");
    String after = told().substring(told().indexOf("a warning"));
    assertThat(told()).startsWith("segment-ser: reading 3 clips (7.7 MB)\n\r\u001b[K");
    assertThat(told()).containsPattern("times real time[^\n]*\r\u001b\\[Ka warning\n");
    assertThat(after).matches("(?s)a warning\n(\r\u001b\\[K[^\r\n]+)*(\r\u001b\\[K)?the end\n");
    assertThat(told().replaceAll("[^\r\n]*\n", "").split("\r\u001b\\[K", -1))
        .allSatisfy(line -> assertThat(line).hasSizeLessThan(80));
  }

  /** The pass over the audio, which stands still when each task has its first chunk of a minute. */
  private CompletableFuture<Void> begin() {
    return CompletableFuture.runAsync(
        () ->
            SegmentRows.of(
                    spark, Corpus.of(spark, clips), ClipSettings.of(Segmentation.DEFAULT), counters)
                .foreachPartition(
                    (ForeachPartitionFunction<Row>)
                        rows -> {
                          while (rows.hasNext()) {
                            rows.next();
                            goesOn.await();
                          }
                        }));
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
