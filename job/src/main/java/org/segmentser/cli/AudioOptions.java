package org.segmentser.cli;

import java.security.SecureRandom;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.segmentser.UserError;
import org.segmentser.cli.HelpGroup.Heading;
import org.segmentser.score.RunRequest;
import org.segmentser.score.RunRequest.Input;
import org.segmentser.score.ScoreSettings;
import org.segmentser.segment.ClipSettings;
import org.segmentser.source.Manifest;
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

  @Spec(Target.MIXEE)
  private CommandSpec command;

  @ArgGroup(multiplicity = "1")
  private Source source;

  private static final class Source {
    @HelpGroup(Heading.INPUT)
    @Option(
        names = "--input",
        required = true,
        paramLabel = "URI",
        description =
            "audio file, directory (all audio below it) or quoted glob, on any Hadoop file system;"
                + " may be given several times")
    private List<String> inputs;

    @HelpGroup(Heading.INPUT)
    @Option(
        names = "--manifest",
        required = true,
        paramLabel = "URI",
        description =
            "CSV, JSON Lines or Parquet file with the column uri and, if wanted, id, start_s,"
                + " end_s, channel and party")
    private String manifest;
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
          "other columns of the --manifest to keep in the tables, as text, separated by commas")
  private List<String> kept;

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
          "reject clips that take longer to decode as timed_out (default: ${DEFAULT-VALUE})")
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
    if (source.manifest == null && (uriColumn != null || kept != null)) {
      throw UserError.usage("--uri-column and --keep go with --manifest, not with --input");
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
          source.manifest == null ? Input.of(source.inputs) : Input.of(manifest()),
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

  private Manifest.Source manifest() {
    return new Manifest.Source(
        source.manifest,
        Objects.requireNonNullElse(uriColumn, Manifest.Source.URI_COLUMN),
        kept == null ? List.of() : kept.stream().map(String::strip).distinct().toList());
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
