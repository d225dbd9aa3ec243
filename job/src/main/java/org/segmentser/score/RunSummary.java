package org.segmentser.score;

import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import org.segmentser.segment.Status;
import org.segmentser.tables.Drift;
import org.segmentser.tables.Table;

/**
 * What a run did.
 *
 * @param runId the run
 * @param modelId the model
 * @param clips what became of the clips
 * @param scored what was scored
 * @param passes how often clips were looked at
 * @param root below which the tables are
 * @param tables the partitioned tables written
 */
public record RunSummary(
    String runId,
    String modelId,
    Clips clips,
    ScoredAudio scored,
    Passes passes,
    String root,
    List<Table> tables) {

  /**
   * What became of the clips.
   *
   * @param total how many clips
   * @param rejected how many clips could not be used; that nobody speaks is no reason
   * @param byStatus how many outcomes, one for each clip or, of clips whose channels are apart, for
   *     each channel; every status
   * @param alike clips whose two channels hold the same signal
   * @param skipped how many files in directories were left out, by the reason
   * @param rejects the first clips that were not scored, each with its reason
   */
  public record Clips(
      long total,
      long rejected,
      Map<Status, Long> byStatus,
      long alike,
      SortedMap<String, Long> skipped,
      List<String> rejects) {
    /** All outcomes. */
    public long outcomes() {
      return byStatus.values().stream().mapToLong(Long::longValue).sum();
    }

    /** Rejected clips as a part of all; 0 to 1. */
    public double rejectRatio() {
      return (double) rejected / total;
    }
  }

  /**
   * What was scored.
   *
   * @param segments rows of {@code segments} or {@code embeddings}
   * @param audioS seconds of audio of the scored clips; where channels are apart, of each
   * @param speechS seconds of speech in it; null where nobody looked
   * @param wallS seconds from start to end
   * @param emotions what the scored clips sum up to; empty for a run that computes no emotions
   * @param abstained scored clips without an emotion, as none is probable enough
   * @param drift whether they look like what the model knows; null for a run that computes no
   *     emotions, and without scored clips
   */
  public record ScoredAudio(
      long segments,
      double audioS,
      Double speechS,
      double wallS,
      List<EmotionTotal> emotions,
      long abstained,
      Drift drift) {}

  /**
   * The scored clips of one emotion; where channels are apart, the channels.
   *
   * @param audioS their seconds
   */
  public record EmotionTotal(String label, long clips, double audioS) {}

  /**
   * How often clips were looked at, repetitions of failed tasks included.
   *
   * @param opened clips opened
   * @param decoded clips decoded to their end
   * @param scored clips whose rows went through the scorer, those without segments too
   */
  public record Passes(long opened, long decoded, long scored) {
    /** Whether each of {@code clips} clips went through each pass once. */
    public boolean isEachOnce(long clips) {
      return opened == clips && decoded == clips && scored == clips;
    }
  }
}
