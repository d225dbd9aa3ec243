package org.segmentser.corpus;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.segmentser.UserError;
import org.segmentser.audio.AudioLocation;
import org.segmentser.audio.Channels;
import org.segmentser.source.Clip;
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
 * @param name of the corpus, after its layout or its place; null where the clips say themselves of
 *     which corpus they are
 */
public record LabelledCorpus(
    List<LabelledClip> clips,
    SortedMap<String, Long> leftOut,
    SortedMap<String, Long> skipped,
    Corpus audio,
    String name) {
  static final String LISTED_TWICE = "listed twice";

  public LabelledCorpus {
    clips =
        clips.stream()
            .sorted(
                Comparator.comparing((LabelledClip c) -> c.clip().uri())
                    .thenComparing(c -> c.clip().id()))
            .toList();
    leftOut = Collections.unmodifiableSortedMap(new TreeMap<>(leftOut));
  }

  /** What is heard, whatever it is called. */
  private record Stretch(AudioLocation location, Double startS, Double endS, Channels channels) {
    static Stretch of(Clip clip) {
      return new Stretch(clip.location(), clip.startS(), clip.endS(), clip.channels());
    }
  }

  /**
   * The clips of several inputs, whose order does not matter. A clip that two of them list counts
   * once.
   *
   * @param inputs one at least; several are read at the clips' locations
   * @throws UserError if two inputs have the same name, or say different things of a clip
   */
  public static LabelledCorpus together(List<LabelledCorpus> inputs) {
    if (inputs.size() == 1) {
      return inputs.get(0);
    }
    Set<String> names = new HashSet<>();
    Map<Stretch, LabelledClip> heard = new HashMap<>();
    Map<String, LabelledClip> called = new HashMap<>();
    List<LabelledClip> clips = new ArrayList<>();
    SortedMap<String, Long> leftOut = new TreeMap<>();
    SortedMap<String, Long> skipped = new TreeMap<>();
    for (LabelledCorpus input : inputs) {
      if (input.name() != null && !names.add(input.name())) {
        throw sameName(input.name());
      }
      input.leftOut().forEach((reason, count) -> leftOut.merge(reason, count, Long::sum));
      input.skipped().forEach((reason, count) -> skipped.merge(reason, count, Long::sum));
      List<LabelledClip> own = new ArrayList<>();
      for (LabelledClip clip : input.clips()) {
        LabelledClip same = heard.get(Stretch.of(clip.clip()));
        same = same == null ? called.get(clip.clip().id()) : same;
        if (same == null) {
          own.add(clip);
        } else {
          requireEqual(same, clip);
          leftOut.merge(LISTED_TWICE, 1L, Long::sum);
        }
      }
      // Only now, as one input may name a stretch twice, by different ids.
      for (LabelledClip clip : own) {
        heard.putIfAbsent(Stretch.of(clip.clip()), clip);
        called.put(clip.clip().id(), clip);
      }
      clips.addAll(own);
    }
    return new LabelledCorpus(clips, leftOut, skipped, null, null);
  }

  /** What tells the user that two inputs are called alike. */
  public static UserError sameName(String name) {
    return UserError.usage(
        "two inputs are called '"
            + name
            + "': a corpus is given once, and manifests whose names are the same need a column"
            + " 'corpus'");
  }

  private static void requireEqual(LabelledClip a, LabelledClip b) {
    if (!Stretch.of(a.clip()).equals(Stretch.of(b.clip()))) {
      throw UserError.input(
          "the id '"
              + a.clip().id()
              + "' is that of two clips, in "
              + inOrder(a.clip().uri(), b.clip().uri())
              + "; ids must be unique over all inputs");
    }
    if (!text(a).equals(text(b))) {
      throw UserError.input(
          "two inputs have "
              + a.clip().uri()
              + " and say different things of it: "
              + inOrder(text(a), text(b)));
    }
  }

  private static String text(LabelledClip clip) {
    return clip.label()
        + (clip.isHeard() ? "" : ", which listeners did not hear")
        + " ("
        + clip.origin().text()
        + ", id "
        + clip.clip().id()
        + ")";
  }

  /** The same whichever input comes first. */
  private static String inOrder(String a, String b) {
    return a.compareTo(b) < 0 ? a + " and " + b : b + " and " + a;
  }
}
