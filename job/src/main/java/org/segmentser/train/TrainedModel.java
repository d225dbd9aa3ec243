package org.segmentser.train;

import org.segmentser.metrics.Evaluation;
import org.segmentser.model.ModelDirectory;

/**
 * A model that was trained and published.
 *
 * @param recipe by which it was trained
 * @param training how its training went
 * @param heldOut how good the models of calibration folds are on the clips that each was not
 *     trained on; null without folds
 * @param test how good it is on the test side; null if there is none
 * @param model where it is
 */
public record TrainedModel(
    Recipe recipe,
    Trainer.Result training,
    Evaluation heldOut,
    Evaluation test,
    ModelDirectory model) {}
