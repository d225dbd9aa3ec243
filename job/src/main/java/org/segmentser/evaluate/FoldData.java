package org.segmentser.evaluate;

import java.io.Serializable;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.segmentser.audio.Condition;
import org.segmentser.features.LabelledFeatures;
import org.segmentser.features.Utterance;

/**
 * What the tasks of all folds share. Immutable.
 *
 * @param conditions the data under each condition, {@link Condition#CLEAN} among them, in the order
 *     in which models are tested
 * @param checkpoint of the model that every fold begins with; null for random weights
 * @param isShipped whether Spark brings the files to executors, which then have copies of the same
 *     names; otherwise the files are on this machine
 */
record FoldData(Map<Condition, LabelledFeatures> conditions, String checkpoint, boolean isShipped)
    implements Serializable {

  List<Utterance> utterances() {
    return conditions.get(Condition.CLEAN).utterances();
  }

  /** The same utterances under a condition; those that could not be used under it are left out. */
  List<Utterance> under(Condition condition, List<Utterance> clean) {
    Map<String, Utterance> byId = new HashMap<>();
    conditions.get(condition).utterances().forEach(u -> byId.put(u.features().clipId(), u));
    return clean.stream().map(u -> byId.get(u.features().clipId())).filter(u -> u != null).toList();
  }
}
