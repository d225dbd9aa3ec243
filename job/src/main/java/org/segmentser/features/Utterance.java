package org.segmentser.features;

import java.io.Serializable;
import java.util.Collection;
import org.segmentser.audio.Condition;
import org.segmentser.metrics.ClipPrediction;
import org.segmentser.metrics.ClipPrediction.Reference;
import org.segmentser.metrics.ClipPrediction.SegmentLogits;
import org.segmentser.metrics.Origin;

/**
 * A labelled clip with features: what is split, learned from and evaluated as a whole.
 *
 * @param uri of its file
 * @param label index of its emotion
 * @param origin the corpus, and who speaks
 * @param isHeard whether listeners heard the label in it; true where nobody was asked
 * @param features where its rows are, at least one
 */
public record Utterance(
    String uri, int label, Origin origin, boolean isHeard, ClipFeatures features)
    implements Serializable {

  /** One that no listener was asked about. */
  public Utterance(String uri, int label, Origin origin, ClipFeatures features) {
    this(uri, label, origin, true, features);
  }

  /** Whether they come from more than one corpus. */
  public static boolean areOfSeveralCorpora(Collection<Utterance> utterances) {
    return utterances.stream().map(u -> u.origin().corpus()).distinct().count() > 1;
  }

  /**
   * What a model predicts for this utterance.
   *
   * @param condition under which the model heard it
   * @param fold whose model it is, counted from 1; 0 where there are no folds
   * @param logits [segments][labels]
   */
  public ClipPrediction prediction(Condition condition, int fold, float[][] logits) {
    double[][] rows = new double[logits.length][];
    for (int i = 0; i < rows.length; i++) {
      rows[i] = new double[logits[i].length];
      for (int j = 0; j < rows[i].length; j++) {
        rows[i][j] = logits[i][j];
      }
    }
    return new ClipPrediction(
        new Reference(features.clipId(), uri, origin, label),
        condition,
        fold,
        new SegmentLogits(features.segments(), features.startS(), features.endS(), rows));
  }
}
