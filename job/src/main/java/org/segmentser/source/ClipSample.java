package org.segmentser.source;

import java.io.Serializable;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.CRC32C;
import org.segmentser.segment.Section;

/**
 * A few clips that stand for many, kind by kind: heavy ones are more likely to be among them. Clips
 * that are known to be unreadable stand for nothing. Samples of parts of the clips add up to that
 * of all; which clips are chosen does not depend on the parts.
 *
 * <p>Each clip draws a number that is exponentially distributed with its weight as rate; those with
 * the smallest are the sample, and stand for the more others the less likely they were to be in it
 * (Cohen and Kaplan, "Summarizing data using bottom-k sketches", 2007). The number comes from the
 * clip's id, so a sample is always the same.
 */
public final class ClipSample implements Serializable {
  private static final long serialVersionUID = 1L;

  /** Of each kind, so many are looked at; all where there are no more. */
  static final int CLIPS_PER_KIND = 24;

  /** Kinds that are told apart; what comes later is one more. */
  private static final int MOST_KINDS = 64;

  private static final String OTHER = "other";

  private static final Comparator<Sampled> BY_ID =
      Comparator.comparing(sampled -> sampled.item().clip().id());

  private final TreeMap<String, Drawn> kinds = new TreeMap<>();

  /** What one task reads in one piece, where the last clip was of such, and its weight so far. */
  private String sequence;

  private long together;

  /**
   * Clips whose names end alike.
   *
   * @param weight of all clips of the kind, as {@link ClipPartitions#weight}
   * @param heaviest weight of the heaviest that one task reads
   * @param sample some of them
   */
  public record Kind(String extension, long weight, long heaviest, List<Sampled> sample) {}

  /**
   * A clip of a sample.
   *
   * @param represents how many clips it stands for, itself included
   */
  public record Sampled(WorkItem item, double represents) {}

  private record Draw(WorkItem item, double number) implements Serializable {
    private static final Comparator<Draw> ORDER =
        Comparator.comparingDouble(Draw::number).thenComparing(draw -> draw.item.clip().id());
  }

  private static final class Drawn implements Serializable {
    private static final long serialVersionUID = 1L;

    private final ArrayList<Draw> draws = new ArrayList<>();
    private long weight;
    private long heaviest;

    void add(Drawn other) {
      weight += other.weight;
      heaviest = Math.max(heaviest, other.heaviest);
      draws.addAll(other.draws);
      keepFirst();
    }

    void add(Draw draw) {
      draws.add(draw);
      if (draws.size() > 4 * CLIPS_PER_KIND) {
        keepFirst();
      }
    }

    /**
     * Keeps one more than the sample, whose number tells how likely the others were to be in it.
     */
    void keepFirst() {
      draws.sort(Draw.ORDER);
      draws.subList(Math.min(CLIPS_PER_KIND + 1, draws.size()), draws.size()).clear();
    }

    List<Sampled> sample() {
      if (draws.size() <= CLIPS_PER_KIND) {
        return draws.stream().map(draw -> new Sampled(draw.item(), 1)).sorted(BY_ID).toList();
      }
      double limit = draws.get(CLIPS_PER_KIND).number();
      return draws.subList(0, CLIPS_PER_KIND).stream()
          .map(
              draw -> {
                double rate = ClipPartitions.weight(draw.item().clip());
                return new Sampled(draw.item(), 1 / -Math.expm1(-rate * limit));
              })
          .sorted(BY_ID)
          .toList();
    }
  }

  /** A sample of some clips and sections of clips. */
  static ClipSample of(Iterator<WorkItem> items) {
    ClipSample sample = new ClipSample();
    items.forEachRemaining(sample::add);
    sample.kinds.values().forEach(Drawn::keepFirst);
    return sample;
  }

  private void add(WorkItem item) {
    Clip clip = item.clip();
    if (clip.unreadable() != null) {
      return;
    }
    Drawn kind = kind(kind(clip));
    long weight = ClipPartitions.weight(item);
    kind.weight += weight;
    String read = ClipPartitions.sequence(clip);
    together = read != null && read.equals(sequence) ? together + weight : weight;
    sequence = read;
    kind.heaviest = Math.max(kind.heaviest, together);
    if (item.section().index() == 0) {
      kind.add(
          new Draw(
              new WorkItem(clip, Section.WHOLE, item.content()),
              -Math.log(uniform(clip.id())) / ClipPartitions.weight(clip)));
    }
  }

  private Drawn kind(String name) {
    boolean isNew = !kinds.containsKey(name) && kinds.size() >= MOST_KINDS;
    return kinds.computeIfAbsent(isNew ? OTHER : name, key -> new Drawn());
  }

  /** Adds that of other clips. */
  ClipSample add(ClipSample other) {
    other.kinds.forEach((name, drawn) -> kind(name).add(drawn));
    return this;
  }

  /** A number from 0, without it, to 1. */
  private static double uniform(String id) {
    CRC32C crc = new CRC32C();
    crc.update(id.getBytes(StandardCharsets.UTF_8));
    // The last bits of a sum depend on the last letters alone; multiplying spreads them.
    long mixed = crc.getValue() * 0x9E3779B97F4A7C15L;
    return ((mixed >>> 11) + 1) * 0x1p-53;
  }

  /** The kinds among the clips, by name. */
  public List<Kind> kinds() {
    List<Kind> found = new ArrayList<>();
    for (Map.Entry<String, Drawn> kind : kinds.entrySet()) {
      Drawn drawn = kind.getValue();
      found.add(new Kind(kind.getKey(), drawn.weight, drawn.heaviest, drawn.sample()));
    }
    return found;
  }

  /** All clips of the samples, the kinds by turns. */
  public static List<WorkItem> inTurn(List<Kind> kinds) {
    List<WorkItem> clips = new ArrayList<>();
    for (int i = 0; i < CLIPS_PER_KIND; i++) {
      for (Kind kind : kinds) {
        if (i < kind.sample().size()) {
          clips.add(kind.sample().get(i).item());
        }
      }
    }
    return clips;
  }

  /** How a clip's name ends. */
  static String kind(Clip clip) {
    return AudioNames.extension(clip.name());
  }
}
