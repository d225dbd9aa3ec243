package org.segmentser.evaluate;

import java.util.List;
import org.segmentser.train.EpochFigures;

/**
 * How the training of a fold's model went.
 *
 * @param fold counted from 1
 * @param heldOut what its model was tested on, for people
 * @param epochs in their order
 */
public record FoldCurve(int fold, String heldOut, List<EpochFigures> epochs) {
  /** Copies the epochs. */
  public FoldCurve {
    epochs = List.copyOf(epochs);
  }
}
