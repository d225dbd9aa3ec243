package org.segmentser.score;

import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import org.segmentser.segment.Status;
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
   * @param byStatus how many, every status
   * @param skipped how many files in directories were left out, by the reason
   * @param rejects the first clips that were not scored, each with its reason
   */
  public record Clips(
      Map<Status, Long> byStatus, SortedMap<String, Long> skipped, List<String> rejects) {
    /** All clips. */
    public long total() {
      return byStatus.values().stream().mapToLong(Long::longValue).sum();
    }

    /** How many clips have an outcome other than {@code scored}. */
    public long rejected() {
      return total() - byStatus.get(Status.SCORED);
    }

    /** Clips with an outcome other than {@code scored}, as a part of all; 0 to 1. */
    public double rejectRatio() {
      return (double) rejected() / total();
    }
  }

  /**
   * What was scored.
   *
   * @param segments rows of {@code segments} or {@code embeddings}
   * @param audioS seconds of audio of the scored clips
   * @param wallS seconds from start to end
   * @param emotions what the scored clips sum up to; empty for a run that computes no emotions
   */
  public record ScoredAudio(
      long segments, double audioS, double wallS, List<EmotionTotal> emotions) {}

  /**
   * The scored clips of one emotion.
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
