package org.segmentser.cli;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.segmentser.metrics.Origin;

/** What several corpora have, as text for a terminal. */
final class CorporaText {
  private CorporaText() {}

  /** Prints a line for each corpus; nothing where there is only one. */
  static void tell(List<Origin> clips, PrintStream out) {
    SortedMap<String, List<Origin>> corpora = new TreeMap<>();
    clips.forEach(
        clip -> corpora.computeIfAbsent(clip.corpus(), key -> new ArrayList<>()).add(clip));
    if (corpora.size() > 1) {
      corpora.forEach((name, corpus) -> tell(name, corpus, out));
    }
  }

  private static void tell(String name, List<Origin> clips, PrintStream out) {
    Set<String> speakers = new HashSet<>();
    SortedMap<String, Integer> sexes = new TreeMap<>();
    for (Origin clip : clips) {
      boolean isNew = clip.speaker() != null && speakers.add(clip.speaker());
      if (isNew && clip.sex() != null) {
        sexes.merge(clip.sex(), 1, Integer::sum);
      }
    }
    StringBuilder told = new StringBuilder();
    told.append(
        speakers.isEmpty()
            ? ", speakers not known"
            : " of " + speakers.size() + (speakers.size() == 1 ? " speaker" : " speakers"));
    sexes.forEach((sex, count) -> told.append(", ").append(count).append(' ').append(sex));
    out.printf(Locale.ROOT, "  corpus    %s: %,d clips%s%n", name, clips.size(), told);
  }
}
