package org.segmentser.train;

import static java.util.stream.Collectors.joining;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Stream;
import org.segmentser.BuildInfo;
import org.segmentser.Json;
import org.segmentser.features.LabelledFeatures;
import org.segmentser.features.Utterance;
import org.segmentser.metrics.Evaluation;
import org.segmentser.metrics.Origin;
import org.segmentser.segment.Speech;

/**
 * How a trained model came about: the content of its {@value
 * org.segmentser.model.ModelSpec#REPORT}, in which the result is not a level of its own. Immutable.
 *
 * @param data the model was trained on
 * @param split who was on which side
 * @param heard the clips that the model now knows
 * @param settings of the training
 * @param calibrationFolds models that were trained beside this one to find out how sure it may be;
 *     0 where its own validation told
 * @param heldOut figures of those models, each on the clips that it was not trained on; null
 *     without them
 * @param baseModel id of the model that the training began with; null for random weights
 * @param result how the training went
 * @param test figures on the test side; null if there is none
 * @param environment versions and machine
 */
public record TrainingReport(
    Data data,
    Sides split,
    KnownClips heard,
    TrainingPlan settings,
    int calibrationFolds,
    Evaluation heldOut,
    String baseModel,
    @JsonUnwrapped Trainer.Result result,
    Evaluation test,
    Environment environment) {

  /**
   * The data.
   *
   * @param description where it was
   * @param fingerprint of clips, labels and segmentation
   * @param speech what was made of whether somebody speaks
   * @param clips how many, by label
   * @param corpora the same for each corpus, by its name
   * @param segments how many, of all clips
   * @param leftOut how many clips were not asked for, by what they are
   * @param rejected clips that could not be used, and why
   */
  public record Data(
      String description,
      String fingerprint,
      String speech,
      Map<String, Long> clips,
      SortedMap<String, CorpusData> corpora,
      long segments,
      SortedMap<String, Long> leftOut,
      List<String> rejected) {

    /** Sums up {@code data}. */
    public static Data of(LabelledFeatures data, Speech speech, List<String> labels) {
      return new Data(
          data.description(),
          data.fingerprint(),
          speech.text(),
          counts(data.utterances(), labels),
          byCorpus(data.utterances(), part -> CorpusData.of(part, labels)),
          data.utterances().stream().mapToLong(u -> u.features().rows()).sum(),
          data.leftOut(),
          data.rejected());
    }
  }

  /**
   * The data of a corpus.
   *
   * @param clips how many, by label
   * @param speakers in order; empty if they are unknown
   */
  public record CorpusData(Map<String, Long> clips, List<Speaker> speakers) {
    static CorpusData of(List<Utterance> corpus, List<String> labels) {
      SortedMap<String, List<Utterance>> speakers = new TreeMap<>();
      corpus.stream()
          .filter(u -> u.origin().speaker() != null)
          .forEach(
              u -> speakers.computeIfAbsent(u.origin().speaker(), s -> new ArrayList<>()).add(u));
      return new CorpusData(
          counts(corpus, labels),
          speakers.entrySet().stream().map(s -> Speaker.of(s.getKey(), s.getValue())).toList());
    }
  }

  /**
   * A speaker of a corpus.
   *
   * @param sex null if unknown
   * @param age in years, at the first of the clips; null if unknown
   * @param clips how many
   */
  public record Speaker(String name, String sex, Integer age, long clips) {
    private static Speaker of(String name, List<Utterance> clips) {
      Origin first = clips.get(0).origin();
      return new Speaker(name, first.sex(), first.age(), clips.size());
    }
  }

  /** The sides of a split. */
  public record Sides(Side training, Side validation, Side test) {
    /** Sums up {@code split}. */
    public static Sides of(Split split, List<String> labels) {
      boolean areSeveral =
          Utterance.areOfSeveralCorpora(
              Stream.of(split.training(), split.validation(), split.test())
                  .flatMap(List::stream)
                  .toList());
      return new Sides(
          Side.of(split.training(), labels, areSeveral),
          Side.of(split.validation(), labels, areSeveral),
          Side.of(split.test(), labels, areSeveral));
    }
  }

  /**
   * One side of a split.
   *
   * @param clips how many, by label
   * @param speakers in order, with their corpus where there are several; empty if they are unknown
   * @param corpora the same for each corpus, by its name
   * @param unheard clips in which listeners did not hear the label, which are not learned from
   */
  public record Side(
      Map<String, Long> clips,
      List<String> speakers,
      SortedMap<String, CorpusSide> corpora,
      long unheard) {
    static Side of(List<Utterance> side, List<String> labels, boolean areSeveral) {
      return new Side(
          counts(side, labels),
          names(side, areSeveral),
          byCorpus(side, part -> new CorpusSide(counts(part, labels), names(part, false))),
          side.stream().filter(u -> !u.isHeard()).count());
    }

    /** How many clips of how many speakers, for a line of text. */
    public String text() {
      return text(clips, speakers)
          + (corpora.size() < 2
              ? ""
              : corpora.entrySet().stream()
                  .map(c -> c.getKey() + " " + text(c.getValue().clips(), c.getValue().speakers()))
                  .collect(joining("; ", " (", ")")));
    }

    private static String text(Map<String, Long> clips, List<String> speakers) {
      long total = clips.values().stream().mapToLong(n -> n).sum();
      return String.format(Locale.ROOT, "%,d clips", total)
          + (speakers.isEmpty()
              ? ""
              : " of " + speakers.size() + (speakers.size() == 1 ? " speaker" : " speakers"));
    }
  }

  /**
   * The part of a corpus on one side of a split.
   *
   * @param clips how many, by label
   * @param speakers in order; empty if they are unknown
   */
  public record CorpusSide(Map<String, Long> clips, List<String> speakers) {}

  private static List<String> names(List<Utterance> clips, boolean areSeveral) {
    return clips.stream()
        .map(u -> u.origin().speakerOfCorpus())
        .filter(Objects::nonNull)
        .distinct()
        .sorted()
        .map(speaker -> speaker.text(areSeveral))
        .toList();
  }

  private static Map<String, Long> counts(List<Utterance> clips, List<String> labels) {
    Map<String, Long> counts = new TreeMap<>();
    clips.forEach(u -> counts.merge(labels.get(u.label()), 1L, Long::sum));
    return counts;
  }

  private static <T> SortedMap<String, T> byCorpus(
      List<Utterance> clips, Function<List<Utterance>, T> summary) {
    SortedMap<String, List<Utterance>> corpora = new TreeMap<>();
    clips.forEach(
        u -> corpora.computeIfAbsent(u.origin().corpus(), name -> new ArrayList<>()).add(u));
    SortedMap<String, T> summaries = new TreeMap<>();
    corpora.forEach((name, part) -> summaries.put(name, summary.apply(part)));
    return summaries;
  }

  /** The program and the machine of a training. */
  public record Environment(String version, String commit, String java, String os, int processors) {
    /** That of this process. */
    public static Environment current() {
      return new Environment(
          BuildInfo.VERSION,
          BuildInfo.COMMIT,
          System.getProperty("java.version"),
          System.getProperty("os.name") + " " + System.getProperty("os.arch"),
          Runtime.getRuntime().availableProcessors());
    }
  }

  /** This report as indented JSON, UTF-8. */
  public byte[] toJson() {
    return Json.indented(this);
  }
}
