package org.segmentser.flow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
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
import org.segmentser.segment.Status;
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
    System.clearProperty(AudioProgress.COLUMNS);
    System.setErr(err);
  }

  @Test
  void aLogGetsALineNowAndThenWithWhatRunningTasksHaveDone() {
    Corpus.Totals totals = Corpus.of(spark, clips).totals();
    AudioProgress progress =
        AudioProgress.begin(
            spark,
            RunProgress.of(totals, 1),
            totals,
            counters,
            "with model m",
            Duration.ofMillis(100));
    try (progress) {
      CompletableFuture<Void> pass = begin();
      awaitUntil(() -> told().contains("2.0 min of audio"));
      assertThat(counters.samples().value()).as("the driver's own").isZero();
      goesOn.countDown();
      pass.join();
      awaitUntil(() -> told().contains("3 of 3 clips"));
    }
    assertThat(told()).startsWith("segment-ser: reading 3 clips (7.7 MB) with model m\n");
    assertThat(told())
        .containsPattern(
            "\nsegment-ser: 0 %, 0 of 3 clips, [\\d.,]+ times real time, 2.0 min of audio\n")
        .containsPattern(
            "\nsegment-ser: 100 %, 3 of 3 clips, [\\d.,]+ times real time, 4.0 min of audio, 1 rejected\n")
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
      awaitUntil(() -> told().matches("(?s).*\r\u001b\\[K0 %, 0 of 3 clips, .*2.0 min of audio.*"));
      System.err.println("a warning");
      goesOn.countDown();
      pass.join();
    }
    assertThat(System.err).isSameAs(before);
    System.err.println("the end");
    String after = told().substring(told().indexOf("a warning"));
    assertThat(told()).startsWith("segment-ser: reading 3 clips (7.7 MB)\n\r\u001b[K");
    assertThat(told()).containsPattern("of audio[^\n]*\r\u001b\\[Ka warning\n");
    assertThat(after).matches("(?s)a warning\n(\r\u001b\\[K[^\r\n]+)*(\r\u001b\\[K)?the end\n");
    assertThat(told().replaceAll("[^\r\n]*\n", "").split("\r\u001b\\[K", -1))
        .allSatisfy(line -> assertThat(line).hasSizeLessThan(80));
  }

  @Test
  void aNarrowTerminalHasWhatMattersMost() {
    System.setProperty(AudioProgress.TERMINAL, "true");
    System.setProperty(AudioProgress.COLUMNS, "44");
    AudioProgress progress =
        AudioProgress.begin(spark, Corpus.of(spark, clips).totals(), counters, "");
    try (progress) {
      CompletableFuture<Void> pass = begin();
      awaitUntil(() -> told().matches("(?s).*0 of 3 clips, [1-9][\\d.]* times real time.*"));
      goesOn.countDown();
      pass.join();
    }
    assertThat(told())
        .doesNotContain("of audio")
        .satisfies(
            all ->
                assertThat(all.replaceAll("[^\r\n]*\n", "").split("\r\u001b\\[K", -1))
                    .allSatisfy(line -> assertThat(line).hasSizeLessThan(44)));
  }

  @Test
  void severalPassesCountTogether() {
    Corpus.Totals each = Corpus.of(spark, clips).totals();
    List<Clip> twice = Stream.concat(clips.stream(), clips.stream()).toList();
    RunProgress run = RunProgress.of(Corpus.of(spark, twice).totals(), 2);
    goesOn.countDown();
    AudioProgress first =
        AudioProgress.begin(spark, run, each, counters, "", Duration.ofMillis(50));
    try (first) {
      begin().join();
      awaitUntil(() -> told().contains("segment-ser: 50 %, 3 of 6 clips, "));
    }
    assertThat(run.counts().outcomes())
        .containsEntry(Status.SCORED, 2L)
        .containsEntry(Status.UNDECODABLE, 1L)
        .containsEntry(Status.UNREADABLE, 0L);
    run.settle(7, Map.of(Status.SCORED, 3L));
    ClipCounters ofSecond = ClipCounters.of(spark.sparkContext());
    AudioProgress second =
        AudioProgress.begin(spark, run, each, ofSecond, "", Duration.ofMillis(50));
    try (second) {
      assertThat(run.queue()).isEqualTo(3);
      pass(ofSecond).join();
      awaitUntil(() -> told().contains("segment-ser: 100 %, 6 of 6 clips, "));
    }
    assertThat(told())
        .startsWith("segment-ser: reading batch 1 of 2, 3 clips (7.7 MB)\n")
        .contains("\nsegment-ser: reading batch 2 of 2, 3 clips (7.7 MB)\n")
        .containsPattern("3 of 6 clips, .* 4.0 min of audio, 1 rejected, batch 1 of 2\n")
        .containsPattern("6 of 6 clips, .* 8.0 min of audio, 2 rejected, batch 2 of 2\n");
    assertThat(run.queue()).isZero();
    PassCounts counted = run.counts();
    assertThat(counted.outcomes())
        .containsEntry(Status.SCORED, 5L)
        .containsEntry(Status.UNDECODABLE, 1L);
    // Nothing is scored in this pass, and what was settled before stays.
    assertThat(counted.segments()).isEqualTo(7);
    assertThat(counted.decodeNs()).isPositive();
    assertThat(counted.featureNs()).isPositive();
    assertThat(counted.inferenceNs()).isZero();
    assertThat(RunProgress.latest()).isSameAs(run);
  }

  @Test
  void nobodyTellsHowLongItWillTakeBeforeSomethingIsDone() {
    RunProgress run = RunProgress.of(Corpus.of(spark, clips).totals(), 1);
    assertThat(run.leftS(PassCounts.NONE)).isNaN();
    PassCounts one = new PassCounts(1, 0, 3_840_044, 0, 0, 0, 0, 0, PassCounts.NONE.outcomes());
    assertThat(run.leftS(one)).as("in its first seconds").isNaN();
    assertThat(run.share(one)).isCloseTo(0.5, within(0.01));
    RunProgress seldom = RunProgress.of(Corpus.of(spark, clips).totals(), 1);
    seldom.watch(one);
    long began = System.nanoTime();
    awaitUntil(() -> System.nanoTime() - began > 6e9);
    assertThat(run.leftS(one)).as("where nothing more was done").isNaN();
    assertThat(seldom.leftS(one.plus(one))).as("to whom asks for the first time").isNotNaN();
    PassCounts two = one.plus(one);
    // Half of it took six seconds, and a clip of a hundred bytes is left.
    assertThat(run.leftS(two)).isBetween(0.001, 0.1);
  }

  /** The pass over the audio, which stands still when each task has its first chunk of a minute. */
  private CompletableFuture<Void> begin() {
    return pass(counters);
  }

  private CompletableFuture<Void> pass(ClipCounters counted) {
    return CompletableFuture.runAsync(
        () ->
            SegmentRows.of(
                    spark, Corpus.of(spark, clips), ClipSettings.of(Segmentation.DEFAULT), counted)
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
