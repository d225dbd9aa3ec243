package org.segmentser.corpus;

import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Clips whose emotions are known, to learn from or to be judged by.
 *
 * @param clips every clip once, in the order of their URIs (then ids)
 * @param leftOut how many audio files were left out, by the reason: {@code label fear}, {@code
 *     listed twice}
 * @param skipped how many other files were left out, by the reason: {@code without an audio
 *     extension}
 */
public record LabelledCorpus(
    List<LabelledClip> clips, SortedMap<String, Long> leftOut, SortedMap<String, Long> skipped) {

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
