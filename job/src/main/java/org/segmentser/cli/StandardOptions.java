package org.segmentser.cli;

import org.segmentser.cli.HelpGroup.Heading;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** The options of every command, which picocli itself acts on. */
@Command
@SuppressWarnings("UnusedVariable")
final class StandardOptions {
  @HelpGroup(Heading.HELP)
  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "print this help")
  private boolean help;

  @HelpGroup(Heading.HELP)
  @Option(
      names = {"-V", "--version"},
      versionHelp = true,
      description = "print the version")
  private boolean version;
}
