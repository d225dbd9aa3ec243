package org.segmentser.metrics;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.segmentser.metrics.Origin.Member;

/**
 * Percentile intervals by the bootstrap. Whole speakers are drawn, with replacement, as clips of
 * one speaker are alike; a clip whose speaker is unknown stands for itself. Where fewer than two
 * speakers are known, clips are drawn.
 */
final class Bootstrap {
  static final double LEVEL = 0.95;

  private final List<List<ClipDecision>> units;
  private final String unit;
  private final int classes;

  Bootstrap(List<ClipDecision> decisions, int classes) {
    this.classes = classes;
    Map<Member, List<ClipDecision>> speakers = new LinkedHashMap<>();
    List<List<ClipDecision>> single = new ArrayList<>();
    for (ClipDecision decision : decisions) {
      Member speaker = decision.clip().reference().origin().speakerOfCorpus();
      if (speaker == null) {
        single.add(List.of(decision));
      } else {
        speakers.computeIfAbsent(speaker, s -> new ArrayList<>()).add(decision);
      }
    }
    if (speakers.size() < 2) {
      unit = "clips";
      units = decisions.stream().map(List::of).toList();
    } else {
      unit = "speakers";
      single.addAll(speakers.values());
      units = single;
    }
  }

  /** Every figure of all clips, with its interval, and how the intervals were computed. */
  Evaluation.Headline headline(FigureCounts all, BootstrapSettings settings) {
    return new Evaluation.Headline(estimates(all, settings), intervals(settings));
  }

  Evaluation.Intervals intervals(BootstrapSettings settings) {
    return new Evaluation.Intervals(
        LEVEL, unit, units.size(), settings.resamples(), settings.seed());
  }

  /** Every figure of all clips that can be told, with its interval. */
  Map<Figure, Evaluation.Estimate> estimates(FigureCounts all, BootstrapSettings settings) {
    SplittableRandom random = new SplittableRandom(settings.seed());
    List<FigureCounts> resamples =
        Stream.generate(() -> resample(random)).limit(settings.resamples()).toList();
    Map<Figure, Evaluation.Estimate> estimates = new EnumMap<>(Figure.class);
    for (Figure figure : Figure.values()) {
      if (!figure.isKnown(all)) {
        continue;
      }
      double[] sorted = resamples.stream().mapToDouble(figure::of).sorted().toArray();
      estimates.put(
          figure,
          new Evaluation.Estimate(
              figure.of(all),
              quantile(sorted, (1 - LEVEL) / 2),
              quantile(sorted, (1 + LEVEL) / 2)));
    }
    return estimates;
  }

  private FigureCounts resample(SplittableRandom random) {
    FigureCounts resample = new FigureCounts(classes);
    for (int drawn = 0; drawn < units.size(); drawn++) {
      units.get(random.nextInt(units.size())).forEach(resample::add);
    }
    return resample;
  }

  /** The quantile at {@code part}, between 0 and 1, linear between neighbours. */
  static double quantile(double[] sorted, double part) {
    double at = part * (sorted.length - 1);
    int below = (int) at;
    int above = Math.min(below + 1, sorted.length - 1);
    return sorted[below] + (at - below) * (sorted[above] - sorted[below]);
  }
}
