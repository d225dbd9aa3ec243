package org.segmentser.cli;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.Callable;
import org.apache.spark.sql.SparkSession;
import org.segmentser.ExitCode;
import org.segmentser.FileSystems;
import org.segmentser.UserError;
import org.segmentser.cli.HelpGroup.Heading;
import org.segmentser.sql.Prompt;
import org.segmentser.sql.ResultFormat;
import org.segmentser.sql.SqlRunner;
import org.segmentser.sql.Statements;
import org.segmentser.tables.Views;
import org.segmentser.udf.SegmentAudio;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
    name = "sql",
    description =
        "Runs Spark SQL over the tables of an output: the views clips, segments and embeddings"
            + " (the newest outcome of each clip), clips_all, segments_all and embeddings_all (the"
            + " outcomes of every run), and runs. Without -e or -f it reads a pipe or shows a"
            + " prompt.",
    customSynopsis = "segment-ser sql --output URI [-e QUERY | -f FILE] [--format FORMAT]",
    footer = {
      "  segment-ser sql --output /data/emotions \\",
      "    -e 'SELECT emotion, count(*) AS clips FROM clips GROUP BY emotion'"
    })
final class SqlCommand implements Callable<Integer> {
  @Mixin private OutputOptions output;

  @ArgGroup private Source source;

  private static final class Source {
    @HelpGroup(Heading.INPUT)
    @Option(
        names = "-e",
        required = true,
        paramLabel = "QUERY",
        description = "run a query, or several separated by ;")
    private String query;

    @HelpGroup(Heading.INPUT)
    @Option(
        names = "-f",
        required = true,
        paramLabel = "FILE",
        description = "run the statements in a file")
    private String file;
  }

  @HelpGroup(Heading.OUTPUT)
  @Option(
      names = "--format",
      defaultValue = "table",
      paramLabel = "FORMAT",
      description = "table, csv or json (default: ${DEFAULT-VALUE})")
  private ResultFormat format;

  @Override
  public Integer call() throws Exception {
    try (SparkSession spark = Sessions.start(Main.NAME + " sql")) {
      String text = text(spark);
      List<String> views = Views.register(spark, output.destination());
      SegmentAudio.register(spark);
      SqlRunner runner = new SqlRunner(spark, format, System.out);
      if (text != null) {
        Statements.split(text).forEach(runner::run);
      } else {
        Prompt.run(runner, views);
      }
      return ExitCode.DONE;
    }
  }

  /** The statements that were given, by an option or a pipe; null for a prompt. */
  private String text(SparkSession spark) throws IOException {
    if (source == null) {
      return isInteractive() ? null : new String(System.in.readAllBytes(), StandardCharsets.UTF_8);
    }
    if (source.query != null) {
      return source.query;
    }
    try (InputStream in = FileSystems.open(source.file, spark.sessionState().newHadoopConf())) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw UserError.input("cannot read " + source.file + ": " + UserError.reason(e));
    }
  }

  /** Whether someone is there to type; on Java 17 to 21 a console is there only on a terminal. */
  @SuppressWarnings("SystemConsoleNull")
  private static boolean isInteractive() {
    return System.console() != null;
  }
}
