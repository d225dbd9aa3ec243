package org.segmentser.train;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.segmentser.UserError;
import org.segmentser.corpus.LabelledClip;
import org.segmentser.corpus.LabelledCorpus;
import org.segmentser.features.Utterance;
import org.segmentser.metrics.Origin;
import org.segmentser.metrics.Origin.Member;

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
   * @param judged the clips of the part that its model is to judge
   */
  record Fold(int number, Split split, List<Utterance> judged) {
    /** The same, judging only those of its clips that are in a set, by identity. */
    Fold judging(Set<Utterance> clips) {
      return new Fold(number, split, judged.stream().filter(clips::contains).toList());
    }
  }

  /**
   * Tells before any audio is read that listed clips have too few speakers for folds.
   *
   * @param count of the folds
   * @throws UserError if so
   */
  static void check(LabelledCorpus listed, int count, Split.By by) {
    List<Origin> origins = listed.clips().stream().map(LabelledClip::origin).toList();
    boolean areKnown = origins.stream().allMatch(origin -> origin.speaker() != null);
    if (by == Split.By.CLIPS || !areKnown) {
      return;
    }
    Map<String, Long> speakers =
        origins.stream()
            .map(Origin::speakerOfCorpus)
            .distinct()
            .collect(Collectors.groupingBy(Member::corpus, Collectors.counting()));
    long learned =
        speakers.values().stream()
            .mapToLong(n -> n - (by == Split.By.NONE ? 0 : Split.share(n.intValue(), 10)))
            .sum();
    if (learned < count) {
      throw UserError.input(
          "--calibration-folds is "
              + count
              + ", but there are only "
              + learned
              + (by == Split.By.NONE ? " speakers in all" : " speakers beside those of the test"));
    }
  }

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
      folds.add(
          new Fold(
              folds.size() + 1,
              Split.leaving(part, all, plan.split(), plan.head().labels(), plan.seed()),
              part));
    }
    return folds;
  }
}
