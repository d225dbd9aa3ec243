package org.segmentser.cli;

import java.security.SecureRandom;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.apache.spark.network.util.JavaUtils;
import org.segmentser.UserError;
import org.segmentser.cli.HelpGroup.Heading;
import org.segmentser.score.RescoreRequest;
import org.segmentser.score.RunRequest;
import org.segmentser.score.ScoreSettings;
import org.segmentser.segment.ClipSettings;
import org.segmentser.segment.Status;
import org.segmentser.tables.Destination;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
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

  private static final String DEFAULT_BATCH_CLIPS = "100000";
  private static final String DEFAULT_BATCH_BYTES = "100g";
  private static final String ALL_REJECTS = "rejects";

  /** Those that do not ask for something of audio. */
  private static final Set<String> OF_EMBEDDINGS =
      Set.of(
          "--from-embeddings",
          "--from-embeddings-tables",
          "--embeddings",
          "--coverage",
          "--abstain-below",
          "--output",
          "--output-tables",
          "--overwrite",
          "--summary",
          "--model",
          "--batch-size",
          "--max-reject-ratio",
          "--run-id",
          "--run-date",
          "--incremental",
          "--dry-run");

  @Spec(Target.MIXEE)
  private CommandSpec command;

  @Mixin private InputOptions input;

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

  @Mixin private OutputOptions output;

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
      names = RejectLimits.OPTION,
      split = ",",
      paramLabel = "[STATUS=]0..1",
      description =
          "exit with 4 if more than this share of the clips cannot be scored (default: 0.5), or, as"
              + " in 0.1,unreadable=0, if more than this share of the outcomes has a status; all"
              + " batches of --incremental count together")
  private List<String> maxRejectRatio = List.of();

  private RejectLimits rejectLimits;

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
      names = "--incremental",
      description =
          "read only clips whose content has no outcome yet with the same model and settings, in"
              + " batches, each a run by itself; the same command goes on where one died")
  private boolean incremental;

  @HelpGroup(Heading.RUN)
  @Option(
      names = "--max-clips-per-batch",
      paramLabel = "N",
      description = "clips of a batch of --incremental (default: " + DEFAULT_BATCH_CLIPS + ")")
  private Long batchClips;

  @HelpGroup(Heading.RUN)
  @Option(
      names = "--max-bytes-per-batch",
      paramLabel = "SIZE",
      description =
          "bytes of audio of a batch of --incremental, such as 50g (default: "
              + DEFAULT_BATCH_BYTES
              + ")")
  private String batchBytes;

  @HelpGroup(Heading.RUN)
  @Option(
      names = "--retry-rejects",
      arity = "0..1",
      split = ",",
      paramLabel = "STATUS",
      fallbackValue = ALL_REJECTS,
      description =
          "with --incremental, also read clips again whose outcome has one of these statuses,"
              + " separated by commas (without any: all but scored and no_speech)")
  private List<String> again;

  @HelpGroup(Heading.OUTPUT)
  @Option(
      names = "--summary",
      paramLabel = "FILE",
      description =
          "also write what the command did as a line of JSON; - writes it to stdout, and all else"
              + " to stderr")
  private String summary;

  @HelpGroup(Heading.RUN)
  @Option(
      names = "--dry-run",
      description =
          "list and check everything, read a sample for an estimate of the hours, and stop")
  private boolean dryRun;

  /**
   * The run over audio that is asked for.
   *
   * @throws UserError if a setting is wrong
   */
  RunRequest request(SourceOptions source, ScoreSettings score) {
    if (!(splitS >= LEAST_SPLIT_S && splitS <= MOST_SPLIT_S)) {
      throw UserError.usage(
          String.format(
              Locale.ROOT,
              "--split-seconds is %s; it must be between %.0f and %.0f",
              splitS,
              LEAST_SPLIT_S,
              MOST_SPLIT_S));
    }
    check(score);
    try {
      return new RunRequest(
          commandLine(),
          input.of(source, kept()),
          splitS,
          target(),
          ClipSettings.of(segments.segmentation(), chunkS, maxDurationS, clipTimeoutS)
              .withChannels(channels.channels())
              .withSpeech(speech.speech()),
          score,
          incremental());
    } catch (IllegalArgumentException e) {
      throw UserError.usage(e.getMessage());
    }
  }

  /**
   * The run over the embeddings of an output that is asked for.
   *
   * @throws UserError if a setting is wrong, or one of audio
   */
  RescoreRequest rescoreRequest(Destination embeddings, ScoreSettings score) {
    List<String> others =
        command.commandLine().getParseResult().matchedOptions().stream()
            .map(OptionSpec::longestName)
            .filter(name -> !OF_EMBEDDINGS.contains(name))
            .distinct()
            .toList();
    if (!others.isEmpty()) {
      throw UserError.usage(
          String.join(", ", others)
              + (others.size() == 1 ? " does" : " do")
              + " not go with --from-embeddings: the embeddings were made with settings of their own");
    }
    check(score);
    refuseOverwriteOfMany();
    return new RescoreRequest(commandLine(), embeddings, target(), score, incremental);
  }

  /** Settings of runs of any kind. */
  private void check(ScoreSettings score) {
    if (score.batchSize() != null && (score.batchSize() < 1 || score.batchSize() > MAX_BATCH)) {
      throw UserError.usage(
          "--batch-size is " + score.batchSize() + "; it must be between 1 and " + MAX_BATCH);
    }
    rejectLimits = RejectLimits.of(maxRejectRatio);
    if (runId != null && !RUN_ID.matcher(runId).matches()) {
      throw UserError.usage(
          "--run-id is '"
              + runId
              + "'; it must be up to 128 letters, digits and . _ - and begin with a letter or digit");
    }
  }

  private RunRequest.Target target() {
    return new RunRequest.Target(
        output.destination(),
        runId == null ? newRunId() : runId,
        runDate == null ? LocalDate.now(ZoneOffset.UTC) : runDate,
        overwrite);
  }

  private void refuseOverwriteOfMany() {
    if (overwrite && incremental) {
      throw UserError.usage(
          "--overwrite replaces a run and --incremental adds one; give one of them");
    }
  }

  private RunRequest.Incremental incremental() {
    if (!incremental) {
      String extra =
          batchClips != null
              ? "--max-clips-per-batch"
              : batchBytes != null
                  ? "--max-bytes-per-batch"
                  : again != null ? "--retry-rejects" : null;
      if (extra != null) {
        throw UserError.usage(extra + " goes with --incremental");
      }
      return null;
    }
    refuseOverwriteOfMany();
    long clips = batchClips == null ? Long.parseLong(DEFAULT_BATCH_CLIPS) : batchClips;
    if (clips < 1) {
      throw UserError.usage("--max-clips-per-batch is " + clips + "; it must be at least 1");
    }
    return new RunRequest.Incremental(clips, batchBytes(), statuses());
  }

  private long batchBytes() {
    String size = batchBytes == null ? DEFAULT_BATCH_BYTES : batchBytes;
    try {
      long bytes = JavaUtils.byteStringAsBytes(size);
      if (bytes >= 1) {
        return bytes;
      }
    } catch (NumberFormatException e) {
      // told below
    }
    throw UserError.usage(
        "--max-bytes-per-batch is '" + size + "'; it must be a size such as 500m or 50g");
  }

  private Set<Status> statuses() {
    if (again == null) {
      return Set.of();
    }
    if (again.equals(List.of(ALL_REJECTS))) {
      return Arrays.stream(Status.values()).filter(Status::isReject).collect(Collectors.toSet());
    }
    Set<Status> statuses = new HashSet<>();
    for (String label : again) {
      try {
        statuses.add(Status.of(label.strip()));
      } catch (IllegalArgumentException e) {
        throw UserError.usage(
            "--retry-rejects names '"
                + label
                + "'; the statuses are "
                + Arrays.stream(Status.values())
                    .map(Status::label)
                    .collect(Collectors.joining(", ")));
      }
    }
    return statuses;
  }

  /** Where the summary of a run goes: nowhere on a dry run. */
  SummaryFile summaryFile(String commandLine, RunRequest.Target target) {
    return new SummaryFile(dryRun ? null : summary, commandLine, target);
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

  /** Known once {@link #request} has found them right. */
  RejectLimits rejectLimits() {
    return rejectLimits;
  }

  private List<String> kept() {
    return kept == null ? List.of() : kept.stream().map(String::strip).distinct().toList();
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
