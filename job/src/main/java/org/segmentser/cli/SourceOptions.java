package org.segmentser.cli;

import java.util.List;
import org.segmentser.cli.HelpGroup.Heading;
import picocli.CommandLine.Option;

/** What is read, as a group of options: one of them at least, where a command needs any. */
final class SourceOptions {
  @HelpGroup(Heading.INPUT)
  @Option(
      names = "--input",
      paramLabel = "URI",
      description =
          "audio file, tar shard (.tar, .tar.gz, .tgz), directory (all of them below it) or"
              + " quoted glob, on any Hadoop file system; with --format, a table that holds"
              + " audio; may be given several times")
  private List<String> inputs = List.of();

  @HelpGroup(Heading.INPUT)
  @Option(
      names = "--manifest",
      paramLabel = "URI",
      description =
          "CSV, JSON Lines or Parquet file with the column uri and, if wanted, id, start_s,"
              + " end_s, channel and party; or a manifest of NeMo, Lhotse or S3 Inventory; may"
              + " be given several times")
  private List<String> manifests = List.of();

  List<String> inputs() {
    return inputs;
  }

  List<String> manifests() {
    return manifests;
  }
}
