package org.segmentser.score;

import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.segmentser.Sha256;
import org.segmentser.segment.ClipSettings;
import org.segmentser.segment.Status;
import org.segmentser.source.Inputs;
import org.segmentser.tables.Caution;
import org.segmentser.tables.Destination;
import org.segmentser.tables.RunCodec;
import org.segmentser.tables.RunColumns.Kind;

/**
 * What a run was asked to do.
 *
 * @param command the command line
 * @param input what is read
 * @param splitS seconds above which a recording is taken by several tasks
 * @param target where it goes
 * @param clips how clips are read
 * @param score what is computed
 * @param incremental how a run that reads only what has no outcome yet goes on; null for one that
 *     reads all
 */
public record RunRequest(
    String command,
    Inputs input,
    double splitS,
    Target target,
    ClipSettings clips,
    ScoreSettings score,
    Incremental incremental) {

  /** Changes when the same settings and audio come to give other rows. */
  private static final String ROWS = "1";

  static final int SETTINGS_DIGITS = 16;

  /** A run that reads all. */
  public RunRequest(
      String command,
      Inputs input,
      double splitS,
      Target target,
      ClipSettings clips,
      ScoreSettings score) {
    this(command, input, splitS, target, clips, score, null);
  }

  /**
   * How what has no outcome yet is read: in batches, each a run of its own.
   *
   * @param mostClips of a batch, at least 1
   * @param mostBytes of a batch, at least 1; a larger clip is a batch by itself
   * @param again statuses of outcomes that do not count, so that their clips are tried again
   */
  public record Incremental(long mostClips, long mostBytes, Set<Status> again) {
    /** Keeps its own copy. */
    public Incremental {
      again = Set.copyOf(again);
    }
  }

  /** The same under another name. */
  RunRequest withRunId(String runId) {
    return new RunRequest(
        command, input, splitS, target.withRunId(runId), clips, score, incremental);
  }

  /** Names what is read and made of it with a model: the same for the same work. */
  String workId(String modelId) {
    List<String> facts = new ArrayList<>(List.of(modelId, settingsId()));
    input.all().stream().sorted().forEach(facts::add);
    return Sha256.of(String.join("\n", facts)).substring(0, SETTINGS_DIGITS);
  }

  /**
   * Where a run goes.
   *
   * @param output where the tables are
   * @param runId names the run; letters, digits, {@code . _ -}
   * @param runDate the day that the run belongs to
   * @param overwrite whether a run of the same name is replaced
   */
  public record Target(Destination output, String runId, LocalDate runDate, boolean overwrite) {
    /** A run whose tables are files below a directory. */
    public Target(String output, String runId, LocalDate runDate, boolean overwrite) {
      this(Destination.files(output), runId, runDate, overwrite);
    }

    private Target withRunId(String other) {
      return new Target(output, other, runDate, overwrite);
    }
  }

  /**
   * Names all settings that decide what the rows of a clip say, but for the model: 16 hexadecimal
   * digits, the same for the same settings. How the work is divided is none of them, nor is a limit
   * of time: a clip that met it can be tried again.
   */
  public String settingsId() {
    return settingsId(clips.decisive(), score.kinds(), input.columns().kept(), score.caution());
  }

  /**
   * The same of settings in words.
   *
   * @param decisive as {@link ClipSettings#decisive} has it
   * @param kinds what is computed
   * @param kept columns that are kept of the input
   * @param caution how sure answers must be
   */
  static String settingsId(String decisive, Set<Kind> kinds, List<String> kept, Caution caution) {
    List<String> facts = new ArrayList<>(List.of(ROWS, decisive));
    kinds.stream().map(Enum::name).sorted().forEach(facts::add);
    facts.add(String.join(",", kept));
    facts.addAll(caution.decisive());
    return Sha256.of(String.join("\n", facts)).substring(0, SETTINGS_DIGITS);
  }

  /** What is told of the settings in {@code runs}. */
  RunCodec.Settings settings() {
    return new RunCodec.Settings(
        settingsId(),
        clips.decisive(),
        input.columns().kept(),
        clips.segmentation(),
        clips.speech(),
        score.caution());
  }

  /** Names the run. */
  public String runId() {
    return target.runId();
  }
}
