package org.segmentser.train;

import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import org.segmentser.UserError;
import org.segmentser.features.Utterance;

/**
 * Divides what a model learns from into parts, so that models that are trained likewise, each
 * without one part, tell together how sure such a model may be of speakers that it does not know.
 */
final class CrossFit {
  private CrossFit() {}

  /**
   * One of the models to train.
   *
   * @param number counted from 1
   * @param split its test is the part
   */
  record Fold(int number, Split split) {}

  /**
   * The folds of a split, whose test stays out of all of them.
   *
   * @param count at least 2
   * @throws UserError if there are too few speakers, or clips of a class
   */
  static List<Fold> folds(Split split, int count, TrainingPlan plan) {
    List<Utterance> all = new ArrayList<>(split.training());
    all.addAll(split.validation());
    List<Fold> folds = new ArrayList<>();
    for (List<Utterance> part : Split.parts(all, count, plan.split(), plan.seed())) {
      Set<Utterance> heldOut = Collections.newSetFromMap(new IdentityHashMap<>());
      heldOut.addAll(part);
      List<Utterance> rest = all.stream().filter(u -> !heldOut.contains(u)).toList();
      folds.add(
          new Fold(
              folds.size() + 1,
              Split.around(part, rest, plan.split(), plan.head().labels(), plan.seed())));
    }
    return folds;
  }
}
