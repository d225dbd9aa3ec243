package org.segmentser.score;

import java.time.LocalDate;
import java.util.List;
import org.segmentser.segment.ClipSettings;
import org.segmentser.source.Manifest;

/**
 * What a run was asked to do.
 *
 * @param command the command line
 * @param input what is read
 * @param target where it goes
 * @param clips how clips are read
 * @param score what is computed
 */
public record RunRequest(
    String command, Input input, Target target, ClipSettings clips, ScoreSettings score) {

  /**
   * What is read: files or a manifest.
   *
   * @param uris of files, directories and globs; empty where a manifest is given
   * @param manifest what names the clips; null where URIs are given
   */
  public record Input(List<String> uris, Manifest.Source manifest) {
    /** Files, directories and globs. */
    public static Input of(List<String> uris) {
      return new Input(uris, null);
    }

    /** The clips of a manifest. */
    public static Input of(Manifest.Source manifest) {
      return new Input(List.of(), manifest);
    }
  }

  /**
   * Where a run goes.
   *
   * @param output URI below which the tables are
   * @param runId names the run; letters, digits, {@code . _ -}
   * @param runDate the day that the run belongs to
   * @param overwrite whether a run of the same name is replaced
   */
  public record Target(String output, String runId, LocalDate runDate, boolean overwrite) {}

  /** Names the run. */
  public String runId() {
    return target.runId();
  }
}
