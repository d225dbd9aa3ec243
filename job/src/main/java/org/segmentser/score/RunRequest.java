package org.segmentser.score;

import java.time.LocalDate;
import org.segmentser.segment.ClipSettings;
import org.segmentser.source.Inputs;

/**
 * What a run was asked to do.
 *
 * @param command the command line
 * @param input what is read
 * @param splitS seconds above which a recording is taken by several tasks
 * @param target where it goes
 * @param clips how clips are read
 * @param score what is computed
 */
public record RunRequest(
    String command,
    Inputs input,
    double splitS,
    Target target,
    ClipSettings clips,
    ScoreSettings score) {

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
