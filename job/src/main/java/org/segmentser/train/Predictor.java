package org.segmentser.train;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.segmentser.audio.Condition;
import org.segmentser.features.ClipFeatures;
import org.segmentser.features.FeatureFile;
import org.segmentser.features.Utterance;
import org.segmentser.metrics.ClipPrediction;

/** Runs a network over the segments of utterances. Not thread-safe. */
public final class Predictor {
  /** Rows that go through the network together. */
  private static final int BATCH = 64;

  private final Network network;
  private final FeatureFile file;
  private final float[] inputs;

  /** Computes logits. */
  @FunctionalInterface
  public interface Network {
    /**
     * The logits of some inputs.
     *
     * @param inputs one after the other
     * @param count of inputs
     * @return [inputs][labels]
     */
    float[][] predict(float[] inputs, int count);
  }

  /** Reads the network's inputs from {@code file}. */
  public Predictor(Network network, FeatureFile file) {
    this.network = network;
    this.file = file;
    inputs = new float[BATCH * file.width()];
  }

  /**
   * What the network predicts for each utterance.
   *
   * @param condition under which {@code file} holds the utterances
   * @param fold whose network it is, counted from 1; 0 where there are no folds
   */
  public List<ClipPrediction> predict(List<Utterance> utterances, Condition condition, int fold) {
    List<float[][]> logits = predict(utterances);
    return IntStream.range(0, utterances.size())
        .mapToObj(i -> utterances.get(i).prediction(condition, fold, logits.get(i)))
        .toList();
  }

  /** The logits of each utterance's segments. */
  public List<float[][]> predict(List<Utterance> utterances) {
    List<float[][]> results = new ArrayList<>();
    for (Utterance utterance : utterances) {
      results.add(new float[utterance.features().rows()][]);
    }
    List<int[]> waiting = new ArrayList<>();
    for (int i = 0; i < utterances.size(); i++) {
      ClipFeatures clip = utterances.get(i).features();
      for (int row = 0; row < clip.rows(); row++) {
        file.read(clip.firstRow() + row, 1, inputs, waiting.size() * file.width());
        waiting.add(new int[] {i, row});
        if (waiting.size() == BATCH) {
          flush(waiting, results);
        }
      }
    }
    flush(waiting, results);
    return results;
  }

  private void flush(List<int[]> waiting, List<float[][]> results) {
    if (waiting.isEmpty()) {
      return;
    }
    float[] used = Arrays.copyOf(inputs, waiting.size() * file.width());
    float[][] logits = network.predict(used, waiting.size());
    for (int i = 0; i < logits.length; i++) {
      results.get(waiting.get(i)[0])[waiting.get(i)[1]] = logits[i];
    }
    waiting.clear();
  }
}
