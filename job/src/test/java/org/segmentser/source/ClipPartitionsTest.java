package org.segmentser.source;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ClipPartitionsTest {
  @Test
  void manyTinyFilesAndAFewBigOnesMakeEvenPartitions() {
    List<WorkItem> clips = new ArrayList<>();
    Random random = new Random(1);
    for (int i = 0; i < 50_000; i++) {
      clips.add(clip("tiny" + i, 1_000 + random.nextInt(9_000)));
    }
    for (int i = 0; i < 5; i++) {
      clips.add(clip("big" + i, 20 << 20));
    }
    List<List<WorkItem>> partitions = ClipPartitions.deal(clips, 2);
    long[] weights =
        partitions.stream()
            .mapToLong(p -> p.stream().mapToLong(ClipPartitions::weight).sum())
            .toArray();
    long least = Long.MAX_VALUE;
    long most = 0;
    for (long weight : weights) {
      least = Math.min(least, weight);
      most = Math.max(most, weight);
    }
    assertThat(most - least).isLessThan(64 << 10);
    assertThat(partitions.stream().mapToLong(List::size).sum()).isEqualTo(clips.size());
    assertThat(partitions.stream().flatMap(List::stream)).doesNotHaveDuplicates();
  }

  @Test
  void oneLargeFileHasAPartitionOfItsOwnAndGoesFirst() {
    List<WorkItem> clips = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      clips.add(clip("small" + i, 100_000));
    }
    clips.add(clip("large", 1L << 40));
    List<List<WorkItem>> partitions = ClipPartitions.deal(clips, 2);
    assertThat(partitions.get(0)).extracting(item -> item.clip().id()).containsExactly("large");
  }

  @Test
  void clipsOfUnknownLengthAreSpreadToo() {
    List<WorkItem> clips = new ArrayList<>();
    for (int i = 0; i < 64; i++) {
      clips.add(WorkItem.of(Clip.ofFile("unknown" + i, "unknown" + i, null, null)));
      clips.add(
          WorkItem.of(Clip.ofFile("bad" + i, "bad" + i, null, null).found(null, null, "why")));
    }
    List<List<WorkItem>> partitions = ClipPartitions.deal(clips, 2);
    assertThat(partitions).hasSize(8);
    assertThat(partitions)
        .allMatch(p -> p.stream().filter(clip -> clip.clip().unreadable() == null).count() == 8);
  }

  @Test
  void fewSmallClipsNeedNoMorePartitionsThanCores() {
    List<WorkItem> clips = new ArrayList<>();
    for (int i = 0; i < 12; i++) {
      clips.add(clip("small" + i, 50_000));
    }
    assertThat(ClipPartitions.deal(clips, 2)).hasSize(2);
    assertThat(ClipPartitions.deal(clips, 64)).hasSize(12);
  }

  @Test
  void noPartitionIsEmpty() {
    assertThat(ClipPartitions.deal(List.of(clip("a", 0), clip("b", 5)), 16)).hasSize(2);
  }

  private static WorkItem clip(String id, long bytes) {
    return WorkItem.of(Clip.ofFile(id, id, bytes, 0L));
  }
}
