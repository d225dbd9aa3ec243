package org.segmentser.cli;

import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import org.apache.hadoop.util.ShutdownHookManager;
import org.segmentser.BuildInfo;
import org.segmentser.ExitCode;
import org.segmentser.UserError;
import org.segmentser.audio.NativeLibraries;
import org.segmentser.model.ModelException;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/** The application's entry, for {@code spark-submit --class org.segmentser.cli.Main}. */
@Command(
    name = Main.NAME,
    description = "Speech emotion recognition, segment by segment, on Apache Spark.",
    customSynopsis = Main.NAME + " COMMAND [options] [-- spark-submit options]",
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:done",
      "1:an internal fault, a full disk, storage that fails or too little memory",
      "2:wrong usage or setting, or an output that exists or cannot be written",
      "3:an input or a model is missing or cannot be used",
      "4:done, but more clips were rejected, or have a status, than --max-reject-ratio allows",
      "5:another process is at the same work, or at work on the files of the same output",
      "6:verify found a fault in the output, or clips without an outcome",
      "130:ended by Ctrl-C (SIGINT)",
      "143:ended by SIGTERM"
    },
    footer = "  segment-ser score --input /data/calls --output /data/emotions",
    subcommands = {
      ScoreCommand.class,
      EmbedCommand.class,
      TrainCommand.class,
      EvaluateCommand.class,
      SqlCommand.class,
      VerifyCommand.class,
      ForgetCommand.class,
      MaintainCommand.class,
      ModelCommand.class,
      CommandLine.HelpCommand.class
    })
public final class Main implements Runnable {
  static final String NAME = "segment-ser";

  private static final String NO_COMMAND = "no command given";

  @CommandLine.Spec private CommandLine.Model.CommandSpec spec;

  /** Runs a command and ends the process with its exit code if that is not 0. */
  public static void main(String[] args) {
    warnOfFileNames();
    end(run(args));
  }

  /** Ends the process if the exit code is not 0. */
  static void end(int exitCode) {
    // YARN takes an exit with 0 before Spark has stopped for a failure.
    if (exitCode != ExitCode.DONE) {
      System.exit(exitCode);
    }
  }

  /** A JDK reads file names by the locale alone; no option of Java's changes it. */
  private static void warnOfFileNames() {
    String encoding = System.getProperty("sun.jnu.encoding");
    if (!StandardCharsets.UTF_8.name().equalsIgnoreCase(encoding)) {
      System.err.printf(
          Locale.ROOT,
          "%s: warning: file names are read as %s, so files with other names cannot be found; set"
              + " LC_ALL=C.UTF-8%n",
          NAME,
          encoding);
    }
  }

  /**
   * Answers a request for help or the version and wrong usage, for which no command has to run.
   *
   * @return the exit code; empty for a command that is to be run
   */
  static OptionalInt answer(String... args) {
    try {
      refuseCredentials(args);
      ParseResult parsed = commandLine().parseArgs(args);
      Integer told = CommandLine.executeHelpRequest(parsed);
      if (told == null && !parsed.hasSubcommand()) {
        throw new ParameterException(parsed.commandSpec().commandLine(), NO_COMMAND);
      }
      return told == null ? OptionalInt.empty() : OptionalInt.of(told);
    } catch (UserError e) {
      return OptionalInt.of(report(e));
    } catch (ParameterException e) {
      return OptionalInt.of(reportUsage(e, args));
    }
  }

  /** Runs a command; returns its exit code. */
  static int run(String... args) {
    try {
      refuseCredentials(args);
    } catch (UserError e) {
      return report(e);
    }
    return commandLine().execute(args);
  }

  static CommandLine commandLine() {
    return CommandStyle.apply(new CommandLine(new Main()))
        // A file's words would be neither looked at for credentials nor kept in runs.
        .setExpandAtFiles(false)
        .setExecutionExceptionHandler((e, commandLine, parsed) -> report(e))
        .setParameterExceptionHandler(Main::reportUsage);
  }

  /** Looks at all words before any of them reaches a message, a table or a log. */
  private static void refuseCredentials(String... args) {
    String option = "the command line";
    for (String arg : args) {
      // What a query compares with is no URI to open.
      if (!option.equals("-e")) {
        UserError.refuseCredentials(arg.startsWith("--") ? arg.replaceAll("=.*", "") : option, arg);
      }
      option = arg.matches("-[a-z]|--[a-z-]+") ? arg : "the command line";
    }
  }

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), NO_COMMAND);
  }

  static int report(Exception e) {
    if (e instanceof UserError error) {
      print(error.getMessage());
      return error.exitCode();
    }
    if (UserError.rootOf(e) instanceof NativeLibraries.UnsafeException unsafe) {
      print(unsafe.getMessage());
      return ExitCode.USAGE;
    }
    Optional<NativeLibraries.UnloadableException> unloadable =
        UserError.find(NativeLibraries.UnloadableException.class, e);
    if (unloadable.isPresent()) {
      print(unloadable.get().getMessage());
      return ExitCode.FAULT;
    }
    if (e instanceof ModelException) {
      print(e.getMessage());
      return UserError.tellsOfFullDisk(e) || UserError.tellsOfOutage(e)
          ? ExitCode.FAULT
          : ExitCode.INPUT;
    }
    if (ShutdownHookManager.get().isShutdownInProgress()) {
      // Spark has been stopped under the command, which is no fault of either.
      print("ended by a signal");
      return ExitCode.FAULT;
    }
    if (tellsOfLittleMemory(e)) {
      print(
          "out of memory: the heap of "
              + (Runtime.getRuntime().maxMemory() >> 20)
              + " MiB is too small; give more behind --, as in '-- --driver-memory 4g' (on a"
              + " cluster, --executor-memory too)");
      return ExitCode.FAULT;
    }
    Throwable root = UserError.rootOf(e);
    print("internal fault: " + root.getClass().getName() + ": " + UserError.reason(root));
    e.printStackTrace();
    return ExitCode.FAULT;
  }

  /** Whether a heap was too small, here or, as Spark's message tells, in a task. */
  private static boolean tellsOfLittleMemory(Throwable e) {
    for (Throwable cause = e; cause != null; cause = cause.getCause()) {
      if (cause instanceof OutOfMemoryError
          || String.valueOf(cause.getMessage()).contains("java.lang.OutOfMemoryError")) {
        return true;
      }
    }
    return false;
  }

  private static int reportUsage(ParameterException e, String[] args) {
    String command = e.getCommandLine().getCommandSpec().qualifiedName();
    print(UsageText.of(e) + " (see " + command + " --help)");
    return ExitCode.USAGE;
  }

  private static void print(String message) {
    System.err.println(NAME + ": error: " + message);
  }

  static final class Version implements IVersionProvider {
    @Override
    public String[] getVersion() {
      return new String[] {NAME + " " + BuildInfo.VERSION + " (" + BuildInfo.COMMIT + ")"};
    }
  }
}
