package org.segmentser.source;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;

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

  private ClipPartitions() {}

  /**
   * Deals {@code clips} out, heaviest first to the lightest partition; the heaviest partition comes
   * first, as Spark begins with it.
   *
   * @param cores tasks that run at the same time
   * @return partitions, none of them empty; each serialisable
   */
  public static List<List<Clip>> deal(List<Clip> clips, int cores) {
    int count = count(clips, cores);
    PriorityQueue<Partition> lightest =
        new PriorityQueue<>(Comparator.comparingLong((Partition p) -> p.weight));
    for (int i = 0; i < count; i++) {
      lightest.add(new Partition());
    }
    List<Clip> heaviestFirst = new ArrayList<>(clips);
    heaviestFirst.sort(Comparator.comparingLong(ClipPartitions::weight).reversed());
    for (Clip clip : heaviestFirst) {
      Partition partition = lightest.remove();
      partition.clips.add(clip);
      partition.weight += weight(clip);
      lightest.add(partition);
    }
    return lightest.stream()
        .sorted(Comparator.comparingLong((Partition p) -> p.weight).reversed())
        .map(p -> p.clips)
        .toList();
  }

  /** How many partitions {@link #deal} makes. */
  public static int count(List<Clip> clips, int cores) {
    long total = clips.stream().mapToLong(ClipPartitions::weight).sum();
    long even = Math.min((long) cores * PARTITIONS_PER_CORE, total / LEAST_BYTES_PER_PARTITION + 1);
    long wanted =
        Math.max(Math.max(cores, even), (total + BYTES_PER_PARTITION - 1) / BYTES_PER_PARTITION);
    return (int) Math.min(clips.size(), wanted);
  }

  /** What reading a clip costs, in bytes of audio that decode in the same time. */
  public static long weight(Clip clip) {
    if (clip.unreadable() != null) {
      return BYTES_PER_CLIP;
    }
    return (clip.bytes() == null ? UNKNOWN_BYTES : clip.bytes()) + BYTES_PER_CLIP;
  }

  private static final class Partition {
    final List<Clip> clips = new ArrayList<>();
    long weight;
  }
}
