package org.segmentser.bench;

import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.apache.hadoop.fs.FileUtil;
import org.apache.spark.sql.SparkSession;
import org.segmentser.audio.ByteArraySource;
import org.segmentser.model.LoadedModels;
import org.segmentser.model.ModelDirectory;
import org.segmentser.model.ModelRuntime;
import org.segmentser.model.SegmentModel;
import org.segmentser.model.SegmentModel.Output;
import org.segmentser.network.TestModels;
import org.segmentser.score.PreparedRun;
import org.segmentser.score.RunRequest;
import org.segmentser.score.RunSummary;
import org.segmentser.score.ScoreSettings;
import org.segmentser.segment.ClipReader;
import org.segmentser.segment.ClipSettings;
import org.segmentser.segment.Segment;
import org.segmentser.segment.Segmentation;
import org.segmentser.tables.RunColumns.Kind;

/**
 * How near {@code score} comes to the network alone. In turn, in one process: a bare loop of the
 * same session over patches in memory, and a whole run from files to Parquet; then the front end
 * alone, for its part of the processor time.
 *
 * <p>Arguments: a directory of audio and rounds. The network is a full-width VGGish of formula
 * weights.
 */
public final class ScoreBenchmark {
  private static final int CORES = 2;
  private static final int BATCH = 32;

  private final Path audio;
  private final ModelDirectory model;
  private final SegmentModel network;
  private final List<byte[]> patches = new ArrayList<>();

  private ScoreBenchmark(Path scratch, Path audio) {
    this.audio = audio;
    this.model =
        TestModels.full(scratch.resolve("model"), List.of("angry", "happy", "sad", "neutral"));
    // The one that the runs below find in the cache.
    this.network =
        LoadedModels.lease(
                this.model.spec(),
                this.model.localPath().orElseThrow()::resolve,
                ModelRuntime.of(CORES))
            .model();
  }

  /** Runs it. */
  public static void main(String[] args) throws Exception {
    System.setProperty("spark.master", "local[" + CORES + "]");
    System.setProperty("spark.ui.enabled", "false");
    Path scratch = Files.createTempDirectory("score-benchmark");
    try (SparkSession spark = SparkSession.builder().appName("benchmark").getOrCreate()) {
      spark.sparkContext().setLogLevel("ERROR");
      new ScoreBenchmark(scratch, Path.of(args[0])).measure(spark, Integer.parseInt(args[1]));
    } finally {
      FileUtil.fullyDelete(scratch.toFile());
    }
  }

  private void measure(SparkSession spark, int rounds) throws Exception {
    frontEnd();
    double frontEndS = frontEnd();
    bareLoop();
    score(spark, "warm-up");
    double[] ratios = new double[rounds];
    double[] shares = new double[rounds];
    for (int round = 0; round < rounds; round++) {
      double bare = bareLoop();
      long began = processCpu();
      RunSummary run = score(spark, "round-" + round);
      double cpuS = (processCpu() - began) / 1e9;
      double scored = run.scored().segments() / run.scored().wallS();
      ratios[round] = scored / bare;
      shares[round] = frontEndS / cpuS;
      System.out.printf(
          Locale.ROOT,
          "round %d: bare loop %.1f segments/s, score %.1f segments/s, ratio %.3f;"
              + " front end %.1f of %.1f CPU s: %.1f %%%n",
          round,
          bare,
          scored,
          ratios[round],
          frontEndS,
          cpuS,
          100 * shares[round]);
    }
    System.out.printf(
        Locale.ROOT,
        "median of %d rounds, %,d segments: ratio %.3f, front end %.1f %% of the CPU time%n",
        rounds,
        patches.size(),
        median(ratios),
        100 * median(shares));
  }

  /** CPU seconds of decoding and log-mel of all files in one thread; keeps the patches. */
  private double frontEnd() throws IOException {
    patches.clear();
    List<Path> files;
    try (Stream<Path> walk = Files.walk(audio)) {
      files = walk.filter(Files::isRegularFile).sorted(Comparator.naturalOrder()).toList();
    }
    ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    long spent = 0;
    for (Path file : files) {
      byte[] bytes = Files.readAllBytes(file);
      long began = threads.getCurrentThreadCpuTime();
      try (ClipReader clip =
          ClipReader.open(
              () -> new ByteArraySource(bytes),
              file.toString(),
              ClipSettings.of(Segmentation.DEFAULT))) {
        while (clip.outcome() == null) {
          clip.next().stream().map(Segment::patch).forEach(patches::add);
        }
      }
      spent += threads.getCurrentThreadCpuTime() - began;
    }
    return spent / 1e9;
  }

  /** Segments a second of the network alone, with as many callers as Spark has tasks. */
  private double bareLoop() throws Exception {
    AtomicInteger next = new AtomicInteger();
    Callable<Void> caller =
        () -> {
          for (int at = next.getAndAdd(BATCH); at < patches.size(); at = next.getAndAdd(BATCH)) {
            network.predict(
                patches.subList(at, Math.min(patches.size(), at + BATCH)),
                EnumSet.of(Output.LOGITS));
          }
          return null;
        };
    ExecutorService callers = Executors.newFixedThreadPool(CORES);
    try {
      long began = System.nanoTime();
      for (Future<Void> done : callers.invokeAll(Collections.nCopies(CORES, caller))) {
        done.get();
      }
      return patches.size() / ((System.nanoTime() - began) / 1e9);
    } finally {
      callers.shutdown();
    }
  }

  private RunSummary score(SparkSession spark, String id) throws IOException {
    Path output = Files.createTempDirectory("score-benchmark");
    RunRequest request =
        new RunRequest(
            "benchmark",
            RunRequest.Input.of(List.of(audio.toString())),
            new RunRequest.Target(output.toString(), id, LocalDate.EPOCH, false),
            ClipSettings.of(Segmentation.DEFAULT),
            new ScoreSettings(BATCH, Set.of(Kind.EMOTIONS)));
    try (PreparedRun run = PreparedRun.prepare(spark, request, model.toString())) {
      return run.run();
    } finally {
      FileUtil.fullyDelete(output.toFile());
    }
  }

  private static long processCpu() {
    return ((OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
        .getProcessCpuTime();
  }

  private static double median(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    return sorted[sorted.length / 2];
  }
}
