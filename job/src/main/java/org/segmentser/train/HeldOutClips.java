package org.segmentser.train;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.segmentser.features.FeatureFile;
import org.segmentser.features.Utterance;
import org.segmentser.metrics.Gaussian;
import org.segmentser.metrics.Logits;
import org.segmentser.model.Calibration;
import org.segmentser.model.Novelty;
import org.segmentser.network.TrainableModel;

/**
 * What models say of clips that they were not trained on, from which it follows how sure a model
 * may be. With several models, each of which was trained without a part of the clips, that is
 * cross-fitting. Not thread-safe.
 */
final class HeldOutClips {
  private final FeatureFile file;
  private final List<double[]> logits = new ArrayList<>();
  private final List<Integer> labels = new ArrayList<>();
  private final List<Double> distances = new ArrayList<>();

  /** Clips whose features are in {@code file}. */
  HeldOutClips(FeatureFile file) {
    this.file = file;
  }

  /**
   * Lets a model hear clips.
   *
   * @param known what it was trained on
   * @param heldOut clips that it was not trained on
   */
  void add(TrainableModel model, List<Utterance> known, List<Utterance> heldOut) {
    if (heldOut.isEmpty()) {
      return;
    }
    List<float[][]> predictions = new Predictor(model::predict, file).predict(heldOut);
    for (int i = 0; i < heldOut.size(); i++) {
      logits.add(mean(predictions.get(i)));
      labels.add(heldOut.get(i).label());
    }
    if (!areFinite()) {
      return;
    }
    distribution(model, known)
        .ifPresent(
            gaussian -> {
              for (float[][] rows : new Predictor(model::embed, file).predict(heldOut)) {
                distances.add(gaussian.distance(mean(rows)));
              }
            });
  }

  /**
   * Whether all that was said is numbers; the last step of a training that diverges may be the one
   * that nobody has seen.
   */
  boolean areFinite() {
    return logits.stream().flatMapToDouble(Arrays::stream).allMatch(Double::isFinite);
  }

  /** How sure a model may be that was trained likewise; empty without clips, or without numbers. */
  Optional<Calibration> calibration() {
    return labels.isEmpty() || !areFinite()
        ? Optional.empty()
        : Optional.of(
            Calibration.fit(
                logits.toArray(double[][]::new), labels.stream().mapToInt(l -> l).toArray()));
  }

  /** What clips look like that a model was trained on; empty where that cannot be told. */
  Optional<Novelty> novelty(TrainableModel model, List<Utterance> known) {
    return distances.isEmpty()
        ? Optional.empty()
        : distribution(model, known).map(gaussian -> Novelty.of(gaussian, distances));
  }

  /**
   * Of the mean embeddings of clips; empty if they are too long, too few or, as those of a network
   * that has lost its embedding, all the same.
   */
  private Optional<Gaussian> distribution(TrainableModel model, List<Utterance> known) {
    float[][] means =
        new Predictor(model::embed, file)
            .predict(known).stream().map(rows -> floats(mean(rows))).toArray(float[][]::new);
    boolean areUsable =
        means.length > 1
            && means[0].length <= Novelty.MAX_EMBEDDING
            && Arrays.stream(means).anyMatch(mean -> !Arrays.equals(mean, means[0]))
            && Arrays.stream(means).allMatch(HeldOutClips::isFinite);
    return areUsable ? Optional.of(Gaussian.fit(means)) : Optional.empty();
  }

  private static boolean isFinite(float[] values) {
    for (float value : values) {
      if (!Float.isFinite(value)) {
        return false;
      }
    }
    return true;
  }

  private static double[] mean(float[][] rows) {
    double[][] wide = new double[rows.length][rows[0].length];
    for (int i = 0; i < rows.length; i++) {
      for (int j = 0; j < rows[i].length; j++) {
        wide[i][j] = rows[i][j];
      }
    }
    return Logits.mean(wide);
  }

  private static float[] floats(double[] values) {
    float[] floats = new float[values.length];
    for (int i = 0; i < floats.length; i++) {
      floats[i] = (float) values[i];
    }
    return floats;
  }
}
