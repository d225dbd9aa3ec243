package org.segmentser.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.segmentser.Json;
import org.segmentser.UserError;
import org.segmentser.model.Calibration;
import org.segmentser.model.ModelException;
import org.segmentser.model.ModelSpec;
import org.segmentser.model.ModelSpec.FileFacts;
import org.segmentser.model.ModelSpec.FrontEndSpec;
import org.segmentser.model.ModelSpec.Head;
import org.segmentser.model.ModelSpec.Provenance;
import org.segmentser.tables.Caution;
import org.segmentser.train.Recipe;

/** A model's description for people. */
final class ModelText {
  private ModelText() {}

  /** The error for a {@code --name} that no model can have. */
  static UserError wrongName(String name) {
    return UserError.usage(
        format(
            "--name is '%s'; it must be 1 to %d letters, digits, '.', '_' or '-', the first a"
                + " letter or digit",
            name, ModelSpec.MAX_NAME));
  }

  /**
   * Lines for the id, the training, the layers, the front end, the provenance and the files.
   *
   * @param report of its training, as JSON; empty for a model that was imported
   */
  static String of(ModelSpec spec, Optional<byte[]> report) {
    Head head = spec.head();
    FrontEndSpec frontEnd = spec.frontEnd();
    Provenance provenance = spec.provenance();
    StringBuilder text = new StringBuilder();
    line(text, "model", spec.modelId());
    report.ifPresent(json -> training(text, json, spec));
    if (!spec.family().equals(ModelSpec.DEFAULT_FAMILY)) {
      line(text, "family", spec.family());
    }
    spec.architecture().summary().forEach((name, value) -> line(text, name, value));
    line(
        text,
        "head",
        head == null ? "none: embeds only" : head.hidden() + ", " + head.labels().size());
    if (head != null) {
      line(text, "labels", String.join(", ", head.labels()));
    }
    line(text, "parameters", format("%,d", spec.parameters()));
    line(
        text,
        "size",
        format(
            "%.1f MiB",
            spec.files().values().stream().mapToLong(FileFacts::bytes).sum() / 1048576.0));
    line(
        text,
        "front end",
        format(
            "%d Hz, %d ms windows every %d ms, %d mel bands %d to %d Hz, log(x + %s), %d frames",
            frontEnd.sampleRate(),
            frontEnd.windowMs(),
            frontEnd.hopMs(),
            frontEnd.melBands(),
            frontEnd.melMinHz(),
            frontEnd.melMaxHz(),
            frontEnd.logOffset(),
            frontEnd.frames()));
    line(
        text,
        "post-processing",
        spec.postProcessing() == null ? "none" : "PCA and 8 bits, " + spec.postProcessing().pca());
    if (head != null) {
      line(text, "calibration", calibration(spec.calibration()));
    }
    line(text, "source", provenance.source());
    line(text, "source SHA-256", provenance.sha256());
    line(text, "made", provenance.imported() + " by " + provenance.tool());
    for (Map.Entry<String, FileFacts> file : spec.files().entrySet()) {
      FileFacts facts = file.getValue();
      line(text, "file", format("%s, %,d bytes, %s", file.getKey(), facts.bytes(), facts.sha256()));
    }
    return text.toString();
  }

  /**
   * How the model was trained and how good it proved to be. What an older version did not report is
   * left out.
   */
  private static void training(StringBuilder text, byte[] json, ModelSpec spec) {
    JsonNode report;
    try {
      report = Json.MAPPER.readTree(json);
    } catch (IOException e) {
      throw new ModelException(
          ModelSpec.REPORT + " of model " + spec.modelId() + " is broken: " + UserError.reason(e),
          e);
    }
    JsonNode data = report.path("data");
    line(
        text,
        "trained on",
        format(
            "%s: %s, %,d segments",
            data.path("description").asText(),
            clips(data.path("clips")),
            data.path("segments").asLong()));
    if (data.path("corpora").size() > 1) {
      for (Map.Entry<String, JsonNode> corpus : data.path("corpora").properties()) {
        line(text, "", "corpus " + corpus.getKey() + ": " + corpus(corpus.getValue()));
      }
    }
    // Models of earlier versions were trained on all segments.
    line(text, "speech", data.path("speech").asText("off"));
    line(
        text,
        "split",
        format(
            "by %s: learned from %s%s; validated on %s; tested on %s",
            lower(report.at("/settings/split")),
            side(report.at("/split/training")),
            unheard(report.at("/split/training/unheard").asLong()),
            side(report.at("/split/validation")),
            side(report.at("/split/test"))));
    JsonNode base = report.path("base_model");
    line(text, "base model", base.isTextual() ? base.asText() : "none: began with random weights");
    double baseShare = report.at("/settings/recipe/base_share").asDouble();
    line(
        text,
        "training",
        format(
            "%s, seed %d, %s after %d epochs; the weights are those of epoch %d%s",
            lower(report.at("/settings/mode")).replace('_', '-'),
            report.at("/settings/seed").asLong(),
            lower(report.path("end")),
            report.path("epochs").size(),
            report.path("best_epoch").asInt(),
            TrainingText.mixed(baseShare)));
    recipe(report.at("/settings/recipe")).ifPresent(recipe -> line(text, "recipe", recipe));
    JsonNode validation =
        report.at("/epochs/" + (report.path("best_epoch").asInt() - 1)).path("validation");
    if (validation.isObject()) {
      line(
          text,
          "validation",
          format(
              "%sweighted accuracy %.3f, unweighted %.3f, by segment %.3f",
              baseShare == 0 ? "" : "before mixing, ",
              validation.path("clip_accuracy").asDouble(),
              validation.path("unweighted_recall").asDouble(),
              validation.path("segment_accuracy").asDouble()));
    }
    JsonNode heldOut = report.path("held_out");
    if (heldOut.isObject()) {
      line(
          text,
          "held out",
          format(
              "%,d clips, by %d models like it, each trained without a part of them",
              heldOut.path("clips").asInt(), report.path("calibration_folds").asInt()));
      figures(text, "", heldOut);
    }
    JsonNode test = report.path("test");
    if (test.isObject()) {
      figures(text, "test", test);
    } else {
      line(text, "test", "none: no clips were set apart for it");
    }
  }

  /** Over all clips, and for each of several corpora. */
  private static void figures(StringBuilder text, String name, JsonNode evaluation) {
    line(
        text,
        name,
        format(
            "weighted accuracy %s, unweighted %s, by segment %s",
            figure(evaluation, "weighted_accuracy"),
            figure(evaluation, "unweighted_accuracy"),
            figure(evaluation, "frame_accuracy")));
    if (evaluation.path("corpora").size() > 1) {
      for (JsonNode corpus : evaluation.path("corpora")) {
        line(
            text,
            "",
            format(
                "on %s: weighted accuracy %s, unweighted %s",
                corpus.path("name").asText(),
                figure(corpus, "weighted_accuracy"),
                figure(corpus, "unweighted_accuracy")));
      }
    }
    JsonNode told = evaluation.at("/trained_on/told");
    if (told.isTextual()) {
      line(text, "", "of these clips: " + told.asText());
    }
  }

  private static String calibration(Calibration calibration) {
    return calibration == null
        ? "none: nobody has found out how sure it is"
        : format(
            "by %,d clips: temperature %.3f; at coverage %.1f a set holds emotions of at least"
                + " %.3f; %s",
            calibration.conformal().clips(),
            calibration.temperature(),
            Caution.DEFAULT_COVERAGE,
            1 - calibration.conformal().threshold(Caution.DEFAULT_COVERAGE),
            calibration.novelty() == null
                ? "cannot tell audio that it does not know"
                : "tells audio that it does not know by " + calibration.novelty());
  }

  private static String lower(JsonNode name) {
    return name.asText("unknown").toLowerCase(Locale.ROOT);
  }

  private static String clips(JsonNode counts) {
    List<String> labels = new ArrayList<>();
    long all = 0;
    for (Map.Entry<String, JsonNode> label : counts.properties()) {
      all += label.getValue().asLong();
      labels.add(format("%,d %s", label.getValue().asLong(), label.getKey()));
    }
    return format("%,d clips", all)
        + (labels.isEmpty() ? "" : " (" + String.join(", ", labels) + ")");
  }

  private static String side(JsonNode side) {
    long clips = 0;
    for (JsonNode count : side.path("clips")) {
      clips += count.asLong();
    }
    return clips == 0 ? "none" : format("%,d clips", clips) + speakers(side);
  }

  /** What is not learned from of clips to learn from; nothing where all of it is. */
  static String unheard(long clips) {
    return clips == 0
        ? ""
        : format(" but for %,d in which listeners did not hear the label", clips);
  }

  private static String corpus(JsonNode corpus) {
    return clips(corpus.path("clips")) + speakers(corpus);
  }

  private static String speakers(JsonNode clips) {
    int speakers = clips.path("speakers").size();
    return speakers == 0 ? "" : format(" of %,d speaker%s", speakers, speakers == 1 ? "" : "s");
  }

  private static Optional<String> recipe(JsonNode recipe) {
    try {
      return Optional.of(Json.MAPPER.treeToValue(recipe, Recipe.class).text());
    } catch (JsonProcessingException | RuntimeException e) {
      // That of another version, which had other settings.
      return Optional.empty();
    }
  }

  private static String figure(JsonNode test, String name) {
    JsonNode figure = test.path("figures").path(name);
    return format(
        "%.3f (%.3f to %.3f)",
        figure.path("value").asDouble(),
        figure.path("low").asDouble(),
        figure.path("high").asDouble());
  }

  private static void line(StringBuilder text, String name, String value) {
    text.append(format("%-16s  %s%n", name, value));
  }

  private static String format(String format, Object... values) {
    return String.format(Locale.ROOT, format, values);
  }
}
