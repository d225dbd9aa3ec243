package org.segmentser.speech;

import org.segmentser.speech.SileroWeights.ConvolutionWeights;

/**
 * A convolution and ReLU, as one product of matrices: each tap's view of the frames comes as rows
 * of its own. A lane is an output of a window.
 *
 * <p>Not thread-safe: an instance holds its work buffers.
 */
final class Convolution {
  private final ConvolutionWeights weights;
  private final float[][] out;

  /**
   * Makes the buffers.
   *
   * @param lanes that are convolved together, at most
   */
  Convolution(ConvolutionWeights weights, int lanes) {
    this.weights = weights;
    out = new float[weights.biases.length][lanes];
  }

  /**
   * Convolves.
   *
   * @param seen [taps, channels][lanes]: what each tap sees for each output
   * @return [channels][lanes], valid until the next call
   */
  float[][] apply(float[][] seen, int lanes) {
    Rows.fill(out, weights.biases, lanes);
    Rows.addProduct(weights.weights, seen, seen.length, out, out.length, lanes);
    for (float[] row : out) {
      Rows.rectify(row, lanes);
    }
    return out;
  }
}
