package org.segmentser.cli;

import org.segmentser.UserError;
import org.segmentser.cli.HelpGroup.Heading;
import org.segmentser.tables.Destination;
import picocli.CommandLine.Option;

/** Which output a command works on. */
final class OutputOptions {
  @HelpGroup(Heading.OUTPUT)
  @Option(
      names = "--output",
      required = true,
      paramLabel = "URI",
      description = "directory of the tables, made by score and embed")
  private String output;

  @HelpGroup(Heading.OUTPUT)
  @Option(
      names = "--output-tables",
      paramLabel = "CATALOG.SCHEMA",
      description =
          "the tables are those of a catalog of Spark's, in a format that commits at once, as"
              + " Iceberg and Delta do; --output is then only the directory in which runs are"
              + " staged")
  private String tables;

  /**
   * The output that is named.
   *
   * @throws UserError if a name is blank
   */
  Destination destination() {
    return destination(output, "--output-tables", tables);
  }

  /**
   * An output that is named by a pair of options.
   *
   * @param tablesOption the one for the tables of a catalog
   * @param tables what was given for it; null for nothing
   * @throws UserError if a name is blank
   */
  static Destination destination(String output, String tablesOption, String tables) {
    if (tables != null && tables.isBlank()) {
      throw UserError.usage(tablesOption + " is empty; it must be CATALOG.SCHEMA");
    }
    return new Destination(output, tables);
  }
}
