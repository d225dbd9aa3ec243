package org.segmentser.metrics;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.segmentser.metrics.Evaluation.Estimate;
import org.segmentser.metrics.Evaluation.Group;
import org.segmentser.metrics.Evaluation.Headline;
import org.segmentser.metrics.Evaluation.Intervals;

/**
 * The clips by what they have in common. What is unknown of a clip puts it into no group.
 * Immutable.
 *
 * @param corpora by name, one at least
 * @param sexes of the speakers, by name
 * @param sexGap how far apart they are; null if fewer than two are known
 * @param ages of the speakers, in bands, the youngest first
 * @param speakers by name, with the name of the corpus before it where there are several
 * @param sessions as {@code speakers}
 * @param folds by number
 * @param worstSpeaker the one with the lowest unweighted accuracy; null if no speaker is known
 */
public record Breakdown(
    List<CorpusScores> corpora,
    List<Group> sexes,
    SexGap sexGap,
    List<Group> ages,
    List<Group> speakers,
    List<Group> sessions,
    List<Group> folds,
    Group worstSpeaker) {

  /** Copies the lists. */
  public Breakdown {
    corpora = List.copyOf(corpora);
    sexes = List.copyOf(sexes);
    ages = List.copyOf(ages);
    speakers = List.copyOf(speakers);
    sessions = List.copyOf(sessions);
    folds = List.copyOf(folds);
  }

  /**
   * How good a model is on one corpus.
   *
   * @param group its name, its clips and their accuracies
   * @param figures each with its interval
   * @param intervals how the intervals were computed, from this corpus alone
   * @param decided share of the clips that each class was decided on for, in the order of the
   *     labels
   * @param sexes of its speakers, by name
   */
  public record CorpusScores(
      @JsonUnwrapped Group group,
      Map<Figure, Estimate> figures,
      Intervals intervals,
      List<Double> decided,
      List<Group> sexes) {
    /** Keeps its own lists, and the figures from being changed. */
    public CorpusScores {
      figures = Collections.unmodifiableMap(figures);
      decided = List.copyOf(decided);
      sexes = List.copyOf(sexes);
    }

    private static CorpusScores of(
        String name, List<ClipDecision> decisions, FigureCounts counts, Headline headline) {
      return new CorpusScores(
          Group.of(name, counts),
          headline.figures(),
          headline.intervals(),
          counts.mean().decided().stream().map(n -> (double) n / counts.clips()).toList(),
          groups(decisions, counts.classes(), d -> origin(d).sex(), String::toString));
    }
  }

  /**
   * The largest difference of unweighted accuracy between two sexes, in points of a percent. Over
   * all clips it also shows how hard each corpus is, if their shares differ between corpora.
   *
   * @param points over all clips
   * @param corpora within each corpus in which two are known, by its name
   */
  public record SexGap(double points, SortedMap<String, Double> corpora) {
    /** Keeps its own map. */
    public SexGap {
      corpora = Collections.unmodifiableSortedMap(new TreeMap<>(corpora));
    }

    private static SexGap of(List<Group> sexes, List<CorpusScores> corpora) {
      if (sexes.size() < 2) {
        return null;
      }
      SortedMap<String, Double> within = new TreeMap<>();
      corpora.stream()
          .filter(corpus -> corpus.sexes().size() > 1)
          .forEach(corpus -> within.put(corpus.group().name(), points(corpus.sexes())));
      return new SexGap(points(sexes), within);
    }

    private static double points(List<Group> sexes) {
      List<Double> sorted = sexes.stream().map(Group::unweightedAccuracy).sorted().toList();
      return 100 * (sorted.get(sorted.size() - 1) - sorted.get(0));
    }
  }

  private enum AgeBand {
    YOUNG("under 30"),
    MIDDLE("30 to 49"),
    OLD("50 and over");

    private final String label;

    AgeBand(String label) {
      this.label = label;
    }

    private static AgeBand of(Integer age) {
      if (age == null) {
        return null;
      }
      return age < 30 ? YOUNG : age < 50 ? MIDDLE : OLD;
    }

    private String label() {
      return label;
    }
  }

  /**
   * Breaks decisions down.
   *
   * @param headline of all of them
   */
  static Breakdown of(
      List<ClipDecision> decisions, int classes, Headline headline, BootstrapSettings settings) {
    SortedMap<String, List<ClipDecision>> parts = parts(decisions, d -> origin(d).corpus());
    List<CorpusScores> corpora = new ArrayList<>();
    for (Map.Entry<String, List<ClipDecision>> part : parts.entrySet()) {
      FigureCounts counts = FigureCounts.of(part.getValue(), classes);
      corpora.add(
          CorpusScores.of(
              part.getKey(),
              part.getValue(),
              counts,
              parts.size() == 1
                  ? headline
                  : new Bootstrap(part.getValue(), classes).headline(counts, settings)));
    }
    boolean areSeveral = corpora.size() > 1;
    List<Group> sexes = groups(decisions, classes, d -> origin(d).sex(), String::toString);
    List<Group> speakers =
        groups(decisions, classes, d -> origin(d).speakerOfCorpus(), m -> m.text(areSeveral));
    return new Breakdown(
        corpora,
        sexes,
        SexGap.of(sexes, corpora),
        groups(decisions, classes, d -> AgeBand.of(origin(d).age()), AgeBand::label),
        speakers,
        groups(decisions, classes, d -> origin(d).sessionOfCorpus(), m -> m.text(areSeveral)),
        groups(decisions, classes, d -> d.clip().fold(), fold -> Integer.toString(fold)),
        speakers.stream().min(Comparator.comparing(Group::unweightedAccuracy)).orElse(null));
  }

  /** The unweighted accuracy of each corpus, by its name. */
  static SortedMap<String, Double> unweightedByCorpus(List<ClipDecision> decisions, int classes) {
    SortedMap<String, Double> accuracies = new TreeMap<>();
    parts(decisions, d -> origin(d).corpus())
        .forEach(
            (corpus, part) ->
                accuracies.put(corpus, FigureCounts.of(part, classes).mean().unweightedAccuracy()));
    return accuracies;
  }

  /** One group for each key, in the order of the keys. */
  private static <K extends Comparable<K>> List<Group> groups(
      List<ClipDecision> decisions,
      int classes,
      Function<ClipDecision, K> key,
      Function<K, String> name) {
    return parts(decisions, key).entrySet().stream()
        .map(e -> Group.of(name.apply(e.getKey()), FigureCounts.of(e.getValue(), classes)))
        .toList();
  }

  private static <K extends Comparable<K>> SortedMap<K, List<ClipDecision>> parts(
      List<ClipDecision> decisions, Function<ClipDecision, K> key) {
    return decisions.stream()
        .filter(d -> key.apply(d) != null)
        .collect(Collectors.groupingBy(key, TreeMap::new, Collectors.toList()));
  }

  private static Origin origin(ClipDecision decision) {
    return decision.clip().reference().origin();
  }
}
