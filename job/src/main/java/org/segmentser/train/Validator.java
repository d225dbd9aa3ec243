package org.segmentser.train;

import java.util.List;
import java.util.stream.IntStream;
import org.segmentser.features.Utterance;
import org.segmentser.network.TrainableModel.Loss;

/** Computes what an epoch is judged by. Not thread-safe. */
final class Validator {
  private final Predictor predictor;
  private final List<Utterance> utterances;
  private final int labels;
  private final Loss loss;

  /** Judges by {@code utterances}, at least one. */
  Validator(Predictor predictor, List<Utterance> utterances, int labels, Loss loss) {
    this.predictor = predictor;
    this.utterances = utterances;
    this.labels = labels;
    this.loss = loss;
  }

  EpochFigures.Validation validate() {
    List<float[][]> predictions = predictor.predict(utterances);
    double sum = 0;
    int segments = 0;
    int rightSegments = 0;
    int[] clips = new int[labels];
    int[] rightClips = new int[labels];
    for (int i = 0; i < utterances.size(); i++) {
      int label = utterances.get(i).label();
      float[] mean = new float[labels];
      for (float[] logits : predictions.get(i)) {
        sum += loss(logits, label);
        segments++;
        rightSegments += Trainer.argMax(logits) == label ? 1 : 0;
        for (int j = 0; j < labels; j++) {
          mean[j] += logits[j] / predictions.get(i).length;
        }
      }
      clips[label]++;
      rightClips[label] += Trainer.argMax(mean) == label ? 1 : 0;
    }
    double recall =
        IntStream.range(0, labels)
            .filter(j -> clips[j] > 0)
            .mapToDouble(j -> (double) rightClips[j] / clips[j])
            .average()
            .orElseThrow();
    return new EpochFigures.Validation(
        sum / segments,
        (double) rightSegments / segments,
        (double) IntStream.of(rightClips).sum() / utterances.size(),
        recall);
  }

  /** As the network's, without smoothing or weights. */
  private double loss(float[] logits, int label) {
    double sum = 0;
    switch (loss) {
      case SOFTMAX -> {
        float max = logits[Trainer.argMax(logits)];
        for (float logit : logits) {
          sum += Math.exp(logit - max);
        }
        return Math.log(sum) + max - logits[label];
      }
      case SIGMOID -> {
        for (int j = 0; j < labels; j++) {
          sum += Math.log1p(Math.exp(-Math.abs(logits[j]))) + Math.max(logits[j], 0);
        }
        return (sum - logits[label]) / labels;
      }
    }
    throw new IllegalStateException("no such loss: " + loss);
  }
}
