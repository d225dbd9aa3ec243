package org.segmentser.flow;

import java.util.EnumMap;
import java.util.Map;
import org.segmentser.segment.Status;

/**
 * What the tasks of passes over audio have counted, repetitions of failed tasks included.
 *
 * @param clips that have their outcome
 * @param rejected of those, clips that are not scored
 * @param bytes of the files of clips that have their outcome, as listed
 * @param samples decoded, at 16 kHz
 * @param segments that went through the scorer
 * @param decodeNs of opening and decoding, looking for speech included
 * @param featureNs of log-mel patches
 * @param inferenceNs of the network, as long as tasks waited for it
 * @param outcomes by status; every status
 */
record PassCounts(
    long clips,
    long rejected,
    long bytes,
    long samples,
    long segments,
    long decodeNs,
    long featureNs,
    long inferenceNs,
    Map<Status, Long> outcomes) {
  static final PassCounts NONE = new PassCounts(0, 0, 0, 0, 0, 0, 0, 0, noOutcomes());

  private static Map<Status, Long> noOutcomes() {
    Map<Status, Long> none = new EnumMap<>(Status.class);
    for (Status status : Status.values()) {
      none.put(status, 0L);
    }
    return none;
  }

  PassCounts plus(PassCounts other) {
    Map<Status, Long> sums = new EnumMap<>(outcomes);
    other.outcomes.forEach((status, count) -> sums.merge(status, count, Long::sum));
    return new PassCounts(
        clips + other.clips,
        rejected + other.rejected,
        bytes + other.bytes,
        samples + other.samples,
        segments + other.segments,
        decodeNs + other.decodeNs,
        featureNs + other.featureNs,
        inferenceNs + other.inferenceNs,
        sums);
  }

  /** The same but for what only all of a pass's rows together tell. */
  PassCounts with(long allSegments, Map<Status, Long> allOutcomes) {
    return new PassCounts(
        clips,
        rejected,
        bytes,
        samples,
        allSegments,
        decodeNs,
        featureNs,
        inferenceNs,
        allOutcomes);
  }
}
