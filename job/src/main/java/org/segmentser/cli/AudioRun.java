package org.segmentser.cli;

import java.io.IOException;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.stream.Collectors;
import org.apache.spark.sql.SparkSession;
import org.segmentser.ExitCode;
import org.segmentser.flow.Amounts;
import org.segmentser.score.Estimate;
import org.segmentser.score.PreparedRun;
import org.segmentser.score.RunRequest;
import org.segmentser.score.RunSummary;
import org.segmentser.segment.Status;
import org.segmentser.source.Corpus;
import org.segmentser.source.ListedClips;
import org.segmentser.tables.Drift;
import org.segmentser.tables.Table;

/** What {@code score} and {@code embed} have in common: run, and tell. */
final class AudioRun {
  private AudioRun() {}

  static int run(AudioOptions options, RunRequest request) throws Exception {
    SummaryFile file = options.summaryFile(request.command(), request.target());
    file.settings(request.settingsId());
    return StoppableRun.run(
        request.runId(),
        request.incremental() != null,
        file,
        (spark, stop) -> run(spark, options, request, stop, file));
  }

  private static int run(
      SparkSession spark,
      AudioOptions options,
      RunRequest request,
      StopSignal stop,
      SummaryFile file)
      throws IOException {
    try (PreparedRun run = PreparedRun.prepare(spark, request, options.model())) {
      run.leftovers().ifPresent(line -> System.err.println(Main.NAME + ": " + line));
      if (options.dryRun()) {
        tell(run, request, System.out);
        return ExitCode.DONE;
      }
      if (stop.isWanted()) {
        throw new CancellationException("stopped before it began to read");
      }
      file.known(run.corpus().known());
      PrintStream words = file.words();
      if (run.corpus().known() > 0) {
        words.printf(
            Locale.ROOT,
            "%,d clips have an outcome already; %,d are read%n",
            run.corpus().known(),
            run.corpus().totals().clips());
      }
      run.run(
          summary -> {
            tell(summary, words);
            file.add(summary);
          });
      return exitCode(file, options);
    }
  }

  static int exitCode(SummaryFile file, AudioOptions options) {
    List<String> exceeded = options.rejectLimits().exceeded(file.runs());
    exceeded.forEach(line -> System.err.println(Main.NAME + ": " + line));
    return exceeded.isEmpty() ? ExitCode.DONE : ExitCode.REJECTS;
  }

  private static void tell(PreparedRun run, RunRequest request, PrintStream out) {
    out.printf(
        Locale.ROOT,
        "dry run: %,d clips (%s) would be read; nothing was written%n",
        run.corpus().totals().clips(),
        Amounts.bytes(run.corpus().totals().bytes()));
    if (request.incremental() != null) {
      out.printf(
          Locale.ROOT, "  known        %,d clips have an outcome already%n", run.corpus().known());
    }
    if (run.corpus().totals().clips() == 0) {
      return;
    }
    tellKinds(run.corpus().totals(), out);
    tellSkipped(run.corpus().skipped(), out);
    run.corpus().firstUnreadable().ifPresent(clips -> out.println("  unreadable   " + clips));
    out.println("  model        " + run.model().modelId());
    out.println(
        "  segmentation "
            + request.clips().segmentation().mode().label()
            + ", a segment every "
            + request.clips().segmentation().hopS()
            + " s");
    out.println("  channels     " + request.clips().channels().text());
    out.println("  speech       " + request.clips().speech().text());
    out.println("  run          " + request.runId() + " of " + request.target().runDate());
    out.println("  output       " + request.target().output());
    tell(run.estimate(), out);
  }

  /** Where clips come from, if not all are files, and that long ones are split. */
  private static void tellKinds(Corpus.Totals totals, PrintStream out) {
    if (totals.members() + totals.rows() > 0) {
      List<String> kinds = new ArrayList<>();
      count(totals.clips() - totals.members() - totals.rows(), "file", "files", kinds);
      count(totals.members(), "member of a tar shard", "members of tar shards", kinds);
      count(totals.rows(), "row of a table", "rows of tables", kinds);
      out.println("  from         " + String.join(", ", kinds));
    }
    if (totals.isSplit()) {
      out.printf(
          Locale.ROOT,
          "  long clips   split into sections: %,d work items in all%n",
          totals.items());
    }
  }

  private static void count(long number, String one, String many, List<String> counts) {
    if (number > 0) {
      counts.add(String.format(Locale.ROOT, "%,d %s", number, number == 1 ? one : many));
    }
  }

  private static void tell(Estimate run, PrintStream out) {
    out.printf(
        Locale.ROOT,
        "  audio        about %s, %,d segments%n",
        Amounts.time(run.audio().seconds()),
        run.audio().segments());
    out.printf(
        Locale.ROOT,
        "  time         about %.2g core hours, %.0f %% of them decoding and log-mel; %s on %d cores%n",
        run.time().coreS() / 3600,
        100 * run.time().frontEnd(),
        Amounts.time(run.time().wallS()),
        run.time().cores());
    out.printf(Locale.ROOT, "  partitions   %,d%n", run.partitions());
    out.printf(
        Locale.ROOT,
        "  memory       about %s of the driver's heap%n",
        Amounts.bytes(run.driverBytes()));
    out.printf(Locale.ROOT, "  tables       about %s%n", Amounts.bytes(run.tableBytes()));
  }

  static void tell(RunSummary run, PrintStream out) {
    out.printf(Locale.ROOT, "run %s with model %s%n", run.runId(), run.modelId());
    out.printf(
        Locale.ROOT,
        "  clips     %,d%s: %s%n",
        run.clips().total(),
        run.clips().outcomes() == run.clips().total()
            ? ""
            : String.format(Locale.ROOT, " in %,d channels", run.clips().outcomes()),
        run.clips().byStatus().entrySet().stream()
            .filter(e -> e.getValue() > 0)
            .map(AudioRun::count)
            .collect(Collectors.joining(", ")));
    tellSkipped(run.clips().skipped(), out);
    if (run.clips().alike() > 0) {
      out.printf(
          Locale.ROOT,
          "  alike     %,d %s the same signal on both channels, as mono has%n",
          run.clips().alike(),
          run.clips().alike() == 1 ? "clip has" : "clips have");
    }
    if (!run.scored().emotions().isEmpty()) {
      out.println(
          "  emotions  "
              + run.scored().emotions().stream()
                  .map(AudioRun::share)
                  .collect(Collectors.joining(", ")));
    }
    if (run.scored().abstained() > 0) {
      out.printf(
          Locale.ROOT,
          "  abstained %,d %s no emotion, as none is probable enough%n",
          run.scored().abstained(),
          run.scored().abstained() == 1 ? "clip has" : "clips have");
    }
    if (run.scored().drift() != null) {
      out.println("  drift     " + drift(run.scored().drift()));
    }
    out.printf(
        Locale.ROOT,
        "  audio     %s of audio in %s, %s; %,d segments%n",
        Amounts.time(run.scored().audioS()),
        Amounts.time(run.scored().wallS()),
        Amounts.speed(run.scored().audioS(), run.scored().wallS()),
        run.scored().segments());
    if (run.scored().speechS() != null) {
      out.printf(
          Locale.ROOT,
          "  speech    %s, %.0f %% of the audio%n",
          Amounts.time(run.scored().speechS()),
          100 * run.scored().speechS() / Math.max(run.scored().audioS(), 1e-3));
    }
    if (run.passes() != null) {
      tell(run.passes(), run.clips().total(), out);
    }
    out.println(
        "  tables    "
            + run.tables().stream().map(Table::label).collect(Collectors.joining(", "))
            + ", runs below "
            + run.root());
    if (!run.clips().rejects().isEmpty()) {
      out.printf(
          Locale.ROOT,
          "  rejects   %s:%n",
          run.clips().rejected() > run.clips().rejects().size()
              ? String.format(Locale.ROOT, "the first %d by name", run.clips().rejects().size())
              : "by name");
      run.clips().rejects().forEach(reject -> out.println("    " + reject));
    }
  }

  /** What a run's answers look like, and what to doubt. */
  private static String drift(Drift drift) {
    List<String> facts = new ArrayList<>();
    List<String> doubts = new ArrayList<>();
    Drift.Distance distance = drift.distance();
    if (distance != null) {
      facts.add(
          String.format(
              Locale.ROOT,
              "median distance %.1f (usual: %.1f), %.0f %% of the clips are far",
              distance.median(),
              distance.usual(),
              100 * distance.farShare()));
      if (distance.unlike()) {
        doubts.add("the audio is UNLIKE what the model knows");
      }
    }
    if (drift.emotion() != null) {
      facts.add(
          String.format(
              Locale.ROOT, "%.0f %% are %s", 100 * drift.emotionShare(), drift.emotion()));
      if (drift.oneSided()) {
        doubts.add("the answers are ONE-SIDED");
      }
    }
    String all = facts.isEmpty() ? "no clip has an emotion" : String.join("; ", facts);
    return doubts.isEmpty() ? all : all + ": " + String.join(", and ", doubts);
  }

  private static void tell(RunSummary.Passes passes, long clips, PrintStream out) {
    out.printf(
        Locale.ROOT,
        "  passes    %,d clips opened, %,d decoded to their end or fault, %,d scored or rejected%s%n",
        passes.opened(),
        passes.decoded(),
        passes.scored(),
        passes.isEachOnce(clips)
            ? ": each once"
            : "; more than clips, as failed tasks were repeated");
  }

  private static String count(Map.Entry<Status, Long> clips) {
    return String.format(Locale.ROOT, "%,d %s", clips.getValue(), clips.getKey().label());
  }

  private static String share(RunSummary.EmotionTotal emotion) {
    return String.format(
        Locale.ROOT,
        "%,d %s (%s)",
        emotion.clips(),
        emotion.label(),
        Amounts.time(emotion.audioS()));
  }

  private static void tellSkipped(Map<String, Long> skipped, PrintStream out) {
    if (!skipped.isEmpty()) {
      out.println("  skipped   " + ListedClips.describe(skipped));
    }
  }
}
