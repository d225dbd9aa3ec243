package org.segmentser.score;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.withinPercentage;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.junit.jupiter.api.Test;
import org.segmentser.score.ClipSums.Group;
import org.segmentser.score.ClipSums.Sum;
import org.segmentser.segment.Status;

class ClipSumsTest {
  @Test
  void partsAddUp() {
    ClipSums sums =
        sumOf(
            List.of(scored("a", "happy", 2, 1.5), rejected("b", Status.UNREADABLE, 0, null)),
            List.of(scored("c", "happy", 1, 0.5), scored("d", "sad", 3, 3.0)),
            List.of());
    assertThat(sums.groups())
        .containsExactlyInAnyOrderEntriesOf(
            Map.of(
                new Group(Status.SCORED, "happy"), new Sum(2, 3, 2.0),
                new Group(Status.SCORED, "sad"), new Sum(1, 3, 3.0),
                new Group(Status.UNREADABLE, null), new Sum(1, 0, 0)));
    assertThat(sums.clips()).isEqualTo(4);
    assertThat(sums.hasSegmentsToDrop()).isFalse();
  }

  @Test
  void clipsOfTwoVoicesCountOnce() {
    ClipSums sums =
        sumOf(
            List.of(voice(0, "scored", true), voice(1, "no_speech", true)),
            List.of(voice(0, "scored", false), voice(1, "scored", false)));
    assertThat(sums.clips()).isEqualTo(2);
    assertThat(sums.alike()).isEqualTo(1);
    assertThat(sums.speechS()).isEqualTo(6.0);
    assertThat(sums.rejects()).isEmpty();
    assertThat(sums.groups().get(new Group(Status.SCORED, "sad")).voices()).isEqualTo(3);
    assertThat(sums.hasSegmentsToDrop()).isTrue();
  }

  private static Row voice(int index, String status, boolean alike) {
    return RowFactory.create(
        status, "sad", 3, 3.0, "a", null, index, 2.0, alike, null, 0.5f, null, null);
  }

  @Test
  void aRunWithoutEmotionsHasOneGroupOfScoredClips() {
    ClipSums sums = sumOf(List.of(scored("a", null, 2, 1.0)), List.of(scored("b", null, 1, 1.0)));
    assertThat(sums.groups()).containsOnlyKeys(new Group(Status.SCORED, null));
  }

  @Test
  void clipsWithoutAnAnswerAndDistancesAreCounted() {
    ClipSums sums =
        sumOf(
            List.of(
                scored("a", null, 2, 1.0, 0.3f, 4.0),
                scored("b", "sad", 2, 1.0, 0.9f, 7.0),
                rejected("c", Status.TOO_LONG, 1, 1.0)),
            List.of(scored("d", null, 2, 1.0, 0.2f, 20.0), scored("e", "sad", 1, 1.0)));
    assertThat(sums.abstained()).isEqualTo(2);
    assertThat(sums.distances().count()).isEqualTo(3);
    assertThat(sums.distances().far()).isEqualTo(1);
    assertThat(sums.distances().median()).isCloseTo(7, withinPercentage(0.1));
    sums.add(ClipSums.of(List.of(scored("f", "sad", 1, 1.0, 1f, 5.0)).iterator()));
    assertThat(sums.distances().median()).isCloseTo(6, withinPercentage(0.1));
  }

  @Test
  void noDistancesHaveNoMedian() {
    assertThat(new Distances().median()).isNaN();
    Distances nearest = new Distances();
    nearest.add(0, false);
    assertThat(nearest.median()).isBetween(0.0, 1e-5);
  }

  @Test
  void whatWasScoredOfAClipThatFailedIsToBeDropped() {
    ClipSums sums = sumOf(List.of(rejected("a", Status.TOO_LONG, 7, 90_000.0)));
    assertThat(sums.hasSegmentsToDrop()).isTrue();
    assertThat(sums.groups())
        .isEqualTo(Map.of(new Group(Status.TOO_LONG, null), new Sum(1, 7, 90_000.0)));
  }

  @Test
  void theFirstRejectsByNameAreKeptWhereverTheyAre() {
    List<Row> many = new ArrayList<>();
    for (int i = 0; i < 2000; i++) {
      many.add(rejected("z" + i, Status.UNDECODABLE, 0, null));
    }
    many.add(rejected("b", Status.UNDECODABLE, 0, null));
    ClipSums sums =
        sumOf(
            many,
            // By bytes the second of them comes last, by Java's characters the first.
            List.of(
                rejected("y\uFF5E", Status.UNDECODABLE, 0, null),
                rejected("y\uD83D\uDE00", Status.TOO_SHORT, 0, 0.0)),
            List.of(rejected("a", Status.UNREADABLE, 0, null)));
    assertThat(sums.rejects())
        .containsExactly(
            "a: unreadable: why",
            "b: undecodable: why",
            "y\uFF5E: undecodable: why",
            "y\uD83D\uDE00: too_short: why",
            "z0: undecodable: why");
  }

  @SafeVarargs
  private static ClipSums sumOf(List<Row>... parts) {
    ClipSums all = new ClipSums();
    for (List<Row> part : parts) {
      all.add(ClipSums.of(part.iterator()));
    }
    return all;
  }

  private static Row scored(String uri, String emotion, int segments, Double durationS) {
    return scored(uri, emotion, segments, durationS, null, null);
  }

  private static Row scored(
      String uri,
      String emotion,
      int segments,
      Double durationS,
      Float confidence,
      Double distance) {
    return RowFactory.create(
        "scored",
        emotion,
        segments,
        durationS,
        uri,
        null,
        0,
        1.0,
        null,
        null,
        confidence,
        distance,
        distance == null ? null : distance > 10);
  }

  /** A clip whose staged row has an emotion, as some of its segments were scored. */
  private static Row rejected(String uri, Status status, int segments, Double durationS) {
    return RowFactory.create(
        status.label(),
        "happy",
        segments,
        durationS,
        uri,
        "why",
        0,
        9.0,
        null,
        null,
        0.5f,
        99.0,
        true);
  }
}
