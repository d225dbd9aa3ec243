package org.segmentser.cli;

import java.util.ArrayDeque;
import java.util.List;
import java.util.Set;
import org.segmentser.UserError;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/** What is wrong with a command line, and what was probably meant, in one line. */
final class UsageText {
  /** Options of {@code spark-submit} 4.1. */
  private static final Set<String> SPARK =
      Set.of(
          "--archives",
          "--class",
          "--conf",
          "--deploy-mode",
          "--driver-class-path",
          "--driver-cores",
          "--driver-java-options",
          "--driver-library-path",
          "--driver-memory",
          "--exclude-packages",
          "--executor-cores",
          "--executor-memory",
          "--files",
          "--jars",
          "--keytab",
          "--load-spark-defaults",
          "--master",
          "--name",
          "--num-executors",
          "--packages",
          "--principal",
          "--properties-file",
          "--proxy-user",
          "--py-files",
          "--queue",
          "--remote",
          "--repositories",
          "--supervise",
          "--total-executor-cores",
          "--verbose",
          "-c");

  private UsageText() {}

  static String of(ParameterException e) {
    // What is missing may have been taken for something else, and that by a command further up.
    for (CommandLine command : fromTop(e.getCommandLine())) {
      List<String> unmatched = command.getUnmatchedArguments();
      if (!unmatched.isEmpty()) {
        return ofUnmatched(command, unmatched);
      }
    }
    // Where options exclude one another, picocli begins so by itself.
    return UserError.reason(e).replaceFirst("^Error: ", "");
  }

  private static List<CommandLine> fromTop(CommandLine command) {
    ArrayDeque<CommandLine> commands = new ArrayDeque<>();
    for (CommandLine c = command; c != null; c = c.getParent()) {
      commands.addFirst(c);
    }
    return List.copyOf(commands);
  }

  private static String ofUnmatched(CommandLine command, List<String> unmatched) {
    String first = unmatched.get(0);
    String option = first.split("=", 2)[0];
    if (SPARK.contains(option)) {
      return option
          + " is an option of spark-submit; Spark's options go behind --, at the end: "
          + Main.NAME
          + " COMMAND [options] -- "
          + option
          + " ...";
    }
    if (first.startsWith("-")) {
      return "unknown option " + option + suggestion(command, unmatched);
    }
    if (!command.getSubcommands().isEmpty()) {
      return "unknown command '" + first + "'" + suggestion(command, unmatched);
    }
    String unexpected = "unexpected '" + first + "'";
    OptionSpec input = command.getCommandSpec().findOption("--input");
    if (input == null) {
      return unexpected;
    }
    boolean isGiven = command.getParseResult().hasMatchedOption(input);
    if (input.isMultiValue() && (isGiven || unmatched.size() > 1)) {
      return unexpected
          + "; if the shell has expanded a pattern, quote it, as in --input 'calls/*.wav',"
          + " or use --input for each file";
    }
    return isGiven ? unexpected : unexpected + "; did you mean --input " + first + "?";
  }

  private static String suggestion(CommandLine command, List<String> unmatched) {
    List<String> similar = new UnmatchedArgumentException(command, unmatched).getSuggestions();
    return similar.isEmpty() ? "" : "; did you mean " + similar.get(0) + "?";
  }
}
