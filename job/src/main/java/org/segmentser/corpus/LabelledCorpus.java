package org.segmentser.corpus;

import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.segmentser.source.Corpus;

/**
 * Clips whose emotions are known, to learn from or to be judged by.
 *
 * @param clips every clip once, in the order of their URIs (then ids)
 * @param leftOut how many audio files were left out, by the reason: {@code label fear}, {@code
 *     listed twice}
 * @param skipped how many other files were left out, by the reason: {@code without an audio
 *     extension}
 * @param audio the same clips, to be read; null where each is read at its location
 */
public record LabelledCorpus(
    List<LabelledClip> clips,
    SortedMap<String, Long> leftOut,
    SortedMap<String, Long> skipped,
    Corpus audio) {

  /** Clips that are read where they are. */
  public LabelledCorpus(
      List<LabelledClip> clips, SortedMap<String, Long> leftOut, SortedMap<String, Long> skipped) {
    this(clips, leftOut, skipped, null);
  }

  public LabelledCorpus {
    clips =
        clips.stream()
            .sorted(
                Comparator.comparing((LabelledClip c) -> c.clip().uri())
                    .thenComparing(c -> c.clip().id()))
            .toList();
    leftOut = Collections.unmodifiableSortedMap(new TreeMap<>(leftOut));
  }
}
