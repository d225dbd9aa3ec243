package org.segmentser.train;

import java.util.List;
import org.segmentser.features.Utterance;
import org.segmentser.metrics.ConfusionMatrix;
import org.segmentser.metrics.Logits;
import org.segmentser.network.TrainableModel.Loss;

/** Computes the figures by which an epoch is judged. Not thread-safe. */
final class Validator {
  private final Predictor predictor;
  private final List<Utterance> utterances;
  private final int labels;
  private final Loss loss;

  /** Computes figures on {@code utterances}, at least one. */
  Validator(Predictor predictor, List<Utterance> utterances, int labels, Loss loss) {
    this.predictor = predictor;
    this.utterances = utterances;
    this.labels = labels;
    this.loss = loss;
  }

  EpochFigures.Validation validate() {
    List<float[][]> predictions = predictor.predict(utterances);
    double sum = 0;
    int count = 0;
    ConfusionMatrix segments = new ConfusionMatrix(labels);
    ConfusionMatrix clips = new ConfusionMatrix(labels);
    for (int i = 0; i < utterances.size(); i++) {
      int label = utterances.get(i).label();
      float[] mean = new float[labels];
      for (float[] logits : predictions.get(i)) {
        sum += loss(logits, label);
        count++;
        segments.add(label, Logits.argmax(logits));
        for (int j = 0; j < labels; j++) {
          mean[j] += logits[j] / predictions.get(i).length;
        }
      }
      clips.add(label, Logits.argmax(mean));
    }
    return new EpochFigures.Validation(
        sum / count,
        segments.weightedAccuracy(),
        clips.weightedAccuracy(),
        clips.unweightedAccuracy());
  }

  /** The network's loss, without label smoothing or class weights. */
  private double loss(float[] logits, int label) {
    double sum = 0;
    switch (loss) {
      case SOFTMAX -> {
        float max = logits[Logits.argmax(logits)];
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
