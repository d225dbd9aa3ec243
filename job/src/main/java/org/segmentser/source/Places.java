package org.segmentser.source;

import java.io.Serializable;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.api.java.UDF3;

/**
 * Which partition takes what stands at a place of a staged listing. Its size grows with the parts
 * of the listing and with the heavy clips, of which there are no more than partitions.
 */
final class Places implements UDF3<Integer, Long, Long, Integer> {
  private static final long serialVersionUID = 1L;

  /** The heavy clips of a part of the listing, in order: where each stands, and its partition. */
  private static final class Heavy implements Serializable {
    private static final long serialVersionUID = 1L;

    private final long[] at;
    private final int[] partition;

    /** Weight of the heavy ones before each, and of all. */
    private final long[] before;

    Heavy(List<Integer> order, List<Row> rows) {
      int[] inOrder =
          order.stream()
              .sorted(Comparator.comparingLong(i -> rows.get(i).getLong(1)))
              .mapToInt(i -> i)
              .toArray();
      at = Arrays.stream(inOrder).mapToLong(i -> rows.get(i).getLong(1)).toArray();
      partition = inOrder;
      before = new long[at.length + 1];
      for (int i = 0; i < at.length; i++) {
        before[i + 1] = before[i] + rows.get(inOrder[i]).getLong(2);
      }
    }
  }

  private final Map<Integer, Heavy> heavy = new HashMap<>();

  /** Weight of what is not heavy in all parts before each. */
  private final Map<Integer, Long> lightBefore = new HashMap<>();

  private final int heavyCount;
  private final long most;
  private final int partitions;

  private Places(Map<Integer, Long> ends, List<Row> heavyRows, long most) {
    this.most = most;
    this.heavyCount = heavyRows.size();
    Map<Integer, List<Integer>> byPart =
        IntStream.range(0, heavyCount)
            .boxed()
            .collect(Collectors.groupingBy(i -> heavyRows.get(i).getInt(0)));
    byPart.forEach((part, rows) -> heavy.put(part, new Heavy(rows, heavyRows)));
    long light = 0;
    for (int part : ends.keySet().stream().sorted().toList()) {
      lightBefore.put(part, light);
      Heavy own = heavy.get(part);
      light += ends.get(part) - (own == null ? 0 : own.before[own.at.length]);
    }
    partitions = heavyCount + (int) Math.max(1, (light + most - 1) / most);
  }

  /**
   * Places for a listing.
   *
   * @param ends the weight of each part of it
   * @param heavy part, place and weight of all that have a partition of their own, heaviest first
   * @param most what a partition of others should weigh
   */
  static Places of(Map<Integer, Long> ends, List<Row> heavy, long most) {
    return new Places(ends, heavy, most);
  }

  int partitions() {
    return partitions;
  }

  /** The partition of what stands at a place. */
  @Override
  public Integer call(Integer part, Long before, Long together) {
    Heavy own = heavy.get(part);
    long place = together;
    if (own != null) {
      int at = Arrays.binarySearch(own.at, together);
      if (at >= 0 && before.equals(together)) {
        return own.partition[at];
      }
      int passed = at >= 0 ? at : -at - 1;
      place -= own.before[passed];
    }
    return Math.min(partitions - 1, heavyCount + (int) ((lightBefore.get(part) + place) / most));
  }
}
