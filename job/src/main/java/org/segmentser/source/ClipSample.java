package org.segmentser.source;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * A few clips that stand for many, kind by kind: heavy ones are more likely to be among them. Clips
 * that are known to be unreadable stand for nothing.
 */
public final class ClipSample {
  /** Of each kind, so many are looked at; all where there are no more. */
  static final int CLIPS_PER_KIND = 24;

  private ClipSample() {}

  /**
   * Clips whose names end alike.
   *
   * @param weight of all clips of the kind, as {@link ClipPartitions#weight}
   * @param heaviest weight of the heaviest one
   * @param sample some of them
   */
  public record Kind(String extension, long weight, long heaviest, List<Sampled> sample) {}

  /**
   * A clip of a sample.
   *
   * @param represents how many clips it stands for, itself included
   */
  public record Sampled(Clip clip, double represents) {}

  /** The kinds among some clips, by name; always the same for the same clips. */
  public static List<Kind> of(List<Clip> clips) {
    Map<String, List<Clip>> kinds =
        clips.stream()
            .filter(clip -> clip.unreadable() == null)
            .collect(
                Collectors.groupingBy(ClipSample::extension, TreeMap::new, Collectors.toList()));
    List<Kind> found = new ArrayList<>();
    kinds.forEach((extension, all) -> found.add(kind(extension, all)));
    return found;
  }

  /** All clips of the samples, the kinds by turns. */
  public static List<Clip> inTurn(List<Kind> kinds) {
    List<Clip> clips = new ArrayList<>();
    for (int i = 0; i < CLIPS_PER_KIND; i++) {
      for (Kind kind : kinds) {
        if (i < kind.sample().size()) {
          clips.add(kind.sample().get(i).clip());
        }
      }
    }
    return clips;
  }

  private static String extension(Clip clip) {
    String member = clip.location().member();
    String name = member == null ? clip.uri() : member;
    String last = name.substring(name.lastIndexOf('/') + 1);
    return last.substring(last.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT);
  }

  private static Kind kind(String extension, List<Clip> clips) {
    long weight = clips.stream().mapToLong(ClipPartitions::weight).sum();
    long heaviest = clips.stream().mapToLong(ClipPartitions::weight).max().orElseThrow();
    if (clips.size() <= CLIPS_PER_KIND) {
      return new Kind(
          extension, weight, heaviest, clips.stream().map(c -> new Sampled(c, 1)).toList());
    }
    List<Clip> byName = new ArrayList<>(clips);
    byName.sort(Comparator.comparing(Clip::id));
    // Every so many bytes one, so that each directory has its share.
    double step = (double) weight / CLIPS_PER_KIND;
    Map<Clip, Double> chosen = new LinkedHashMap<>();
    double passed = 0;
    double next = step / 2;
    for (Clip clip : byName) {
      passed += ClipPartitions.weight(clip);
      while (next < passed) {
        chosen.merge(clip, step / ClipPartitions.weight(clip), Double::sum);
        next += step;
      }
    }
    List<Sampled> sample = new ArrayList<>();
    chosen.forEach((clip, represents) -> sample.add(new Sampled(clip, represents)));
    return new Kind(extension, weight, heaviest, sample);
  }
}
