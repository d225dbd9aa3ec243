package org.segmentser.cli;

import java.io.PrintStream;
import java.util.Locale;
import org.segmentser.features.LabelledFeatures;
import org.segmentser.features.Utterance;

/** What was read, as text for a terminal. */
final class LabelledFeaturesText {
  private static final int REJECTS_SHOWN = 5;

  private LabelledFeaturesText() {}

  static void tell(LabelledFeatures data, PrintStream out) {
    out.printf(
        Locale.ROOT,
        "data %s: %,d clips, %,d segments%n",
        data.description(),
        data.utterances().size(),
        data.features().rows());
    CorporaText.tell(data.utterances().stream().map(Utterance::origin).toList(), out);
    data.leftOut().forEach((what, n) -> out.printf(Locale.ROOT, "  left out  %,d %s%n", n, what));
    if (!data.rejected().isEmpty()) {
      out.printf(Locale.ROOT, "  rejected  %,d; the first:%n", data.rejected().size());
      data.rejected().stream().limit(REJECTS_SHOWN).forEach(reject -> out.println("    " + reject));
    }
  }
}
