package org.segmentser.sql;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.antlr.v4.runtime.CharStreams;
import org.antlr.v4.runtime.CodePointCharStream;
import org.antlr.v4.runtime.Token;
import org.antlr.v4.runtime.misc.Interval;
import org.apache.spark.sql.catalyst.parser.SqlBaseLexer;
import org.apache.spark.sql.catalyst.parser.UpperCaseCharStream;

/**
 * Splits SQL text into statements by Spark's own lexer, which alone knows all quotes and comments.
 */
public final class Statements {
  private static final Set<String> BEFORE_PLACES =
      Set.of("LOCATION", "DIRECTORY", "INPATH", "PATH", "JAR", "FILE", "ARCHIVE");

  private Statements() {}

  /**
   * Splits text at the semicolons outside quotes and comments. Statements come without their
   * semicolon; empty ones are left out.
   */
  public static List<String> split(String text) {
    Scan scan = new Scan(text);
    return scan.statements.stream().map(String::strip).toList();
  }

  /** Whether the text ends a statement: its last semicolon is outside quotes and comments. */
  static boolean isComplete(String text) {
    return new Scan(text).ended;
  }

  /**
   * What a text opens or may open: names in backquotes, and strings behind words that say where
   * something is. Strings elsewhere are values that it compares with.
   */
  static List<String> places(String text) {
    SqlBaseLexer lexer = lexer(CharStreams.fromString(text));
    List<String> places = new ArrayList<>();
    String before = "";
    for (Token token = lexer.nextToken(); token.getType() != Token.EOF; token = lexer.nextToken()) {
      if (token.getChannel() != Token.DEFAULT_CHANNEL || token.getType() == SqlBaseLexer.EQ) {
        continue;
      }
      String word = token.getText().replaceAll("^[`'\"]|[`'\"]$", "");
      boolean isString =
          token.getType() == SqlBaseLexer.STRING_LITERAL
              || token.getType() == SqlBaseLexer.DOUBLEQUOTED_STRING;
      if (token.getType() == SqlBaseLexer.BACKQUOTED_IDENTIFIER
          || (isString && BEFORE_PLACES.contains(before))) {
        places.add(word);
      }
      before = word.toUpperCase(Locale.ROOT);
    }
    return places;
  }

  private static SqlBaseLexer lexer(CodePointCharStream chars) {
    SqlBaseLexer lexer = new SqlBaseLexer(new UpperCaseCharStream(chars));
    lexer.removeErrorListeners();
    return lexer;
  }

  /** One pass over a text. */
  private static final class Scan {
    final List<String> statements = new ArrayList<>();

    /** Whether nothing but space and comments follows the last semicolon. */
    boolean ended;

    Scan(String text) {
      CodePointCharStream chars = CharStreams.fromString(text);
      SqlBaseLexer lexer = lexer(chars);
      int from = 0;
      boolean empty = true;
      for (Token token = lexer.nextToken();
          token.getType() != Token.EOF;
          token = lexer.nextToken()) {
        if (isOpenQuote(token)) {
          empty = false;
          ended = false;
          break;
        }
        if (token.getType() == SqlBaseLexer.SEMICOLON) {
          if (!empty) {
            statements.add(chars.getText(Interval.of(from, token.getStartIndex() - 1)));
          }
          from = token.getStopIndex() + 1;
          empty = true;
          ended = true;
        } else if (token.getChannel() == Token.DEFAULT_CHANNEL) {
          empty = false;
          ended = false;
        }
      }
      // Spark explains best what is wrong with a comment that does not end.
      if (!empty || lexer.has_unclosed_bracketed_comment) {
        ended = false;
        statements.add(chars.getText(Interval.of(from, chars.size() - 1)));
      }
    }

    /** An unclosed quote is a token of its own, and what follows it is not a statement. */
    private static boolean isOpenQuote(Token token) {
      return token.getType() == SqlBaseLexer.UNRECOGNIZED && "'\"`".contains(token.getText());
    }
  }
}
