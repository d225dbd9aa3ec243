package org.segmentser.score;

import java.util.ArrayList;
import java.util.List;
import org.segmentser.Sha256;
import org.segmentser.tables.Destination;
import org.segmentser.tables.RunCodec.Settings;

/**
 * What a run was asked to do that scores the embeddings of an output.
 *
 * @param command the command line
 * @param source where the tables with the embeddings are
 * @param target where it goes
 * @param score what is computed, emotions among it
 * @param isIncremental whether only what has no outcome yet is scored
 */
public record RescoreRequest(
    String command,
    Destination source,
    RunRequest.Target target,
    ScoreSettings score,
    boolean isIncremental) {

  /** Names what is scored with a model: the same for the same work. */
  String workId(String modelId) {
    List<String> facts = new ArrayList<>(List.of(modelId, "embeddings", source.toString()));
    score.kinds().stream().map(Enum::name).sorted().forEach(facts::add);
    facts.addAll(score.caution().decisive());
    return Sha256.of(String.join("\n", facts)).substring(0, RunRequest.SETTINGS_DIGITS);
  }

  /**
   * The settings of a run that embedded, with the id that a run over the same audio has which
   * computes what is asked for.
   */
  Settings settings(Settings embedded) {
    return embedded.with(
        RunRequest.settingsId(embedded.text(), score.kinds(), embedded.kept(), score.caution()),
        score.caution());
  }

  /** Names the run. */
  public String runId() {
    return target.runId();
  }
}
