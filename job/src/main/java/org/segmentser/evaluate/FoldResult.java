package org.segmentser.evaluate;

import java.io.Serializable;
import java.util.List;
import org.segmentser.metrics.ClipPrediction;
import org.segmentser.train.EpochFigures;

/**
 * What came of a fold.
 *
 * @param fold its number
 * @param heldOut what its test was
 * @param epochs figures of its training
 * @param diverged whether the loss became NaN, so that there is no model
 * @param predictions of its model on its test, under every condition; none where it diverged
 */
public record FoldResult(
    int fold,
    String heldOut,
    List<EpochFigures> epochs,
    boolean diverged,
    List<ClipPrediction> predictions)
    implements Serializable {}
