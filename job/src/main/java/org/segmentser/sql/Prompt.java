package org.segmentser.sql;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.jline.reader.EOFError;
import org.jline.reader.EndOfFileException;
import org.jline.reader.LineReader;
import org.jline.reader.LineReaderBuilder;
import org.jline.reader.ParsedLine;
import org.jline.reader.Parser;
import org.jline.reader.UserInterruptException;
import org.jline.reader.impl.DefaultParser;
import org.jline.reader.impl.completer.StringsCompleter;
import org.jline.terminal.Terminal;
import org.jline.terminal.TerminalBuilder;
import org.segmentser.UserError;

/** The interactive prompt, with history and line editing. */
public final class Prompt {
  private static final String HISTORY = ".segment-ser_history";

  private Prompt() {}

  /** Reads statements, each ended by a semicolon, until {@code exit} or the terminal's end. */
  public static void run(SqlRunner runner, List<String> views) throws IOException {
    try (Terminal terminal = TerminalBuilder.terminal()) {
      LineReader reader =
          LineReaderBuilder.builder()
              .terminal(terminal)
              .appName("segment-ser")
              .parser(new StatementParser())
              .completer(new StringsCompleter(views))
              .variable(LineReader.HISTORY_FILE, Path.of(System.getProperty("user.home"), HISTORY))
              .variable(LineReader.SECONDARY_PROMPT_PATTERN, "         > ")
              .option(LineReader.Option.DISABLE_EVENT_EXPANSION, true)
              .build();
      terminal
          .writer()
          .println(
              "views: "
                  + String.join(", ", views)
                  + "; end each statement with ; and leave with exit");
      while (true) {
        String text;
        try {
          text = reader.readLine("segment-ser> ");
        } catch (UserInterruptException e) {
          continue;
        } catch (EndOfFileException e) {
          return;
        }
        for (String statement : Statements.split(text)) {
          if (statement.equalsIgnoreCase("exit") || statement.equalsIgnoreCase("quit")) {
            return;
          }
          try {
            runner.run(statement);
          } catch (UserError e) {
            terminal.writer().println("error: " + e.getMessage());
          }
          terminal.writer().flush();
        }
      }
    }
  }

  /** Asks for more lines until a statement is complete. */
  private static final class StatementParser extends DefaultParser {
    @Override
    public ParsedLine parse(String line, int cursor, Parser.ParseContext context) {
      String text = line.strip();
      if (context == ParseContext.ACCEPT_LINE
          && !text.isEmpty()
          && !text.equalsIgnoreCase("exit")
          && !text.equalsIgnoreCase("quit")
          && !Statements.isComplete(line)) {
        throw new EOFError(-1, cursor, "a statement ends with ;");
      }
      return super.parse(
          line, cursor, ParseContext.COMPLETE == context ? context : ParseContext.UNSPECIFIED);
    }
  }
}
