package org.segmentser.bench;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.apache.hadoop.fs.FileUtil;
import org.apache.spark.sql.SparkSession;
import org.segmentser.audio.Channels;
import org.segmentser.score.PreparedRun;
import org.segmentser.score.RunRequest;
import org.segmentser.score.RunSummary;
import org.segmentser.score.ScoreSettings;
import org.segmentser.segment.ClipSettings;
import org.segmentser.segment.Segmentation;
import org.segmentser.segment.Speech;
import org.segmentser.source.CorpusListing;
import org.segmentser.source.Inputs;
import org.segmentser.tables.RunColumns.Kind;

/**
 * A contender: whole runs of {@code score} in one session. Arguments: Spark's master; the model's
 * directory. Question: a directory of audio and what is made of speech, {@code off} unless it is
 * told, and which channels, {@code mix} unless it is told; answered with the run's own seconds, the
 * process's CPU seconds, the segments and the seconds of audio.
 */
final class ScoreRuns {

  private ScoreRuns() {}

  public static void main(String[] args) throws Exception {
    System.setProperty("spark.master", args[0]);
    System.setProperty("spark.ui.enabled", "false");
    System.setProperty("spark.driver.host", "127.0.0.1");
    // Of a cluster: executors on this machine, which find the classes where they are.
    System.setProperty("spark.executor.extraClassPath", System.getProperty("java.class.path"));
    System.setProperty("spark.executor.memory", "1g");
    try (SparkSession spark = SparkSession.builder().appName("benchmark").getOrCreate()) {
      spark.sparkContext().setLogLevel("ERROR");
      Contender.serve(question -> run(spark, args[1], question));
    }
  }

  private static double[] run(SparkSession spark, String model, String[] question)
      throws Exception {
    Speech.Mode speech =
        question.length > 1
            ? Speech.Mode.valueOf(question[1].toUpperCase(Locale.ROOT))
            : Speech.Mode.OFF;
    Channels channels = question.length > 2 ? Channels.EACH : Channels.MIX;
    Path output = Files.createTempDirectory("score-runs");
    RunRequest request =
        new RunRequest(
            "benchmark",
            Inputs.of(List.of(question[0])),
            CorpusListing.DEFAULT_SPLIT_S,
            new RunRequest.Target(output.toString(), "run", LocalDate.EPOCH, false),
            ClipSettings.of(Segmentation.DEFAULT)
                .withSpeech(new Speech(speech, Speech.DEFAULT_MIN))
                .withChannels(channels),
            new ScoreSettings(null, Set.of(Kind.EMOTIONS)));
    long cpu = BareLoop.cpuNanos();
    try (PreparedRun run = PreparedRun.prepare(spark, request, model)) {
      RunSummary.ScoredAudio scored = run.run().scored();
      double cpuS = (BareLoop.cpuNanos() - cpu) / 1e9;
      return new double[] {scored.wallS(), cpuS, scored.segments(), scored.audioS()};
    } finally {
      FileUtil.fullyDelete(output.toFile());
    }
  }
}
