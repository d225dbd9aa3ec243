package org.segmentser.score;

import java.util.List;
import java.util.Map;
import org.segmentser.segment.Status;

/**
 * What a run did.
 *
 * @param runId the run
 * @param modelId the model
 * @param clips clips by status, every status
 * @param skipped how many files in directories were left out, by the reason
 * @param segments rows of {@code segments} or {@code embeddings}
 * @param audioS seconds of audio of the scored clips
 * @param emotions what the scored clips sum up to; empty for a run that computes no emotions
 * @param wallS seconds from start to end
 * @param opened clips opened, repetitions of failed tasks included; likewise the next two
 * @param decoded clips decoded to their end
 * @param scored clips whose rows went through the scorer, those without segments too
 * @param rejects the first clips that were not scored, each with its reason
 * @param root below which the tables are
 * @param tables the tables written
 */
public record RunSummary(
    String runId,
    String modelId,
    Map<String, Long> clips,
    Map<String, Long> skipped,
    long segments,
    double audioS,
    List<Emotion> emotions,
    double wallS,
    long opened,
    long decoded,
    long scored,
    List<String> rejects,
    String root,
    List<String> tables) {

  /**
   * The scored clips of one emotion.
   *
   * @param audioS their seconds
   */
  public record Emotion(String label, long clips, double audioS) {}

  /** All clips. */
  public long total() {
    return clips.values().stream().mapToLong(Long::longValue).sum();
  }

  /** How many clips have an outcome other than {@code scored}. */
  public long rejected() {
    return total() - clips.get(Status.SCORED.label());
  }

  /** Clips with an outcome other than {@code scored}, as a part of all; 0 to 1. */
  public double rejectRatio() {
    return (double) rejected() / total();
  }
}
