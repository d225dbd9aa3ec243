package org.segmentser.train;

import org.segmentser.metrics.Evaluation;
import org.segmentser.model.ModelDirectory;

/**
 * A model that was trained and published.
 *
 * @param recipe by which it was trained
 * @param training how its training went
 * @param test how good it is on the test side; null if there is none
 * @param model where it is
 */
public record TrainedModel(
    Recipe recipe, Trainer.Result training, Evaluation test, ModelDirectory model) {}
