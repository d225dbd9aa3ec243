package org.segmentser.cli;

import java.io.PrintStream;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.spark.sql.SparkSession;
import org.segmentser.UserError;
import org.segmentser.cli.HelpGroup.Heading;
import org.segmentser.corpus.LabelledCorpus;
import org.segmentser.corpus.LabelledListing;
import org.segmentser.corpus.LabelledManifest;
import org.segmentser.corpus.LabelledManifest.Columns;
import org.segmentser.corpus.Layout;
import org.segmentser.source.Inputs;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The options of commands that read labelled audio. */
final class LabelledOptions {
  @HelpGroup(Heading.INPUT)
  @Option(
      names = "--corpus",
      paramLabel = "LAYOUT",
      description =
          "how the audio below --input tells its labels: folders (one directory per label), emodb,"
              + " iemocap, ravdess, crema-d, tess or savee")
  private Layout corpus;

  @HelpGroup(Heading.INPUT)
  @Option(
      names = "--input",
      paramLabel = "URI",
      description =
          "root directory of the --corpus, on any Hadoop file system; without --corpus, tar shards"
              + " with the labels beside the audio or, with --format, a table that holds audio")
  private String input;

  @HelpGroup(Heading.INPUT)
  @Option(
      names = "--manifest",
      paramLabel = "URI",
      description =
          "CSV, JSON Lines or Parquet file with the columns uri, label and, if wanted, speaker,"
              + " session, id, start_s and end_s, or a manifest of NeMo or Lhotse; instead of"
              + " --corpus")
  private String manifest;

  @Mixin private ColumnOptions columns;

  @HelpGroup(Heading.INPUT)
  @Option(
      names = "--label-column",
      paramLabel = "NAME",
      description =
          "column with the labels (default: label): of a manifest or table, or what stands beside"
              + " the audio in a tar shard (a field of its JSON file, or another file by its"
              + " extension, such as cls)")
  private String labelColumn;

  @HelpGroup(Heading.INPUT)
  @Option(
      names = "--speaker-column",
      paramLabel = "NAME",
      description = "column with the speakers (default: speaker, if there is one)")
  private String speakerColumn;

  @HelpGroup(Heading.INPUT)
  @Option(
      names = "--session-column",
      paramLabel = "NAME",
      description = "column with the sessions (default: session, if there is one)")
  private String sessionColumn;

  @HelpGroup(Heading.INPUT)
  @Option(
      names = "--format",
      paramLabel = "FORMAT",
      description =
          "the --input is a table with audio in a column, which Spark reads by this format:"
              + " parquet, orc, delta, iceberg or another")
  private String format;

  @HelpGroup(Heading.INPUT)
  @Option(
      names = "--audio-column",
      paramLabel = "NAME",
      description = "column of the table with the audio (default: audio)")
  private String audioColumn;

  /**
   * Checks the options without reading anything.
   *
   * @throws UserError if they do not go together, or hold credentials
   */
  void check() {
    boolean isNothing = manifest == null && corpus == null && input == null;
    if (isNothing || (manifest != null && (corpus != null || input != null))) {
      throw UserError.usage(
          "labelled audio is given by --manifest URI; by --corpus LAYOUT with --input URI; or by"
              + " --input URI alone, for tar shards or, with --format, a table");
    }
    if (audioColumn != null && format == null) {
      throw UserError.usage("--audio-column goes with --format, which says what the table is");
    }
    if (format != null && (corpus != null || input == null)) {
      throw UserError.usage("--format goes with --input, which names the table, without --corpus");
    }
    if (corpus == null) {
      if (input != null) {
        columns.refuseUri();
      }
      return;
    }
    if (input == null) {
      throw UserError.usage(
          "--corpus " + corpus.label() + " needs its root directory, as --input URI");
    }
    if (Stream.of(columns.uri(), labelColumn, speakerColumn, sessionColumn, columns.id())
        .anyMatch(Objects::nonNull)) {
      throw UserError.usage(
          "--uri-column, --label-column, --speaker-column, --session-column and --id-column do not"
              + " go with --corpus");
    }
  }

  /**
   * Lists the clips.
   *
   * @throws UserError if they cannot be listed, or a label is wrong
   */
  LabelledCorpus list(SparkSession spark, List<String> labels) {
    return corpus != null
        ? LabelledListing.list(corpus, input, labels, spark.sessionState().newHadoopConf())
        : LabelledManifest.list(spark, inputs(), columns(), labels);
  }

  private Inputs inputs() {
    Inputs.Columns names =
        new Inputs.Columns(columns.uri(), columns.id(), audioColumn, List.of(), List.of());
    return manifest != null
        ? Inputs.ofManifest(manifest, names)
        : new Inputs(List.of(input), format, List.of(), names);
  }

  /** What would be read, for a dry run. */
  static void tell(LabelledCorpus corpus, PrintStream out) {
    Map<String, Long> labels = new TreeMap<>();
    corpus.clips().forEach(clip -> labels.merge(clip.label(), 1L, Long::sum));
    out.printf(
        Locale.ROOT,
        "dry run: %,d clips would be read (%s); nothing was written%n",
        corpus.clips().size(),
        labels.entrySet().stream()
            .map(label -> label.getValue() + " " + label.getKey())
            .collect(Collectors.joining(", ")));
    corpus.leftOut().forEach((what, n) -> out.printf(Locale.ROOT, "  left out  %,d %s%n", n, what));
  }

  /** What is read, without where it is: for a title. */
  String name() {
    String uri = manifest == null ? input : manifest;
    String last = uri.replaceFirst("/+$", "").replaceFirst(".*/", "");
    return corpus == null || corpus == Layout.FOLDERS ? last : corpus.label();
  }

  /** What is read, in the words of a report. */
  String describe() {
    if (corpus != null) {
      return corpus.label() + " at " + input;
    }
    return manifest != null ? "manifest " + manifest : input;
  }

  Columns columns() {
    return new Columns(
        Objects.requireNonNullElse(columns.uri(), Columns.DEFAULT.uri()),
        Objects.requireNonNullElse(labelColumn, Columns.DEFAULT.label()),
        Objects.requireNonNullElse(speakerColumn, Columns.DEFAULT.speaker()),
        Objects.requireNonNullElse(sessionColumn, Columns.DEFAULT.session()));
  }
}
