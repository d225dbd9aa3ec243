package org.segmentser.evaluate;

import java.io.Serializable;
import java.util.List;
import org.segmentser.train.EpochFigures;

/**
 * What came of a fold.
 *
 * @param fold its number
 * @param heldOut what its test was
 * @param epochs figures of its training
 * @param predictions of its model on its test, under every condition
 */
public record FoldResult(
    int fold, String heldOut, List<EpochFigures> epochs, List<ClipPrediction> predictions)
    implements Serializable {}
