package org.segmentser.cli;

import org.segmentser.UserError;
import org.segmentser.cli.HelpGroup.Heading;
import picocli.CommandLine.Option;

/** Where a table that names or holds clips tells which they are. */
final class ColumnOptions {
  @HelpGroup(Heading.INPUT)
  @Option(
      names = "--uri-column",
      paramLabel = "NAME",
      description = "column of the --manifest that names the files (default: uri)")
  private String uri;

  @HelpGroup(Heading.INPUT)
  @Option(
      names = "--id-column",
      paramLabel = "NAME",
      description = "column with the clips' ids (default: id, where there is one)")
  private String id;

  /** Null for the default, like the next. */
  String uri() {
    return uri;
  }

  String id() {
    return id;
  }

  /**
   * Refuses the name of a column that only manifests have.
   *
   * @throws UserError if it is given
   */
  void refuseUri() {
    if (uri != null) {
      throw UserError.usage("--uri-column goes with --manifest, not with --input");
    }
  }
}
