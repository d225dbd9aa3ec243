package org.segmentser.source;

import java.nio.charset.StandardCharsets;

/**
 * The name of a member as tables and logs show it: one line that can be read, of at most 1,000
 * characters.
 *
 * @param text the name, with control characters percent-encoded and the middle of a long name left
 *     out; it ends as the name does
 * @param isExact whether no other name is written so
 */
record MemberName(String text, boolean isExact) {
  private static final int MOST = 1_000;
  private static final String CUT = "...";

  static MemberName of(String name) {
    StringBuilder line = new StringBuilder();
    name.codePoints().forEach(character -> append(character, line));
    String text = line.toString();
    // A question mark also stands for bytes that are no UTF-8.
    boolean isExact = text.equals(name) && text.indexOf('?') < 0;
    int length = text.codePointCount(0, text.length());
    if (length > MOST) {
      int half = (MOST - CUT.length()) / 2;
      String head = text.substring(0, text.offsetByCodePoints(0, half));
      text = head + CUT + text.substring(text.offsetByCodePoints(0, length - half));
      isExact = false;
    }
    return new MemberName(text, isExact);
  }

  private static void append(int character, StringBuilder line) {
    boolean breaksLine =
        switch (Character.getType(character)) {
          case Character.CONTROL,
              Character.LINE_SEPARATOR,
              Character.PARAGRAPH_SEPARATOR,
              Character.SURROGATE ->
              true;
          default -> false;
        };
    if (!breaksLine) {
      line.appendCodePoint(character);
      return;
    }
    for (byte b : Character.toString(character).getBytes(StandardCharsets.UTF_8)) {
      line.append(String.format("%%%02X", b));
    }
  }
}
