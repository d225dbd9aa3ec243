package org.segmentser.score;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.spark.sql.Row;
import org.apache.spark.unsafe.types.UTF8String;
import org.segmentser.segment.Status;
import org.segmentser.tables.StagedCodec;

/**
 * What voices of clips sum up to: by status and emotion, and the first of those that were not
 * scored. Those of parts of the clips add up to those of all. Not thread-safe.
 */
final class ClipSums implements Serializable {
  private static final long serialVersionUID = 1L;

  /** How many of the clips that were not scored are kept. */
  private static final int REJECTS_KEPT = 5;

  /** As Spark orders strings, by their bytes. */
  private static final Comparator<Reject> BY_URI =
      Comparator.comparing(reject -> UTF8String.fromString(reject.uri));

  /** Column: whether a clip lies farther than 99 % of those by which the model is calibrated. */
  static final String IS_FAR = "is_far";

  /** Names of the columns of the rows that are summed up, in their order. */
  static final List<String> COLUMNS =
      List.of(
          "status",
          "emotion",
          "segments",
          "duration_s",
          "uri",
          "reason",
          StagedCodec.VOICE_INDEX,
          "speech_s",
          "alike",
          StagedCodec.END_SEGMENT,
          "confidence",
          StagedCodec.DISTANCE,
          IS_FAR);

  /**
   * Voices of one status and emotion.
   *
   * @param emotion null for voices without one, as all are that were not scored
   */
  record Group(Status status, String emotion) implements Comparable<Group>, Serializable {
    private static final Comparator<Group> ORDER =
        Comparator.comparing(Group::status)
            .thenComparing(Group::emotion, Comparator.nullsFirst(Comparator.naturalOrder()));

    @Override
    public int compareTo(Group other) {
      return ORDER.compare(this, other);
    }

    boolean isScored() {
      return status == Status.SCORED;
    }
  }

  /**
   * What a group sums up to.
   *
   * @param voices how many
   * @param segments staged ones, which are dropped where the voice was not scored
   * @param audioS seconds of the voices whose duration is known
   */
  record Sum(long voices, long segments, double audioS) implements Serializable {
    Sum plus(Sum other) {
      return new Sum(voices + other.voices, segments + other.segments, audioS + other.audioS);
    }
  }

  private record Reject(String uri, Status status, String reason) implements Serializable {
    @Override
    public String toString() {
      return uri + ": " + status.label() + ": " + reason;
    }
  }

  private final TreeMap<Group, Sum> groups = new TreeMap<>();
  private final List<Reject> rejects = new ArrayList<>();
  private long clips;
  private long rejected;
  private long alike;
  private long cutShort;
  private double speechS;
  private long abstained;
  private final Distances distances = new Distances();

  /** Sums up rows of {@link #COLUMNS}. */
  static ClipSums of(Iterator<Row> clips) {
    ClipSums sums = new ClipSums();
    clips.forEachRemaining(sums::add);
    sums.keepFirst();
    return sums;
  }

  private void add(Row clip) {
    Status status = Status.of(clip.getString(0));
    boolean isScored = status == Status.SCORED;
    groups.merge(
        new Group(status, isScored ? clip.getString(1) : null),
        new Sum(1, clip.getInt(2), clip.isNullAt(3) ? 0 : clip.getDouble(3)),
        Sum::plus);
    if (clip.getInt(6) == 0) {
      clips++;
      rejected += status.isReject() ? 1 : 0;
      alike += !clip.isNullAt(8) && clip.getBoolean(8) ? 1 : 0;
    }
    cutShort += isScored && !clip.isNullAt(9) ? 1 : 0;
    speechS += !isScored || clip.isNullAt(7) ? 0 : clip.getDouble(7);
    abstained += isScored && clip.isNullAt(1) && !clip.isNullAt(10) ? 1 : 0;
    if (isScored && !clip.isNullAt(11)) {
      distances.add(clip.getDouble(11), clip.getBoolean(12));
    }
    if (status.isReject()) {
      rejects.add(new Reject(clip.getString(4), status, clip.getString(5)));
      if (rejects.size() > 100 * REJECTS_KEPT) {
        keepFirst();
      }
    }
  }

  /** Adds those of other clips. */
  void add(ClipSums other) {
    other.groups.forEach((group, sum) -> groups.merge(group, sum, Sum::plus));
    rejects.addAll(other.rejects);
    clips += other.clips;
    rejected += other.rejected;
    alike += other.alike;
    cutShort += other.cutShort;
    speechS += other.speechS;
    abstained += other.abstained;
    distances.add(other.distances);
    keepFirst();
  }

  private void keepFirst() {
    rejects.sort(BY_URI);
    rejects.subList(Math.min(REJECTS_KEPT, rejects.size()), rejects.size()).clear();
  }

  /** The sums of the groups that have voices, in order. */
  Map<Group, Sum> groups() {
    return groups;
  }

  /** All clips, whatever number of voices they have. */
  long clips() {
    return clips;
  }

  /** Clips whose audio could not be used. */
  long rejected() {
    return rejected;
  }

  /** Clips whose two channels hold the same signal. */
  long alike() {
    return alike;
  }

  /** Seconds of speech, of the scored voices. */
  double speechS() {
    return speechS;
  }

  /** Scored voices whose emotion is not probable enough. */
  long abstained() {
    return abstained;
  }

  /** How far the scored voices lie from what the model knows, where that is known. */
  Distances distances() {
    return distances;
  }

  /**
   * How many voices there are that turned out not to be scored after segments were, or not all of
   * whose segments count, at most.
   */
  long voicesToDrop() {
    return cutShort
        + groups.entrySet().stream()
            .filter(group -> !group.getKey().isScored() && group.getValue().segments() > 0)
            .mapToLong(group -> group.getValue().voices())
            .sum();
  }

  /** Whether segments were staged that do not count. */
  boolean hasSegmentsToDrop() {
    return voicesToDrop() > 0;
  }

  /** The first clips by name that were not scored, each with its reason. */
  List<String> rejects() {
    return rejects.stream().map(Reject::toString).toList();
  }
}
