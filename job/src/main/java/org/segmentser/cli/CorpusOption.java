package org.segmentser.cli;

import org.segmentser.corpus.Layout;
import picocli.CommandLine.TypeConversionException;

/**
 * A corpus on the command line: {@code LAYOUT=ROOT} or {@code LAYOUT}.
 *
 * @param root its directory; null where another option names it
 */
record CorpusOption(Layout layout, String root) {
  private static final LabelConverter<Layout> LAYOUTS = new LabelConverter<>(Layout.class);

  static CorpusOption parse(String text) {
    int end = text.indexOf('=');
    Layout layout = LAYOUTS.convert(end < 0 ? text : text.substring(0, end));
    if (end == text.length() - 1) {
      throw new TypeConversionException("no root directory after '" + text + "'");
    }
    return new CorpusOption(layout, end < 0 ? null : text.substring(end + 1));
  }

  /** The same corpus at another place. */
  CorpusOption at(String other) {
    return new CorpusOption(layout, other);
  }

  /** As it would be given. */
  @Override
  public String toString() {
    return layout.label() + (root == null ? "" : "=" + root);
  }
}
