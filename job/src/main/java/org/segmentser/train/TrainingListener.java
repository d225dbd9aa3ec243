package org.segmentser.train;

import org.segmentser.features.LabelledFeatures;

/** Receives the progress of a {@link TrainingJob}. */
public interface TrainingListener extends Trainer.Listener {
  /** The features are on this machine. */
  void prepared(LabelledFeatures data);

  /** The utterances are divided. */
  void split(TrainingReport.Sides sides);

  /**
   * A training that may be resumed begins.
   *
   * @param lastEpoch the last epoch that is there already; 0 if there is none to resume
   */
  void resumed(int lastEpoch);

  /**
   * The training of a model begins that tells how sure models of this kind may be.
   *
   * @param number of the fold, counted from 1
   * @param folds how many there are
   */
  void calibrationFold(int number, int folds);

  /**
   * The first step follows.
   *
   * @param keepsBest whether a stop may make the best epoch so far the model; else it ends the
   *     training
   * @return asked between steps; closed after the last one
   */
  StopRequest begin(boolean keepsBest);
}
