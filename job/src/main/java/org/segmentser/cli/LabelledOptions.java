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
      description = "root directory of the --corpus, on any Hadoop file system")
  private String input;

  @HelpGroup(Heading.INPUT)
  @Option(
      names = "--manifest",
      paramLabel = "URI",
      description =
          "CSV, JSON Lines or Parquet file with the columns uri, label and, if wanted, speaker,"
              + " session, id, start_s and end_s; instead of --corpus")
  private String manifest;

  @HelpGroup(Heading.INPUT)
  @Option(
      names = "--uri-column",
      paramLabel = "NAME",
      description = "column of the --manifest that names the files (default: uri)")
  private String uriColumn;

  @HelpGroup(Heading.INPUT)
  @Option(
      names = "--label-column",
      paramLabel = "NAME",
      description = "column of the --manifest with the labels (default: label)")
  private String labelColumn;

  @HelpGroup(Heading.INPUT)
  @Option(
      names = "--speaker-column",
      paramLabel = "NAME",
      description =
          "column of the --manifest with the speakers (default: speaker, if there is one)")
  private String speakerColumn;

  @HelpGroup(Heading.INPUT)
  @Option(
      names = "--session-column",
      paramLabel = "NAME",
      description =
          "column of the --manifest with the sessions (default: session, if there is one)")
  private String sessionColumn;

  /**
   * Checks the options without reading anything.
   *
   * @throws UserError if they do not go together, or hold credentials
   */
  void check() {
    if ((manifest == null) == (corpus == null)) {
      throw UserError.usage(
          "labelled audio is given by either --manifest URI or --corpus LAYOUT with --input URI");
    }
    if (manifest != null) {
      if (input != null) {
        throw UserError.usage("--input goes with --corpus, not with --manifest");
      }
      return;
    }
    if (input == null) {
      throw UserError.usage(
          "--corpus " + corpus.label() + " needs its root directory, as --input URI");
    }
    if (Stream.of(uriColumn, labelColumn, speakerColumn, sessionColumn)
        .anyMatch(Objects::nonNull)) {
      throw UserError.usage(
          "--uri-column, --label-column, --speaker-column and --session-column go with --manifest,"
              + " not with --corpus");
    }
  }

  /**
   * Lists the clips.
   *
   * @throws UserError if they cannot be listed, or a label is wrong
   */
  LabelledCorpus list(SparkSession spark, List<String> labels) {
    return manifest == null
        ? LabelledListing.list(corpus, input, labels, spark.sessionState().newHadoopConf())
        : LabelledManifest.list(spark, manifest, columns(), labels);
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
    return manifest == null && corpus != Layout.FOLDERS ? corpus.label() : last;
  }

  /** What is read, in the words of a report. */
  String describe() {
    return manifest == null ? corpus.label() + " at " + input : "manifest " + manifest;
  }

  Columns columns() {
    return new Columns(
        Objects.requireNonNullElse(uriColumn, Columns.DEFAULT.uri()),
        Objects.requireNonNullElse(labelColumn, Columns.DEFAULT.label()),
        Objects.requireNonNullElse(speakerColumn, Columns.DEFAULT.speaker()),
        Objects.requireNonNullElse(sessionColumn, Columns.DEFAULT.session()));
  }
}
