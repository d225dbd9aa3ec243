package org.segmentser.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.hadoop.fs.FileUtil;
import org.apache.spark.sql.SparkSession;
import org.segmentser.Scratch;
import org.segmentser.network.TestModels;
import org.segmentser.score.Estimate;
import org.segmentser.score.PreparedRun;
import org.segmentser.score.RunRequest;
import org.segmentser.score.RunSummary;
import org.segmentser.score.ScoreSettings;
import org.segmentser.segment.ClipSettings;
import org.segmentser.segment.Segmentation;
import org.segmentser.source.CorpusListing;
import org.segmentser.source.Inputs;
import org.segmentser.tables.RunColumns.Kind;

/**
 * How near {@code --dry-run} comes: its estimate of archives of different kinds against whole runs
 * over them, in one process with {@code local[*]}. The archives are made of the same recordings by
 * FFmpeg.
 *
 * <p>Arguments: a directory of WAV files; runs of each archive.
 */
public final class EstimateBenchmark {
  private static final int BATCH = 32;

  private final SparkSession spark;
  private final Path scratch;

  private EstimateBenchmark(SparkSession spark, Path scratch) {
    this.spark = spark;
    this.scratch = scratch;
  }

  /** Runs it. */
  public static void main(String[] args) throws Exception {
    System.setProperty("spark.master", "local[*]");
    System.setProperty("spark.ui.enabled", "false");
    try (Scratch scratch = new Scratch();
        SparkSession spark = SparkSession.builder().appName("benchmark").getOrCreate()) {
      spark.sparkContext().setLogLevel("ERROR");
      new EstimateBenchmark(spark, scratch.path()).run(Path.of(args[0]), Integer.parseInt(args[1]));
    }
  }

  private void run(Path recordings, int runs) throws Exception {
    String full = TestModels.full(scratch.resolve("full"), Contenders.LABELS).toString();
    String narrow = TestModels.mini(scratch.resolve("narrow"), Contenders.LABELS).toString();
    Path prompts = Contenders.copies(recordings, scratch.resolve("prompts"), 12 << 20);
    Path longWav = scratch.resolve("all.wav");
    join(prompts, longWav);
    ffmpeg(longWav, "flac/%d.flac", "-ar", "16000", "-f", "segment", "-segment_time", "180");
    ffmpeg(
        longWav, "mp3/%d.mp3", "-ar", "44100", "-ac", "2", "-f", "segment", "-segment_time", "10");
    ffmpeg(longWav, "mixed/%d.wav", "-t", "200", "-f", "segment", "-segment_time", "25");
    ffmpeg(
        longWav,
        "mixed/%d.opus",
        "-t",
        "200",
        "-ar",
        "48000",
        "-f",
        "segment",
        "-segment_time",
        "7");
    ffmpeg(longWav, "mixed/long.m4a", "-t", "240", "-ar", "44100", "-ac", "2");
    Path many = Contenders.copies(recordings, scratch.resolve("many"), 100 << 20);
    for (Path directory : List.of(prompts, many)) {
      score(directory, narrow, "warm-up"); // the JVM compiles
    }
    FileUtil.fullyDelete(scratch.resolve("output").toFile());
    System.out.println(Figures.machine());
    Figures.head(
        "archive",
        "network",
        "audio",
        "clips",
        "partitions",
        "audio, estimate/run",
        "core hours",
        "wall, estimate/run",
        "tables, estimate/run");
    compare("telephone prompts, WAV 8 kHz", prompts, "full", full, runs);
    compare("3 minutes each, FLAC 16 kHz", scratch.resolve("flac"), "full", full, runs);
    compare("10 s each, MP3 44.1 kHz stereo", scratch.resolve("mp3"), "full", full, runs);
    compare("WAV, Opus and a long M4A", scratch.resolve("mixed"), "full", full, runs);
    compare("telephone prompts, many", many, "narrow", narrow, runs);
  }

  private void compare(String name, Path archive, String width, String model, int runs)
      throws IOException {
    Figures figures = new Figures();
    Estimate estimate = null;
    RunSummary run = null;
    long clips = 0;
    long bytes = 0;
    for (int i = 0; i < runs; i++) {
      try (PreparedRun dry = prepare(archive, model, "dry-" + i)) {
        estimate = dry.estimate();
        clips = dry.corpus().totals().clips();
      }
      Path output = scratch.resolve("output");
      run = score(archive, model, "run-" + i);
      figures.add("audio", estimate.audio().seconds() / run.scored().audioS());
      figures.add("wall", estimate.time().wallS() / run.scored().wallS());
      bytes = size(output);
      figures.add("tables", (double) estimate.tableBytes() / bytes);
      FileUtil.fullyDelete(output.toFile());
    }
    Figures.row(
        name,
        width,
        String.format(Locale.ROOT, "%.0f min", run.scored().audioS() / 60),
        clips,
        estimate.partitions(),
        figures.text("audio", "%.2f"),
        String.format(Locale.ROOT, "%.4f", estimate.time().coreS() / 3600),
        figures.text("wall", "%.2f")
            + String.format(Locale.ROOT, " of %.0f s", run.scored().wallS()),
        figures.text("tables", "%.2f"));
    System.out.printf(
        Locale.ROOT,
        "<!-- %d segments, %d clips, %d partitions, %d bytes of tables, front end %.0f %% -->%n",
        run.scored().segments(),
        clips,
        estimate.partitions(),
        bytes,
        100 * estimate.time().frontEnd());
  }

  private RunSummary score(Path archive, String model, String id) throws IOException {
    try (PreparedRun run = prepare(archive, model, id)) {
      return run.run();
    }
  }

  private PreparedRun prepare(Path archive, String model, String id) {
    return PreparedRun.prepare(
        spark,
        new RunRequest(
            "benchmark",
            Inputs.of(List.of(archive.toString())),
            CorpusListing.DEFAULT_SPLIT_S,
            new RunRequest.Target(scratch.resolve("output").toString(), id, LocalDate.EPOCH, true),
            ClipSettings.of(Segmentation.DEFAULT),
            new ScoreSettings(BATCH, Set.of(Kind.EMOTIONS))),
        model);
  }

  private static long size(Path directory) throws IOException {
    try (Stream<Path> files = Files.walk(directory)) {
      return files
          .filter(file -> file.toString().endsWith(".parquet"))
          .mapToLong(file -> file.toFile().length())
          .sum();
    }
  }

  /** All files of a directory, one after the other. */
  private static void join(Path directory, Path file) throws Exception {
    Path list = Path.of(file + ".txt");
    try (Stream<Path> files = Files.list(directory)) {
      Files.write(list, files.sorted().map(path -> "file '" + path + "'").toList());
    }
    ffmpeg(List.of("-f", "concat", "-safe", "0", "-i", list.toString(), file.toString()));
  }

  private void ffmpeg(Path from, String to, String... options) throws Exception {
    Path target = scratch.resolve(to);
    Files.createDirectories(target.getParent());
    List<String> arguments = new ArrayList<>(List.of("-i", from.toString()));
    arguments.addAll(List.of(options));
    arguments.add(target.toString());
    ffmpeg(arguments);
  }

  private static void ffmpeg(List<String> arguments) throws Exception {
    List<String> command = new ArrayList<>(List.of("ffmpeg", "-v", "error", "-y"));
    command.addAll(arguments);
    if (new ProcessBuilder(command).inheritIO().start().waitFor() != 0) {
      throw new IllegalStateException(String.join(" ", command));
    }
  }
}
