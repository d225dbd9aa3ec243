package org.segmentser.speech;

/**
 * The recurrent part of the detector, a layer of long short-term memory: from what the encoder
 * makes of a window and from all windows before it to the probability of speech.
 *
 * <p>Not thread-safe.
 */
final class Memory {
  private static final int CELLS = SileroWeights.FEATURES;

  private final SileroWeights weights = SileroWeights.get();
  private final float[][] hidden = new float[1][CELLS];
  private final float[] state = new float[CELLS];

  private final float[][] sums = new float[1][SileroWeights.GATES];
  private final float[] in = new float[CELLS];
  private final float[] forget = new float[CELLS];
  private final float[] candidate = new float[CELLS];
  private final float[] out = new float[CELLS];

  /**
   * Takes in the next window.
   *
   * @param encoded [{@value SileroWeights#GATES}], of {@link Encoder#encode}
   * @return the probability of speech in the window, 0 to 1
   */
  float step(float[] encoded) {
    float[] gates = sums[0];
    System.arraycopy(encoded, 0, gates, 0, SileroWeights.GATES);
    Rows.addProduct(hidden, weights.ofHidden, CELLS, sums, 1, SileroWeights.GATES);
    Rows.tanh(gates, SileroWeights.GATES);
    System.arraycopy(gates, 0, in, 0, CELLS);
    System.arraycopy(gates, CELLS, forget, 0, CELLS);
    System.arraycopy(gates, 2 * CELLS, candidate, 0, CELLS);
    System.arraycopy(gates, 3 * CELLS, out, 0, CELLS);
    Rows.remember(in, forget, candidate, state, CELLS);
    Rows.recall(out, state, hidden[0], CELLS);
    float logit = weights.logitBias;
    for (int i = 0; i < CELLS; i++) {
      logit += weights.ofLogit[i] * Math.max(0, hidden[0][i]);
    }
    return 0.5f * (1 + Rows.tanh(0.5f * logit));
  }
}
