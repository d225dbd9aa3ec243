package org.segmentser.sql;

import java.util.ArrayList;
import java.util.List;

/** SQL text as statements. */
public final class Statements {
  private Statements() {}

  /**
   * Splits text at the semicolons outside quotes and comments. Statements come without their
   * semicolon; empty ones are left out.
   */
  public static List<String> split(String text) {
    List<String> statements = new ArrayList<>();
    int from = 0;
    for (int at = 0; at < text.length(); at = skip(text, at)) {
      if (text.charAt(at) == ';') {
        add(statements, text.substring(from, at));
        from = at + 1;
      }
    }
    add(statements, text.substring(from));
    return statements;
  }

  /** Whether the text ends a statement: its last semicolon is outside quotes and comments. */
  static boolean isComplete(String text) {
    int at = 0;
    boolean ended = false;
    while (at < text.length()) {
      char c = text.charAt(at);
      int next = skip(text, at);
      boolean comment = next > at + 1 && (c == '-' || c == '/');
      if (!Character.isWhitespace(c) && !comment) {
        ended = c == ';';
      }
      at = next;
    }
    return ended;
  }

  /** The place after the character, quoted text or comment that begins at {@code at}. */
  private static int skip(String text, int at) {
    char c = text.charAt(at);
    if (c == '\'' || c == '"' || c == '`') {
      int end = at + 1;
      while (end < text.length() && text.charAt(end) != c) {
        end += text.charAt(end) == '\\' && c != '`' ? 2 : 1;
      }
      return Math.min(text.length(), end + 1);
    }
    if (text.startsWith("--", at)) {
      int end = text.indexOf('\n', at);
      return end < 0 ? text.length() : end;
    }
    if (text.startsWith("/*", at)) {
      int end = text.indexOf("*/", at + 2);
      return end < 0 ? text.length() : end + 2;
    }
    return at + 1;
  }

  private static void add(List<String> statements, String statement) {
    for (int at = 0; at < statement.length(); at = skip(statement, at)) {
      boolean comment = statement.startsWith("--", at) || statement.startsWith("/*", at);
      if (!comment && !Character.isWhitespace(statement.charAt(at))) {
        statements.add(statement.strip());
        return;
      }
    }
  }
}
