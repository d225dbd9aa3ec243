package org.segmentser.source;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import org.segmentser.udf.ShardStream;

/** Deals clips out to partitions that weigh about the same, by bytes. */
public final class ClipPartitions {
  /** What opening a clip costs, in bytes of audio that decode in the same time. */
  public static final long BYTES_PER_CLIP = 16 << 10;

  /** What a clip of unknown length is taken for: half a minute of 16 kHz audio. */
  private static final long UNKNOWN_BYTES = 1 << 20;

  /**
   * What a partition should weigh: half an hour of 16 kHz audio, so that a lost task costs little.
   */
  static final long BYTES_PER_PARTITION = 32 << 20;

  /** Partitions for each core, so that the last ones to end are short. */
  private static final int PARTITIONS_PER_CORE = 4;

  /** Below this a partition costs more than its clips: its task, its file, and reading that. */
  private static final long LEAST_BYTES_PER_PARTITION = 1 << 20;

  /** More tasks than this cost a driver memory and time of their own; they grow instead. */
  private static final long MOST_PARTITIONS = 50_000;

  private ClipPartitions() {}

  /**
   * Deals {@code items} out, heaviest first to the lightest partition; the heaviest partition comes
   * first, as Spark begins with it. Clips of one {@link #sequence} stay together, in their order.
   *
   * @param cores tasks that run at the same time
   * @return partitions, none of them empty
   */
  static List<List<WorkItem>> deal(List<WorkItem> items, int cores) {
    List<Partition> units = units(items);
    int count = Math.min(units.size(), count(items.size(), weight(items), cores));
    PriorityQueue<Partition> lightest = new PriorityQueue<>(Partition.BY_WEIGHT);
    for (int i = 0; i < count; i++) {
      lightest.add(new Partition());
    }
    units.sort(Partition.BY_WEIGHT.reversed());
    for (Partition unit : units) {
      Partition partition = lightest.remove();
      unit.items.forEach(partition::add);
      lightest.add(partition);
    }
    return lightest.stream()
        .sorted(Partition.BY_WEIGHT.reversed())
        .map(partition -> partition.items)
        .toList();
  }

  private static List<Partition> units(List<WorkItem> items) {
    Map<String, Partition> sequences = new HashMap<>();
    List<Partition> units = new ArrayList<>();
    for (WorkItem item : items) {
      String sequence = sequence(item.clip());
      Partition unit = sequence == null ? null : sequences.get(sequence);
      if (unit == null) {
        unit = new Partition();
        units.add(unit);
        if (sequence != null) {
          sequences.put(sequence, unit);
        }
      }
      unit.add(item);
    }
    return units;
  }

  /**
   * How many partitions there are for clips.
   *
   * @param items clips and sections of clips
   * @param weight of all together
   */
  public static int count(long items, long weight, int cores) {
    long even =
        Math.min((long) cores * PARTITIONS_PER_CORE, weight / LEAST_BYTES_PER_PARTITION + 1);
    long wanted =
        Math.max(Math.max(cores, even), (weight + BYTES_PER_PARTITION - 1) / BYTES_PER_PARTITION);
    return (int) Math.min(items, Math.min(MOST_PARTITIONS, wanted));
  }

  private static long weight(List<WorkItem> items) {
    return items.stream().mapToLong(ClipPartitions::weight).sum();
  }

  /** What reading a clip costs, in bytes of audio that decode in the same time. */
  public static long weight(Clip clip) {
    if (clip.unreadable() != null) {
      return BYTES_PER_CLIP;
    }
    return (clip.bytes() == null ? UNKNOWN_BYTES : clip.bytes()) + BYTES_PER_CLIP;
  }

  /** The same for a section of a clip: its share. */
  public static long weight(WorkItem item) {
    return Math.max(1, weight(item.clip()) / item.section().count());
  }

  /** What clips have in common that are read fast one after another alone; null if nothing. */
  public static String sequence(Clip clip) {
    return isOfSequence(clip.uri(), clip.location().member()) ? clip.uri() : null;
  }

  /** Whether a member of a file, which may be null for none, has a {@link #sequence}. */
  static boolean isOfSequence(String uri, String member) {
    return member != null && ShardStream.isSequential(uri);
  }

  private static final class Partition {
    static final Comparator<Partition> BY_WEIGHT =
        Comparator.comparingLong(partition -> partition.weight);

    final List<WorkItem> items = new ArrayList<>();
    long weight;

    void add(WorkItem item) {
      items.add(item);
      weight += ClipPartitions.weight(item);
    }
  }
}
