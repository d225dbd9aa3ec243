package org.segmentser.model;

import com.fasterxml.jackson.core.JsonProcessingException;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import org.segmentser.Json;
import org.segmentser.metrics.Gaussian;

/**
 * What clips look like that a model knows: the distribution of their mean embeddings, and how far
 * from its middle clips of other speakers lie, by the Mahalanobis distance. Immutable and
 * thread-safe.
 *
 * @see <a href="https://arxiv.org/abs/1807.03888">Lee, Lee, Lee, Shin: A Simple Unified Framework
 *     for Detecting Out-of-Distribution Samples and Adversarial Attacks, 2018</a>, here with one
 *     distribution for all classes, of the last layer before the head
 */
public final class Novelty {
  /** How the file is called that training writes. */
  public static final String FILE_NAME = "novelty.json";

  /** The longest embedding, in numbers: the covariance is as many squared. */
  public static final int MAX_EMBEDDING = 1024;

  /** The largest file, in bytes: 13 for each number. */
  static final int MAX_BYTES = 8 << 20;

  /** Quantiles at 0.00, 0.01 and so on to 1.00. */
  private static final int QUANTILES = 101;

  private static final int MEDIAN = 50;
  private static final int RARE = 95;
  private static final int FAR = 99;

  private final Gaussian known;
  private final float[] distances;

  private Novelty(Gaussian known, float[] distances) {
    this.known = known;
    this.distances = distances;
  }

  /** What the file holds. Files of earlier versions have no offset, which is read as 0. */
  @SuppressWarnings("ArrayRecordComponent") // read and written, never compared
  private record Content(double offset, float[] mean, float[] factor, float[] distances) {}

  /**
   * Of clips whose distribution is known, and of how far from it others lie.
   *
   * @param distances of clips of other speakers, at least one
   * @throws IllegalArgumentException if there is none, or embeddings are too long
   */
  public static Novelty of(Gaussian known, List<Double> distances) {
    if (known.size() > MAX_EMBEDDING || distances.isEmpty()) {
      throw new IllegalArgumentException(
          distances.size() + " held-out clips, embeddings of " + known.size() + " numbers");
    }
    double[] sorted = distances.stream().mapToDouble(d -> d).sorted().toArray();
    float[] quantiles = new float[QUANTILES];
    for (int i = 0; i < QUANTILES; i++) {
      double place = (sorted.length - 1) * (i / (QUANTILES - 1.0));
      int below = (int) place;
      double next = sorted[Math.min(below + 1, sorted.length - 1)];
      quantiles[i] = (float) (sorted[below] + (place - below) * (next - sorted[below]));
    }
    return new Novelty(known, quantiles);
  }

  /** The file's content: JSON, UTF-8. */
  public byte[] toJson() {
    try {
      return Json.MAPPER.writeValueAsBytes(
          new Content(known.offset(), known.mean(), known.factor(), distances));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }

  /**
   * Reads a file.
   *
   * @param size length of an embedding
   * @throws ModelException if it holds something else, or embeddings of another length
   * @throws IOException if it cannot be read, or is too long
   */
  static Novelty read(InputStream json, int size) throws IOException {
    byte[] bytes = json.readNBytes(MAX_BYTES + 1);
    if (bytes.length > MAX_BYTES) {
      throw new IOException("it is larger than the " + MAX_BYTES + " bytes allowed");
    }
    try {
      Content content = Json.MAPPER.readValue(bytes, Content.class);
      Gaussian known = Gaussian.of(content.offset, content.mean, content.factor);
      checkDistances(content.distances);
      if (known.size() != size) {
        throw new ModelException(
            "the novelty file is for embeddings of "
                + known.size()
                + " numbers; those of the model have "
                + size);
      }
      return new Novelty(known, content.distances);
    } catch (JsonProcessingException | IllegalArgumentException | NullPointerException e) {
      throw new ModelException("the novelty file is broken: " + e.getMessage(), e);
    }
  }

  private static void checkDistances(float[] distances) {
    float last = 0;
    for (float distance : distances) {
      if (!(distance >= last && Float.isFinite(distance))) {
        throw new IllegalArgumentException("the distance " + distance + " after " + last);
      }
      last = distance;
    }
    if (distances.length != QUANTILES) {
      throw new IllegalArgumentException(distances.length + " distances");
    }
  }

  /** The distribution of mean embeddings of clips. */
  public Gaussian known() {
    return known;
  }

  /** The median distance of held-out clips. */
  public double usualDistance() {
    return distances[MEDIAN];
  }

  /** The distance that one in twenty held-out clips exceeds. */
  public double rareDistance() {
    return distances[RARE];
  }

  /** The distance that one in a hundred held-out clips exceeds. */
  public double farDistance() {
    return distances[FAR];
  }
}
