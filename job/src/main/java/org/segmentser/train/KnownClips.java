package org.segmentser.train;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.segmentser.Json;
import org.segmentser.features.ClipFeatures;
import org.segmentser.features.Utterance;
import org.segmentser.metrics.TrainingOverlap;
import org.segmentser.model.ModelDirectory;
import org.segmentser.model.ModelException;
import org.segmentser.model.ModelSpec;
import org.segmentser.segment.Segmentation;

/**
 * The clips that a model learned from or was validated with, identified by their content, including
 * those of the models that it began with: {@code heard} in its {@value ModelSpec#REPORT}.
 * Immutable.
 *
 * @param parts one per segmentation
 * @param unknown ids of the models that it began with and whose clips are unknown
 */
public record KnownClips(List<Part> parts, List<String> unknown) {
  /** Copies the lists, which must be there. */
  public KnownClips {
    parts = List.copyOf(parts);
    unknown = List.copyOf(unknown);
  }

  /**
   * Clips that were cut in the same way.
   *
   * @param segmentation name of the mode
   * @param hopFrames from one segment's start to the next
   * @param clips the {@link ClipFeatures#fingerprint} of each, in order, once
   */
  public record Part(String segmentation, int hopFrames, List<String> clips) {
    /** Copies the clips. */
    public Part {
      clips = List.copyOf(clips);
    }

    private boolean isCut(Segmentation how) {
      return segmentation.equals(how.mode().label()) && hopFrames == how.hopFrames();
    }
  }

  /**
   * The clips that a model knows once it is trained.
   *
   * @param base the model that it begins with; null for random weights
   * @throws ModelException if the base model's report cannot be read
   */
  public static KnownClips of(Split split, Segmentation segmentation, ModelDirectory base) {
    Set<String> clips = new TreeSet<>();
    Stream.of(split.learned(), split.validation())
        .flatMap(List::stream)
        .forEach(u -> clips.add(u.features().fingerprint()));
    List<Part> parts = new ArrayList<>();
    List<String> unknown = new ArrayList<>();
    Optional<KnownClips> before = base == null ? Optional.empty() : of(base);
    for (Part part : before.map(KnownClips::parts).orElse(List.of())) {
      if (part.isCut(segmentation)) {
        clips.addAll(part.clips());
      } else {
        parts.add(part);
      }
    }
    before.map(KnownClips::unknown).ifPresent(unknown::addAll);
    if (base != null && before.isEmpty()) {
      unknown.add(base.spec().modelId());
    }
    parts.add(
        new Part(segmentation.mode().label(), segmentation.hopFrames(), new ArrayList<>(clips)));
    return new KnownClips(parts, unknown);
  }

  /**
   * The clips that a model's report names.
   *
   * @return empty if it names none
   * @throws ModelException if its report cannot be read
   */
  private static Optional<KnownClips> of(ModelDirectory model) {
    return model.report().flatMap(report -> read(report, model));
  }

  private static Optional<KnownClips> read(byte[] report, ModelDirectory model) {
    try {
      JsonNode heard = Json.MAPPER.readTree(report).path("heard");
      return heard.isObject()
          ? Optional.of(Json.MAPPER.treeToValue(heard, KnownClips.class))
          : Optional.empty();
    } catch (JsonProcessingException e) {
      throw new ModelException(
          String.format(
              Locale.ROOT,
              "%s of model %s is broken: %s",
              ModelSpec.REPORT,
              model,
              e.getOriginalMessage().lines().findFirst().orElse("not JSON")),
          e);
    } catch (IOException e) {
      throw new ModelException(ModelSpec.REPORT + " of model " + model + " is broken", e);
    }
  }

  /**
   * The clips that a model does not know, as far as its report tells.
   *
   * @param segmentation how the clips are cut
   * @throws ModelException if the model's report cannot be read
   */
  static List<Utterance> unheard(
      ModelDirectory model, List<Utterance> clips, Segmentation segmentation) {
    Set<String> known =
        of(model).map(KnownClips::parts).orElse(List.of()).stream()
            .filter(part -> part.isCut(segmentation))
            .flatMap(part -> part.clips().stream())
            .collect(Collectors.toSet());
    return clips.stream().filter(u -> !known.contains(u.features().fingerprint())).toList();
  }

  /**
   * How many of some clips a model knows.
   *
   * @param name of the model in a sentence, such as "the model"
   * @param segmentation how the clips are cut
   * @throws ModelException if the model's report cannot be read
   */
  public static TrainingOverlap overlap(
      ModelDirectory model, String name, List<Utterance> clips, Segmentation segmentation) {
    Optional<KnownClips> named = of(model);
    if (named.isEmpty()) {
      return new TrainingOverlap(
          null, clips.size(), name + " does not say which clips it was trained on");
    }
    Set<String> known = new HashSet<>();
    List<String> unsure = new ArrayList<>();
    boolean isComparable = false;
    for (Part part : named.get().parts()) {
      if (part.isCut(segmentation)) {
        isComparable = true;
        known.addAll(part.clips());
      } else {
        unsure.add(
            "it was trained on clips that were cut differently (" + part.segmentation() + ")");
      }
    }
    named
        .get()
        .unknown()
        .forEach(id -> unsure.add("its base model " + id + " does not say what it was trained on"));
    String doubt = unsure.isEmpty() ? "" : ", as " + String.join(", and ", unsure);
    if (!isComparable) {
      return new TrainingOverlap(
          null,
          clips.size(),
          "it cannot be told which of these clips " + name + " was trained on" + doubt);
    }
    int count =
        (int) clips.stream().filter(u -> known.contains(u.features().fingerprint())).count();
    return new TrainingOverlap(
        count,
        clips.size(),
        String.format(
            Locale.ROOT,
            "%s was trained on %,d of these %,d clips%s",
            name,
            count,
            clips.size(),
            unsure.isEmpty() ? "" : "; there may be more" + doubt));
  }
}
