package org.segmentser.cli;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.spark.sql.SparkSession;
import org.segmentser.UserError;
import org.segmentser.cli.HelpGroup.Heading;
import org.segmentser.corpus.CorpusName;
import org.segmentser.corpus.LabelledClip;
import org.segmentser.corpus.LabelledCorpus;
import org.segmentser.corpus.LabelledListing;
import org.segmentser.corpus.LabelledManifest;
import org.segmentser.corpus.LabelledManifest.Columns;
import org.segmentser.source.Inputs;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The options of commands that read labelled audio. */
final class LabelledOptions {
  @HelpGroup(Heading.INPUT)
  @Option(
      names = "--corpus",
      paramLabel = "LAYOUT=ROOT",
      description =
          "a corpus below the directory ROOT, on any Hadoop file system, whose LAYOUT tells the"
              + " labels: folders (one directory per label), emodb, iemocap, ravdess, crema-d, tess"
              + " or savee; may be given several times, of a single one --input may name the root")
  private List<CorpusOption> corpora = List.of();

  @HelpGroup(Heading.INPUT)
  @Option(
      names = "--input",
      paramLabel = "URI",
      description =
          "root directory of a single --corpus LAYOUT; without --corpus, tar shards with the labels"
              + " beside the audio or, with --format, a table that holds audio")
  private String input;

  @HelpGroup(Heading.INPUT)
  @Option(
      names = "--manifest",
      paramLabel = "URI",
      description =
          "CSV, JSON Lines or Parquet file with the columns uri, label and, if wanted, corpus,"
              + " speaker, sex, age, session, id, start_s and end_s, or a manifest of NeMo or"
              + " Lhotse; may be given several times, and beside --corpus")
  private List<String> manifests = List.of();

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
      names = "--heard-column",
      paramLabel = "NAME",
      description =
          "column with the label that most listeners heard, several of them with + between: clips"
              + " in which that is not the label are not learned from, only tested on (default:"
              + " none)")
  private String heardColumn;

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
    if (manifests.isEmpty() && corpora.isEmpty() && input == null) {
      throw UserError.usage(
          "labelled audio is given by --corpus LAYOUT=ROOT and --manifest URI, each as often as"
              + " wanted; or by --input URI alone, for tar shards or, with --format, a table");
    }
    if (audioColumn != null && format == null) {
      throw UserError.usage("--audio-column goes with --format, which says what the table is");
    }
    if (format != null && (!corpora.isEmpty() || input == null)) {
      throw UserError.usage("--format goes with --input, which names the table, without --corpus");
    }
    checkCorpora();
    checkColumns();
  }

  private void checkCorpora() {
    boolean isOneWithoutRoot = corpora.size() == 1 && corpora.get(0).root() == null;
    if (input != null && !isOneWithoutRoot && !(corpora.isEmpty() && manifests.isEmpty())) {
      throw UserError.usage(
          "--input goes with a single --corpus LAYOUT, whose root it names, or stands alone;"
              + " beside others a corpus is --corpus LAYOUT=ROOT");
    }
    for (CorpusOption corpus : corpora()) {
      if (corpus.root() == null) {
        throw UserError.usage(
            "--corpus " + corpus + " needs its root directory, as --corpus " + corpus + "=ROOT");
      }
    }
    Set<String> names = new HashSet<>();
    for (CorpusOption corpus : corpora()) {
      String name = CorpusName.of(corpus.layout(), corpus.root());
      if (!names.add(name)) {
        throw LabelledCorpus.sameName(name);
      }
    }
    if (Set.copyOf(manifests).size() < manifests.size()) {
      throw UserError.usage("--manifest names a manifest twice");
    }
  }

  private void checkColumns() {
    if (manifests.isEmpty() && corpora.isEmpty()) {
      columns.refuseUri();
    }
    if (manifests.isEmpty()
        && !corpora.isEmpty()
        && Stream.of(
                columns.uri(), labelColumn, speakerColumn, sessionColumn, heardColumn, columns.id())
            .anyMatch(Objects::nonNull)) {
      throw UserError.usage(
          "--uri-column, --label-column, --speaker-column, --session-column, --heard-column and"
              + " --id-column do not go with --corpus, but with --manifest");
    }
  }

  /** Whether some clips are not to be learned from. */
  boolean hasHeard() {
    return heardColumn != null;
  }

  /** What {@code --corpus} names, with {@code --input} as the root of a single one. */
  private List<CorpusOption> corpora() {
    return input == null || corpora.isEmpty() ? corpora : List.of(corpora.get(0).at(input));
  }

  /**
   * Lists the clips.
   *
   * @throws UserError if they cannot be listed, or a label is wrong
   */
  LabelledCorpus list(SparkSession spark, List<String> labels) {
    List<LabelledCorpus> listed = new ArrayList<>();
    for (CorpusOption corpus : corpora()) {
      listed.add(
          LabelledListing.list(
              corpus.layout(), corpus.root(), labels, spark.sessionState().newHadoopConf()));
    }
    for (Inputs inputs : inputs()) {
      listed.add(LabelledManifest.list(spark, inputs, columns(), labels));
    }
    return LabelledCorpus.together(listed);
  }

  /** What has its labels in a column. */
  private List<Inputs> inputs() {
    Inputs.Columns names =
        new Inputs.Columns(columns.uri(), columns.id(), audioColumn, List.of(), List.of());
    return input != null && corpora.isEmpty()
        ? List.of(new Inputs(List.of(input), format, List.of(), names))
        : manifests.stream().map(manifest -> Inputs.ofManifest(manifest, names)).toList();
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
    CorporaText.tell(corpus.clips().stream().map(LabelledClip::origin).toList(), out);
    corpus.leftOut().forEach((what, n) -> out.printf(Locale.ROOT, "  left out  %,d %s%n", n, what));
  }

  /** What is read, without where it is: for a title. */
  String name() {
    return Stream.of(
            corpora().stream().map(corpus -> CorpusName.of(corpus.layout(), corpus.root())),
            manifests.stream().map(CorpusName::ofManifest),
            corpora.isEmpty()
                ? Stream.ofNullable(input).map(CorpusName::last)
                : Stream.<String>of())
        .flatMap(names -> names)
        .sorted()
        .collect(Collectors.joining(", "));
  }

  /** What is read, in the words of a report, whatever its order on the command line. */
  String describe() {
    return Stream.of(
            corpora().stream().map(corpus -> corpus.layout().label() + " at " + corpus.root()),
            manifests.stream().map(manifest -> "manifest " + manifest),
            corpora.isEmpty() ? Stream.ofNullable(input) : Stream.<String>of())
        .flatMap(inputs -> inputs)
        .sorted()
        .collect(Collectors.joining("; "));
  }

  Columns columns() {
    return new Columns(
        Objects.requireNonNullElse(columns.uri(), Columns.DEFAULT.uri()),
        Objects.requireNonNullElse(labelColumn, Columns.DEFAULT.label()),
        Objects.requireNonNullElse(speakerColumn, Columns.DEFAULT.speaker()),
        Objects.requireNonNullElse(sessionColumn, Columns.DEFAULT.session()),
        heardColumn);
  }
}
