package org.segmentser.train;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.segmentser.BuildInfo;
import org.segmentser.Json;
import org.segmentser.features.LabelledFeatures;
import org.segmentser.features.Utterance;
import org.segmentser.metrics.Evaluation;
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
   * @param segments how many, of all clips
   * @param leftOut how many clips were not asked for, by what they are
   * @param rejected clips that could not be used, and why
   */
  public record Data(
      String description,
      String fingerprint,
      String speech,
      Map<String, Long> clips,
      long segments,
      SortedMap<String, Long> leftOut,
      List<String> rejected) {

    /** Sums up {@code data}. */
    public static Data of(LabelledFeatures data, Speech speech, List<String> labels) {
      return new Data(
          data.description(),
          data.fingerprint(),
          speech.text(),
          Side.counts(data.utterances(), labels),
          data.utterances().stream().mapToLong(u -> u.features().rows()).sum(),
          data.leftOut(),
          data.rejected());
    }
  }

  /** The sides of a split. */
  public record Sides(Side training, Side validation, Side test) {
    /** Sums up {@code split}. */
    public static Sides of(Split split, List<String> labels) {
      return new Sides(
          Side.of(split.training(), labels),
          Side.of(split.validation(), labels),
          Side.of(split.test(), labels));
    }
  }

  /**
   * One side of a split.
   *
   * @param clips how many, by label
   * @param speakers in order; empty if they are unknown
   */
  public record Side(Map<String, Long> clips, List<String> speakers) {
    static Side of(List<Utterance> side, List<String> labels) {
      TreeSet<String> speakers = new TreeSet<>();
      side.stream().map(Utterance::speaker).filter(s -> s != null).forEach(speakers::add);
      return new Side(counts(side, labels), List.copyOf(speakers));
    }

    private static Map<String, Long> counts(List<Utterance> side, List<String> labels) {
      Map<String, Long> counts = new TreeMap<>();
      side.forEach(u -> counts.merge(labels.get(u.label()), 1L, Long::sum));
      return counts;
    }

    /** How many clips of how many speakers, for a line of text. */
    public String text() {
      long total = clips.values().stream().mapToLong(n -> n).sum();
      return String.format(Locale.ROOT, "%,d clips", total)
          + (speakers.isEmpty()
              ? ""
              : " of " + speakers.size() + (speakers.size() == 1 ? " speaker" : " speakers"));
    }
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
