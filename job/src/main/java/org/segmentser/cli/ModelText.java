package org.segmentser.cli;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.segmentser.model.ModelSpec;
import org.segmentser.model.ModelSpec.Architecture;
import org.segmentser.model.ModelSpec.FileFacts;
import org.segmentser.model.ModelSpec.FrontEnd;
import org.segmentser.model.ModelSpec.Head;
import org.segmentser.model.ModelSpec.Provenance;

/** A model's description for people. */
final class ModelText {
  private ModelText() {}

  /** A line each for the id, the layers, the front end, the provenance and the files. */
  static String of(ModelSpec spec) {
    Architecture architecture = spec.architecture();
    Head head = spec.head();
    FrontEnd frontEnd = spec.frontEnd();
    Provenance provenance = spec.provenance();
    StringBuilder text = new StringBuilder();
    line(text, "model", spec.modelId());
    line(text, "convolutions", widths(architecture.conv()));
    if (architecture.inputLevel() != null) {
      line(text, "input level", "each patch brought to a mean of " + architecture.inputLevel());
    }
    line(text, "fully connected", widths(architecture.fc()));
    line(text, "embedding", architecture.embedding() + ", fc2 " + architecture.fc2());
    line(
        text,
        "head",
        head == null ? "none: embeds only" : widths(List.of(head.hidden(), head.labels().size())));
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
    line(text, "source", provenance.source());
    line(text, "source SHA-256", provenance.sha256());
    line(text, "made", provenance.imported() + " by " + provenance.tool());
    for (Map.Entry<String, FileFacts> file : spec.files().entrySet()) {
      FileFacts facts = file.getValue();
      line(text, "file", format("%s, %,d bytes, %s", file.getKey(), facts.bytes(), facts.sha256()));
    }
    return text.toString();
  }

  private static String widths(List<Integer> widths) {
    return widths.stream().map(String::valueOf).collect(Collectors.joining(", "));
  }

  private static void line(StringBuilder text, String name, String value) {
    text.append(format("%-16s  %s%n", name, value));
  }

  private static String format(String format, Object... values) {
    return String.format(Locale.ROOT, format, values);
  }
}
