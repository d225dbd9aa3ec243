package org.segmentser.cli;

import java.io.IOException;
import java.io.PrintStream;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CancellationException;
import org.apache.spark.sql.SparkSession;
import org.segmentser.ExitCode;
import org.segmentser.score.PreparedRescore;
import org.segmentser.score.RescoreRequest;
import org.segmentser.tables.RunCodec.Settings;

/** {@code score --from-embeddings}: run, and tell. */
final class RescoreRun {
  private RescoreRun() {}

  static int run(AudioOptions options, RescoreRequest request) throws Exception {
    SummaryFile file = options.summaryFile(request.command(), request.target());
    return StoppableRun.run(
        request.runId(),
        request.isIncremental(),
        file,
        (spark, stop) -> run(spark, options, request, stop, file));
  }

  private static int run(
      SparkSession spark,
      AudioOptions options,
      RescoreRequest request,
      StopSignal stop,
      SummaryFile file)
      throws IOException {
    try (PreparedRescore run = PreparedRescore.prepare(spark, request, options.model())) {
      run.leftovers().ifPresent(line -> System.err.println(Main.NAME + ": " + line));
      tellOthers(run, request);
      if (options.dryRun()) {
        tell(run, request, System.out);
        return ExitCode.DONE;
      }
      if (stop.isWanted()) {
        throw new CancellationException("stopped before it began to score");
      }
      System.err.printf(
          Locale.ROOT,
          "%s: scoring %,d segments of %,d clips, embedded below %s, with model %s into %s%n",
          Main.NAME,
          run.totals().segments(),
          run.totals().clips(),
          request.source(),
          run.model().modelId(),
          request.target().output());
      PrintStream words = file.words();
      if (run.totals().known() > 0) {
        words.println(known(run, request));
      }
      file.known(run.totals().known());
      List<String> settings = run.settings().stream().map(Settings::id).toList();
      if (settings.size() == 1) {
        file.settings(settings.get(0));
      }
      run.run(
          summary -> {
            AudioRun.tell(summary, words);
            file.add(summary);
          });
      return AudioRun.exitCode(file, options);
    }
  }

  private static String known(PreparedRescore run, RescoreRequest request) {
    return String.format(
        Locale.ROOT,
        request.isIncremental()
            ? "%,d clips have an outcome already or were forgotten; %,d are scored"
            : "%,d clips were forgotten; %,d are scored",
        run.totals().known(),
        run.totals().clips());
  }

  private static void tellOthers(PreparedRescore run, RescoreRequest request) {
    if (!run.others().isEmpty()) {
      System.err.printf(
          Locale.ROOT,
          "%s: the embeddings of %s below %s are left out: another embedder than the model's made"
              + " them%n",
          Main.NAME,
          run.others().size() == 1
              ? "the run " + run.others().get(0)
              : String.format(
                  Locale.ROOT, "%,d runs (%s, ...)", run.others().size(), run.others().get(0)),
          request.source());
    }
  }

  private static void tell(PreparedRescore run, RescoreRequest request, PrintStream out) {
    out.printf(
        Locale.ROOT,
        "dry run: %,d clips with %,d segments would be scored; nothing was written%n",
        run.totals().clips(),
        run.totals().segments());
    if (run.totals().known() > 0) {
      out.println("  known        " + known(run, request));
    }
    out.println("  model        " + run.model().modelId());
    run.settings().forEach(settings -> out.println("  settings     " + settings.text()));
    out.println("  run          " + request.runId() + " of " + request.target().runDate());
    out.println("  output       " + request.target().output());
  }
}
