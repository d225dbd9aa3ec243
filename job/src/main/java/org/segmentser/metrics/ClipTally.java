package org.segmentser.metrics;

import java.io.Serializable;
import java.util.Arrays;

/**
 * Sums up the segments of one clip, in order, into the clip's emotion (paper, section 4: mean of
 * the logits, and majority). Those of consecutive parts of a clip add up. Plain Java; not
 * thread-safe.
 */
public final class ClipTally implements Serializable {
  private static final long serialVersionUID = 1L;

  private final int[] votes;
  private final double[] logitSums;
  private final double[] scoreSums;
  private final double[] seconds;
  private int segments;

  /** Null as long as no segment came with its embedding. */
  private double[] embeddingSums;

  private int lastEmotion;
  private double firstStart;
  private double lastStart;
  private double lastEnd;

  /** Begins a clip, for a model with so many emotions. */
  public ClipTally(int emotions) {
    votes = new int[emotions];
    logitSums = new double[emotions];
    scoreSums = new double[emotions];
    seconds = new double[emotions];
  }

  /**
   * Adds the clip's next segment.
   *
   * @param startS where it starts in the clip, in seconds
   * @param endS where it ends
   * @param logits one per emotion
   * @param scores their softmax
   */
  public void add(double startS, double endS, float[] logits, float[] scores) {
    addSeconds(Math.min(lastEnd, startS));
    firstStart = segments == 0 ? startS : firstStart;
    lastEmotion = Logits.argmax(logits);
    lastStart = startS;
    lastEnd = endS;
    votes[lastEmotion]++;
    for (int e = 0; e < votes.length; e++) {
      logitSums[e] += logits[e];
      scoreSums[e] += scores[e];
    }
    segments++;
  }

  /**
   * Adds the clip's next segment with its embedding, which all segments of the clip must have then.
   *
   * @param embedding of the same length for all segments
   */
  public void add(double startS, double endS, float[] logits, float[] scores, float[] embedding) {
    add(startS, endS, logits, scores);
    if (embeddingSums == null) {
      embeddingSums = new double[embedding.length];
    }
    for (int i = 0; i < embedding.length; i++) {
      embeddingSums[i] += embedding[i];
    }
  }

  /** Adds the segments of the part of the clip that follows. */
  public void add(ClipTally next) {
    if (next.segments == 0) {
      return;
    }
    addSeconds(Math.min(lastEnd, next.firstStart));
    for (int e = 0; e < votes.length; e++) {
      votes[e] += next.votes[e];
      logitSums[e] += next.logitSums[e];
      scoreSums[e] += next.scoreSums[e];
      seconds[e] += next.seconds[e];
    }
    if (next.embeddingSums != null) {
      if (embeddingSums == null) {
        embeddingSums = new double[next.embeddingSums.length];
      }
      for (int i = 0; i < embeddingSums.length; i++) {
        embeddingSums[i] += next.embeddingSums[i];
      }
    }
    firstStart = segments == 0 ? next.firstStart : firstStart;
    segments += next.segments;
    lastEmotion = next.lastEmotion;
    lastStart = next.lastStart;
    lastEnd = next.lastEnd;
  }

  /** Segments added so far. */
  public int segments() {
    return segments;
  }

  /** The emotion with the largest mean logit. */
  public int emotion() {
    return Logits.argmax(logitSums);
  }

  /** The emotion of most segments; among equals, the one with the larger mean logit. */
  public int vote() {
    int best = 0;
    for (int e = 1; e < votes.length; e++) {
      if (votes[e] > votes[best] || (votes[e] == votes[best] && logitSums[e] > logitSums[best])) {
        best = e;
      }
    }
    return best;
  }

  /** Whether all segments have the same emotion. */
  public boolean unanimous() {
    return votes[vote()] == segments;
  }

  /** The mean of the segments' logits, by emotion. */
  public double[] meanLogits() {
    return Arrays.stream(logitSums).map(sum -> sum / segments).toArray();
  }

  /**
   * The mean of the segments' embeddings.
   *
   * @throws IllegalStateException if they came without
   */
  public double[] meanEmbedding() {
    if (embeddingSums == null) {
      throw new IllegalStateException("the segments came without embeddings");
    }
    return Arrays.stream(embeddingSums).map(sum -> sum / segments).toArray();
  }

  /** The mean of the segments' softmax, by emotion. */
  public float[] scores() {
    float[] means = new float[scoreSums.length];
    for (int e = 0; e < means.length; e++) {
      means[e] = (float) (scoreSums[e] / segments);
    }
    return means;
  }

  /**
   * Seconds of the clip by emotion. A segment stands for the time to its end or, where segments
   * overlap, to the next one's start; so no second counts twice.
   */
  public float[] seconds() {
    float[] sums = new float[seconds.length];
    for (int e = 0; e < sums.length; e++) {
      double last = e == lastEmotion ? lastEnd - lastStart : 0;
      sums[e] = (float) (seconds[e] + last);
    }
    return sums;
  }

  private void addSeconds(double end) {
    if (segments > 0) {
      seconds[lastEmotion] += Math.max(0, end - lastStart);
    }
  }
}
