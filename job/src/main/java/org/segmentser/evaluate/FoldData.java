package org.segmentser.evaluate;

import java.io.Serializable;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import org.segmentser.features.LabelledFeatures;
import org.segmentser.features.Utterance;
import org.segmentser.metrics.ClipPrediction;

/**
 * What the tasks of all folds share. Immutable.
 *
 * @param conditions the data under each condition, {@link ClipPrediction#CLEAN} among them
 * @param checkpoint of the model that every fold begins with; null for random weights
 * @param isShipped whether Spark brings the files to executors, which then have copies of the same
 *     names; else they are on this machine
 */
record FoldData(
    SortedMap<String, LabelledFeatures> conditions, String checkpoint, boolean isShipped)
    implements Serializable {

  List<Utterance> utterances() {
    return conditions.get(ClipPrediction.CLEAN).utterances();
  }

  /** The same utterances as they sound under a condition. */
  List<Utterance> under(String condition, List<Utterance> clean) {
    Map<String, Utterance> byId = new HashMap<>();
    conditions.get(condition).utterances().forEach(u -> byId.put(u.features().clipId(), u));
    return clean.stream().map(u -> byId.get(u.features().clipId())).filter(u -> u != null).toList();
  }
}
