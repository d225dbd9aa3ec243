package org.segmentser.cli;

import java.util.List;
import org.segmentser.UserError;
import org.segmentser.cli.HelpGroup.Heading;
import org.segmentser.source.Inputs;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** How that which {@link SourceOptions} name is read. */
final class InputOptions {
  @Mixin private ColumnOptions columns;

  @HelpGroup(Heading.INPUT)
  @Option(
      names = "--format",
      paramLabel = "FORMAT",
      description =
          "each --input is a table with audio in a column, which Spark reads by this format:"
              + " parquet, orc, delta, iceberg or another; it may be a path or a name in a catalog")
  private String format;

  @HelpGroup(Heading.INPUT)
  @Option(
      names = "--audio-column",
      paramLabel = "NAME",
      description =
          "column of the tables with the audio, BINARY or a struct of bytes and path as Hugging"
              + " Face has it (default: audio)")
  private String audioColumn;

  /**
   * What is read.
   *
   * @param source which names something
   * @param kept columns that the clips keep
   * @throws UserError if options do not go together
   */
  Inputs of(SourceOptions source, List<String> kept) {
    if (source.manifests().isEmpty()) {
      columns.refuseUri();
    }
    if (format == null && audioColumn != null) {
      throw UserError.usage("--audio-column goes with --format, which says what the tables are");
    }
    if (format != null && source.inputs().isEmpty()) {
      throw UserError.usage("--format goes with --input, which names the tables");
    }
    return new Inputs(
        source.inputs(),
        format,
        source.manifests(),
        new Inputs.Columns(columns.uri(), columns.id(), audioColumn, kept, List.of()));
  }

  /**
   * Like {@link #of}, where a command may be given nothing to read.
   *
   * @param source null for nothing
   * @return null for nothing
   */
  Inputs ofAny(SourceOptions source) {
    if (source != null) {
      return of(source, List.of());
    }
    if (columns.uri() != null || columns.id() != null || format != null || audioColumn != null) {
      throw UserError.usage(
          "--uri-column, --id-column, --format and --audio-column go with --input or --manifest");
    }
    return null;
  }
}
