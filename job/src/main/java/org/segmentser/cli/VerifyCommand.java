package org.segmentser.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import org.apache.spark.sql.SparkSession;
import org.segmentser.ExitCode;
import org.segmentser.audio.Channels;
import org.segmentser.source.Inputs;
import org.segmentser.tables.Books;
import org.segmentser.tables.Check;
import org.segmentser.tables.Coverage;
import org.segmentser.tables.Destination;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(
    name = "verify",
    description =
        "Proves the books of an output: each clip has one outcome for its content, model and"
            + " settings, its segments are complete and in order, and every row belongs to a run"
            + " that says so; with --input or --manifest also that all of the archive has an"
            + " outcome. Exits with 6 if anything fails.",
    customSynopsis = {
      "segment-ser verify --output URI",
      "                          [--input URI | --manifest URI]... [options]"
    },
    footer = "  segment-ser verify --output /data/emotions --input /data/calls")
final class VerifyCommand implements Callable<Integer> {
  @ArgGroup(exclusive = false, multiplicity = "0..1")
  private SourceOptions source;

  @Mixin private InputOptions input;
  @Mixin private ChannelOptions channels;

  @Mixin private OutputOptions output;

  @Override
  public Integer call() throws Exception {
    Inputs archive = input.ofAny(source);
    Destination tables = output.destination();
    Channels heard = channels.channels();
    List<Check> failed = new ArrayList<>();
    int[] made = {0};
    Consumer<Check> told =
        check -> {
          made[0]++;
          if (check.verdict() == Check.Verdict.FAILS) {
            failed.add(check);
          }
          System.out.printf(
              Locale.ROOT,
              "  %-5s  %-9s  %s%n",
              check.verdict() == Check.Verdict.FAILS
                  ? check.verdict()
                  : check.verdict().name().toLowerCase(Locale.ROOT),
              check.name(),
              check.text());
        };
    try (SparkSession spark = Sessions.start(Main.NAME + " verify")) {
      System.out.println("books of " + tables);
      Books.prove(spark, tables, told);
      if (archive != null) {
        Coverage.prove(spark, tables, archive, heard, told);
      }
    }
    if (failed.isEmpty()) {
      return ExitCode.DONE;
    }
    System.err.printf(
        Locale.ROOT, "%s: %d of %d checks failed%n", Main.NAME, failed.size(), made[0]);
    return ExitCode.UNPROVEN;
  }
}
