package org.segmentser.cli;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.segmentser.ExitCode;
import org.segmentser.FileSystems;
import org.segmentser.UserError;
import org.segmentser.cli.HelpGroup.Heading;
import org.segmentser.tables.Removal;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
    name = "forget",
    description =
        "Removes clips from every table of an output and writes down in the table forgotten which"
            + " they are, so that no incremental run brings them back. Only files that hold them"
            + " are rewritten.",
    customSynopsis = "segment-ser forget --output URI (--clip ID... | --manifest URI)",
    footer = {
      "  segment-ser forget --output /data/emotions \\",
      "    --clip file:/data/calls/a.wav"
    })
final class ForgetCommand implements Callable<Integer> {
  @Mixin private OutputOptions output;

  @ArgGroup(multiplicity = "1")
  private Clips clips;

  private static final class Clips {
    @HelpGroup(Heading.INPUT)
    @Option(
        names = "--clip",
        required = true,
        paramLabel = "ID",
        description = "clip_id as the tables have it; may be given several times")
    private List<String> ids;

    @HelpGroup(Heading.INPUT)
    @Option(
        names = "--manifest",
        required = true,
        paramLabel = "URI",
        description = "text file with a clip_id in each line")
    private String manifest;
  }

  @Override
  public Integer call() throws Exception {
    try (SparkSession spark = Sessions.start(Main.NAME + " forget")) {
      List<String> wanted = clips.ids != null ? clips.ids : lines(spark, clips.manifest);
      Dataset<Row> ids = spark.createDataset(wanted, Encoders.STRING()).toDF("clip_id");
      Removal.Result result = Removal.of(spark, output.destination(), ids);
      if (result.clips() > 0) {
        System.out.printf(
            Locale.ROOT,
            "forgot %,d %s: %,d rows%s%n",
            result.clips(),
            result.clips() == 1 ? "clip" : "clips",
            result.rows(),
            result.rewritten() + result.removed() == 0
                ? ""
                : String.format(
                    Locale.ROOT,
                    "; %,d files were rewritten, %,d removed",
                    result.rewritten(),
                    result.removed()));
      }
      if (result.gone() > 0) {
        System.out.printf(
            Locale.ROOT,
            "%,d %s forgotten before: no row was left%n",
            result.gone(),
            result.gone() == 1 ? "clip was" : "clips were");
      }
      return ExitCode.DONE;
    }
  }

  private static List<String> lines(SparkSession spark, String manifest) {
    try (BufferedReader in =
        new BufferedReader(
            new InputStreamReader(
                FileSystems.open(manifest, spark.sessionState().newHadoopConf()),
                StandardCharsets.UTF_8))) {
      List<String> lines = in.lines().filter(line -> !line.isBlank()).toList();
      if (lines.isEmpty()) {
        throw UserError.input("no clip_id in " + manifest);
      }
      return lines;
    } catch (UncheckedIOException e) {
      throw UserError.input("cannot read " + manifest + ": " + UserError.reason(e.getCause()));
    } catch (IOException e) {
      throw UserError.input("cannot read " + manifest + ": " + UserError.reason(e));
    }
  }
}
