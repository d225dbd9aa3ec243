package org.segmentser.train;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.segmentser.audio.Condition;
import org.segmentser.features.FeatureFile;
import org.segmentser.features.Utterance;
import org.segmentser.metrics.BootstrapSettings;
import org.segmentser.metrics.ClipPrediction;
import org.segmentser.metrics.Evaluation;
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
  /**
   * Of the logarithms of embeddings. So many units are near 0 in most clips that without it a
   * distance hardly tells what makes them answer.
   */
  private static final double LOG_OFFSET = 0.1;

  private final FeatureFile file;
  private final List<ClipPrediction> predictions = new ArrayList<>();
  private final List<Double> distances = new ArrayList<>();

  /** Clips whose features are in {@code file}. */
  HeldOutClips(FeatureFile file) {
    this.file = file;
  }

  /**
   * Lets a model hear clips.
   *
   * @param fold of the clips, counted from 1; 0 where there are no folds
   * @param known what clips look like that it was trained on; empty where that cannot be told
   * @param heldOut clips that it was not trained on, maybe none
   */
  void add(TrainableModel model, int fold, Optional<Gaussian> known, List<Utterance> heldOut) {
    predictions.addAll(new Predictor(model::predict, file).predict(heldOut, Condition.CLEAN, fold));
    if (known.isPresent() && areFinite()) {
      for (double[] mean : meanEmbeddings(model, heldOut)) {
        distances.add(known.get().distance(mean));
      }
    }
  }

  /**
   * Whether all that was said is numbers; the last step of a training that diverges may be the one
   * that nobody has seen.
   */
  boolean areFinite() {
    return predictions.stream().allMatch(prediction -> prediction.segments().areFinite());
  }

  /** How sure a model may be that was trained likewise; empty without clips, or without numbers. */
  Optional<Calibration> calibration() {
    return predictions.isEmpty() || !areFinite()
        ? Optional.empty()
        : Optional.of(Calibration.fit(predictions));
  }

  /**
   * How good the models of folds are, each on the clips that it was not trained on, and as sure as
   * the other folds let it be.
   *
   * @throws IllegalArgumentException if no clip was heard, or what was said of one is no number
   */
  Evaluation evaluation(List<String> labels) {
    return Evaluation.of(CrossCalibration.of(predictions), labels, BootstrapSettings.DEFAULT);
  }

  /**
   * How far clips lie from what a model knows that it was not trained on; empty where that cannot
   * be told.
   *
   * @param known what clips look like that it was trained on
   */
  Optional<Novelty> novelty(Optional<Gaussian> known) {
    return distances.isEmpty()
        ? Optional.empty()
        : known.map(gaussian -> Novelty.of(gaussian, distances));
  }

  /**
   * What the mean embeddings of clips look like, each corpus counting alike; empty if they are too
   * long, too few or, as those of a network that has lost its embedding, all the same.
   */
  Optional<Gaussian> distribution(TrainableModel model, List<Utterance> clips) {
    float[][] means =
        meanEmbeddings(model, clips).stream().map(HeldOutClips::floats).toArray(float[][]::new);
    boolean areUsable =
        means.length > 1
            && means[0].length <= Novelty.MAX_EMBEDDING
            && Arrays.stream(means).anyMatch(mean -> !Arrays.equals(mean, means[0]))
            && Arrays.stream(means).allMatch(HeldOutClips::isFinite);
    return areUsable
        ? Optional.of(Gaussian.fit(LOG_OFFSET, means, weights(clips)))
        : Optional.empty();
  }

  /** The same for each corpus, but for one that is too small for that, as where it is learned. */
  static double[] weights(List<Utterance> clips) {
    Map<String, Long> sizes =
        clips.stream()
            .collect(Collectors.groupingBy(clip -> clip.origin().corpus(), Collectors.counting()));
    double most = (double) Batches.MOST_REPEATS / Collections.max(sizes.values());
    return clips.stream()
        .mapToDouble(clip -> Math.min(most, 1.0 / sizes.get(clip.origin().corpus())))
        .toArray();
  }

  private List<double[]> meanEmbeddings(TrainableModel model, List<Utterance> clips) {
    return new Predictor(model::embed, file).predict(clips).stream().map(Logits::mean).toList();
  }

  private static boolean isFinite(float[] values) {
    for (float value : values) {
      if (!Float.isFinite(value)) {
        return false;
      }
    }
    return true;
  }

  private static float[] floats(double[] values) {
    float[] floats = new float[values.length];
    for (int i = 0; i < floats.length; i++) {
      floats[i] = (float) values[i];
    }
    return floats;
  }
}
