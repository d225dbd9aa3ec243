package org.segmentser.cli;

import java.security.SecureRandom;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.segmentser.UserError;
import org.segmentser.cli.HelpGroup.Heading;
import org.segmentser.score.RunRequest;
import org.segmentser.score.ScoreSettings;
import org.segmentser.segment.ClipSettings;
import org.segmentser.source.Inputs;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Spec.Target;
import picocli.CommandLine.TypeConversionException;

/** The options of commands that read audio and write tables. */
final class AudioOptions {
  private static final Pattern RUN_ID = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,127}");
  private static final int MAX_BATCH = 4096;

  /** Shorter sections would mostly read what stands before them. */
  private static final double LEAST_SPLIT_S = 60;

  private static final double MOST_SPLIT_S = 365 * 24 * 3600.0;

  @Spec(Target.MIXEE)
  private CommandSpec command;

  @ArgGroup(exclusive = false, multiplicity = "1")
  private Source source;

  private static final class Source {
    @HelpGroup(Heading.INPUT)
    @Option(
        names = "--input",
        paramLabel = "URI",
        description =
            "audio file, tar shard (.tar, .tar.gz, .tgz), directory (all of them below it) or"
                + " quoted glob, on any Hadoop file system; with --format, a table that holds"
                + " audio; may be given several times")
    private List<String> inputs = List.of();

    @HelpGroup(Heading.INPUT)
    @Option(
        names = "--manifest",
        paramLabel = "URI",
        description =
            "CSV, JSON Lines or Parquet file with the column uri and, if wanted, id, start_s,"
                + " end_s, channel and party; or a manifest of NeMo, Lhotse or S3 Inventory; may"
                + " be given several times")
    private List<String> manifests = List.of();
  }

  @HelpGroup(Heading.INPUT)
  @Option(
      names = "--uri-column",
      paramLabel = "NAME",
      description = "column of the --manifest that names the files (default: uri)")
  private String uriColumn;

  @HelpGroup(Heading.INPUT)
  @Option(
      names = "--keep",
      paramLabel = "NAME",
      split = ",",
      description =
          "other columns to keep in the tables, as text, separated by commas: of a manifest or"
              + " table, or what stands beside the audio in a tar shard (a field of its JSON file,"
              + " or another file by its extension, such as txt)")
  private List<String> kept;

  @HelpGroup(Heading.INPUT)
  @Option(
      names = "--id-column",
      paramLabel = "NAME",
      description = "column with the clips' ids (default: id, where there is one)")
  private String idColumn;

  @HelpGroup(Heading.INPUT)
  @Option(
      names = "--format",
      paramLabel = "FORMAT",
      description =
          "each --input is a table with audio in a column, which Spark reads by this format:"
              + " parquet, orc, delta, iceberg or another; it may be a path or a name in a catalog")
  private String format;

  @HelpGroup(Heading.INPUT)
  @Option(
      names = "--audio-column",
      paramLabel = "NAME",
      description =
          "column of the tables with the audio, BINARY or a struct of bytes and path as Hugging"
              + " Face has it (default: audio)")
  private String audioColumn;

  @HelpGroup(Heading.OUTPUT)
  @Option(
      names = "--output",
      required = true,
      paramLabel = "URI",
      description = "directory of the tables")
  private String output;

  @HelpGroup(Heading.MODEL)
  @Option(
      names = "--model",
      paramLabel = "URI",
      description = "model directory (default: the model that comes with segment-ser)")
  private String model;

  @Mixin private ChannelOptions channels;
  @Mixin private SegmentationOptions segments;
  @Mixin private SpeechOptions speech;

  @HelpGroup(Heading.RUN)
  @Option(
      names = "--batch-size",
      paramLabel = "N",
      description =
          "segments that go through the network together (default: measured when the model is"
              + " loaded)")
  private Integer batchSize;

  @HelpGroup(Heading.RUN)
  @Option(
      names = "--chunk-seconds",
      defaultValue = "60",
      paramLabel = "N",
      description = "seconds of segments that a task holds at a time (default: ${DEFAULT-VALUE})")
  private double chunkS;

  @HelpGroup(Heading.RUN)
  @Option(
      names = "--split-seconds",
      defaultValue = "600",
      paramLabel = "N",
      description =
          "recordings that last longer are read by several tasks at the same time, where their"
              + " format allows: PCM in WAV, RF64, W64, AIFF or CAF, and FLAC; but not rows of"
              + " tables, members of compressed shards, and files of unknown length (default:"
              + " ${DEFAULT-VALUE})")
  private double splitS;

  @HelpGroup(Heading.RUN)
  @Option(
      names = "--max-duration",
      defaultValue = "86400",
      paramLabel = "SECONDS",
      description = "reject longer clips as too_long (default: ${DEFAULT-VALUE})")
  private double maxDurationS;

  @HelpGroup(Heading.RUN)
  @Option(
      names = "--clip-timeout",
      defaultValue = "600",
      paramLabel = "SECONDS",
      description =
          "reject as timed_out a clip of which decoding, or that of a section of a long one, takes"
              + " longer (default: ${DEFAULT-VALUE})")
  private double clipTimeoutS;

  @HelpGroup(Heading.RUN)
  @Option(
      names = "--max-reject-ratio",
      defaultValue = "0.5",
      paramLabel = "0..1",
      description =
          "exit with 4 if more than this share of the clips cannot be scored (default:"
              + " ${DEFAULT-VALUE})")
  private double maxRejectRatio;

  @HelpGroup(Heading.RUN)
  @Option(
      names = "--run-id",
      paramLabel = "ID",
      description = "name of the run (default: generated)")
  private String runId;

  @HelpGroup(Heading.RUN)
  @Option(
      names = "--run-date",
      paramLabel = "DATE",
      converter = DateConverter.class,
      description = "day of the run, as YYYY-MM-DD (default: today, UTC)")
  private LocalDate runDate;

  @HelpGroup(Heading.OUTPUT)
  @Option(
      names = "--overwrite",
      description = "replace the run of the same --run-id, if there is one")
  private boolean overwrite;

  @HelpGroup(Heading.RUN)
  @Option(
      names = "--dry-run",
      description =
          "list and check everything, read a sample for an estimate of the hours, and stop")
  private boolean dryRun;

  /**
   * The run that is asked for.
   *
   * @throws UserError if a setting is wrong
   */
  RunRequest request(ScoreSettings score) {
    if (source.manifests.isEmpty() && uriColumn != null) {
      throw UserError.usage("--uri-column goes with --manifest, not with --input");
    }
    if (format == null && audioColumn != null) {
      throw UserError.usage("--audio-column goes with --format, which says what the tables are");
    }
    if (format != null && source.inputs.isEmpty()) {
      throw UserError.usage("--format goes with --input, which names the tables");
    }
    if (!(splitS >= LEAST_SPLIT_S && splitS <= MOST_SPLIT_S)) {
      throw UserError.usage(
          String.format(
              Locale.ROOT,
              "--split-seconds is %s; it must be between %.0f and %.0f",
              splitS,
              LEAST_SPLIT_S,
              MOST_SPLIT_S));
    }
    if (score.batchSize() != null && (score.batchSize() < 1 || score.batchSize() > MAX_BATCH)) {
      throw UserError.usage(
          "--batch-size is " + score.batchSize() + "; it must be between 1 and " + MAX_BATCH);
    }
    if (!(maxRejectRatio >= 0 && maxRejectRatio <= 1)) {
      throw UserError.usage(
          "--max-reject-ratio is " + maxRejectRatio + "; it must be between 0 and 1");
    }
    if (runId != null && !RUN_ID.matcher(runId).matches()) {
      throw UserError.usage(
          "--run-id is '"
              + runId
              + "'; it must be up to 128 letters, digits and . _ - and begin with a letter or digit");
    }
    try {
      return new RunRequest(
          commandLine(),
          inputs(),
          splitS,
          new RunRequest.Target(
              output,
              runId == null ? newRunId() : runId,
              runDate == null ? LocalDate.now(ZoneOffset.UTC) : runDate,
              overwrite),
          ClipSettings.of(segments.segmentation(), chunkS, maxDurationS, clipTimeoutS)
              .withChannels(channels.channels())
              .withSpeech(speech.speech()),
          score);
    } catch (IllegalArgumentException e) {
      throw UserError.usage(e.getMessage());
    }
  }

  /** Null for the model's own. */
  Integer batchSize() {
    return batchSize;
  }

  /** URI of the model; null for the one that comes with the program. */
  String model() {
    return model;
  }

  boolean dryRun() {
    return dryRun;
  }

  double maxRejectRatio() {
    return maxRejectRatio;
  }

  private Inputs inputs() {
    return new Inputs(
        source.inputs,
        format,
        source.manifests,
        new Inputs.Columns(
            uriColumn,
            idColumn,
            audioColumn,
            kept == null ? List.of() : kept.stream().map(String::strip).distinct().toList(),
            List.of()));
  }

  /** What was typed, quoted as a shell needs it. */
  private String commandLine() {
    return command.commandLine().getParseResult().originalArgs().stream()
        .map(AudioOptions::quoted)
        .collect(Collectors.joining(" "));
  }

  private static String quoted(String word) {
    return word.matches("[\\w@%+=:,./-]+") ? word : "'" + word.replace("'", "'\\''") + "'";
  }

  private static final class DateConverter implements ITypeConverter<LocalDate> {
    @Override
    public LocalDate convert(String value) {
      try {
        return LocalDate.parse(value);
      } catch (DateTimeParseException e) {
        throw new TypeConversionException("'" + value + "' is not a date of the form YYYY-MM-DD");
      }
    }
  }

  private static String newRunId() {
    String time =
        DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss'Z'", Locale.ROOT)
            .withZone(ZoneOffset.UTC)
            .format(Instant.now());
    return String.format(Locale.ROOT, "%s-%06x", time, new SecureRandom().nextInt(1 << 24));
  }
}
