package org.segmentser.score;

import org.segmentser.metrics.ClipJudge;
import org.segmentser.model.Calibration;
import org.segmentser.model.ModelDirectory;
import org.segmentser.model.Novelty;
import org.segmentser.tables.Caution;
import org.segmentser.tables.RunColumns.Kind;

/**
 * How sure a run is of what it says.
 *
 * @param judge of clips
 * @param novelty what the model knows; null where it does not tell, or nobody asks
 */
record Certainty(ClipJudge judge, Novelty novelty) {
  /**
   * Of a model.
   *
   * @throws org.segmentser.model.ModelException if its file is missing or broken
   */
  static Certainty of(ModelDirectory model, ScoreSettings settings) {
    Caution caution = settings.caution();
    Calibration calibration = model.spec().calibration();
    if (calibration == null || !settings.kinds().contains(Kind.EMOTIONS)) {
      return new Certainty(new ClipJudge(1, null, null, caution.abstainBelow()), null);
    }
    Novelty novelty = model.novelty().orElse(null);
    return new Certainty(
        new ClipJudge(
            calibration.temperature(),
            calibration.conformal().threshold(caution.wantedCoverage()),
            novelty == null ? null : novelty.known(),
            caution.abstainBelow()),
        novelty);
  }
}
