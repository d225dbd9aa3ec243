package org.segmentser.cli;

import java.io.PrintStream;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.spark.sql.SparkSession;
import org.segmentser.ExitCode;
import org.segmentser.score.PreparedRun;
import org.segmentser.score.RunRequest;
import org.segmentser.score.RunSummary;
import org.segmentser.score.ScoreSettings;
import org.segmentser.segment.Status;

/** What {@code score} and {@code embed} have in common: run, and tell. */
final class AudioRun {
  private AudioRun() {}

  static int run(AudioOptions options, ScoreSettings settings) throws Exception {
    RunRequest request = options.request(settings);
    String model = options.model();
    try (SparkSession spark = Sessions.start(Main.NAME + " " + request.runId());
        PreparedRun run = PreparedRun.prepare(spark, request, model)) {
      run.leftovers().ifPresent(line -> System.err.println(Main.NAME + ": " + line));
      if (options.dryRun()) {
        tell(run, request, System.out);
        return ExitCode.DONE;
      }
      RunSummary summary = run.run();
      tell(summary, System.out);
      if (summary.rejectRatio() > options.maxRejectRatio()) {
        System.err.printf(
            Locale.ROOT,
            "%s: %d of %d clips were not scored, more than --max-reject-ratio %s allows%n",
            Main.NAME,
            summary.total() - summary.clips().get(Status.SCORED.label()),
            summary.total(),
            options.maxRejectRatio());
        return ExitCode.REJECTS;
      }
      return ExitCode.DONE;
    }
  }

  private static void tell(PreparedRun run, RunRequest request, PrintStream out) {
    out.printf(
        Locale.ROOT,
        "dry run: %,d clips (%,d bytes) would be read; nothing was written%n",
        run.corpus().clips().size(),
        run.corpus().bytes());
    tellSkipped(run.corpus().skipped(), out);
    out.println("  model        " + run.model().modelId());
    out.println(
        "  segmentation "
            + request.clips().segmentation().mode().label()
            + ", a segment every "
            + request.clips().segmentation().hopS()
            + " s");
    out.println("  run          " + request.runId() + " of " + request.runDate());
    out.println("  output       " + request.output());
  }

  private static void tell(RunSummary run, PrintStream out) {
    double hours = run.audioS() / 3600;
    out.printf(Locale.ROOT, "run %s with model %s%n", run.runId(), run.modelId());
    out.printf(
        Locale.ROOT,
        "  clips     %,d: %s%n",
        run.total(),
        run.clips().entrySet().stream()
            .filter(e -> e.getValue() > 0)
            .map(AudioRun::count)
            .collect(Collectors.joining(", ")));
    tellSkipped(run.skipped(), out);
    out.printf(
        Locale.ROOT,
        "  audio     %.3f h in %.1f s: %.1f h of audio an hour; %,d segments%n",
        hours,
        run.wallS(),
        hours / run.wallS() * 3600,
        run.segments());
    out.printf(
        Locale.ROOT,
        "  passes    %,d clips opened, %,d decoded to their end or fault, %,d scored or told%s%n",
        run.opened(),
        run.decoded(),
        run.scored(),
        run.opened() == run.total() && run.decoded() == run.total() && run.scored() == run.total()
            ? ": each once"
            : "; more than clips, as failed tasks were repeated");
    out.println("  tables    " + String.join(", ", run.tables()) + ", runs below " + run.root());
    if (!run.rejects().isEmpty()) {
      out.println("  rejects   the first by name:");
      run.rejects().forEach(reject -> out.println("    " + reject));
    }
  }

  private static String count(Map.Entry<String, Long> clips) {
    return String.format(Locale.ROOT, "%,d %s", clips.getValue(), clips.getKey());
  }

  private static void tellSkipped(long skipped, PrintStream out) {
    if (skipped > 0) {
      out.printf(Locale.ROOT, "  skipped   %,d not named like audio%n", skipped);
    }
  }
}
