package org.segmentser.train;

import org.segmentser.features.LabelledFeatures;

/** Is told how a {@link TrainingJob} goes, as it goes. */
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
   * The first step follows.
   *
   * @return asked between steps; closed after the last one
   */
  StopRequest begin();
}
