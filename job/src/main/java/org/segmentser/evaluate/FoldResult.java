package org.segmentser.evaluate;

import java.io.Serializable;
import java.util.List;
import org.segmentser.metrics.ClipPrediction;
import org.segmentser.train.Trainer;

/**
 * How a fold went.
 *
 * @param fold its number, counted from 1
 * @param heldOut what its model was tested on, for people
 * @param training how its training went
 * @param predictions of its model on its test, under every condition; none if the training diverged
 */
record FoldResult(
    int fold, String heldOut, Trainer.Result training, List<ClipPrediction> predictions)
    implements Serializable {

  /** How the training went, for the report. */
  FoldCurve curve() {
    return new FoldCurve(fold, heldOut, training.epochs());
  }
}
