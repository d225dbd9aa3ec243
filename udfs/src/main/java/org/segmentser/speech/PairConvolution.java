package org.segmentser.speech;

import java.util.Arrays;
import org.segmentser.speech.SileroWeights.PairWeights;

/**
 * A convolution over the four frames of windows, kernel 3, stride 1, padded with a frame of zeros
 * on both sides, and ReLU: F(2, 3) of Lavin and Gray, "Fast Algorithms for Convolutional Neural
 * Networks" (CVPR 2016), section 4.1. A pair of outputs takes four products with each input channel
 * in place of six.
 *
 * <p>A lane is a pair of frames of a window: first the first pairs of all windows, then their
 * second ones. What comes out is what the taps of a convolution of stride 2 see.
 *
 * <p>Not thread-safe: an instance holds its work buffers.
 */
final class PairConvolution {
  private final PairWeights weights;
  private final float[] even;
  private final float[] odd;
  private final float[] before;
  private final float[] after;
  private final float[][][] in;
  private final float[][][] products;
  private final float[][] out;

  /**
   * Makes the buffers.
   *
   * @param windows that are convolved together, at most
   */
  PairConvolution(PairWeights weights, int windows) {
    this.weights = weights;
    int lanes = 2 * windows;
    even = new float[lanes];
    odd = new float[lanes];
    before = new float[lanes];
    after = new float[lanes];
    in = new float[PairWeights.PRODUCTS][weights.channelsIn][lanes];
    products = new float[PairWeights.PRODUCTS][weights.biases.length][lanes];
    out = new float[3 * weights.biases.length][lanes];
  }

  /**
   * Convolves windows.
   *
   * @param frames [channels][4 * windows]: first the first frames of all windows, then their second
   *     ones, and so on
   * @return [3, channels][2 * windows]: the frames before pairs, their even and their odd ones;
   *     valid until the next call
   */
  float[][] apply(float[][] frames, int windows) {
    int lanes = 2 * windows;
    int channels = weights.biases.length;
    for (int channel = 0; channel < weights.channelsIn; channel++) {
      spread(frames[channel], windows);
      Rows.difference(before, odd, in[0][channel], lanes);
      Rows.sumAndDifference(odd, even, in[1][channel], in[2][channel], lanes);
      Rows.difference(even, after, in[3][channel], lanes);
    }
    for (int i = 0; i < PairWeights.PRODUCTS; i++) {
      for (int channel = 0; channel < channels; channel++) {
        // Both outputs of a pair are sums with the second product.
        Arrays.fill(products[i][channel], 0, lanes, i == 1 ? weights.biases[channel] : 0);
      }
      Rows.addProduct(weights.products[i], in[i], weights.channelsIn, products[i], channels, lanes);
    }
    for (int channel = 0; channel < channels; channel++) {
      float[] outOdd = out[2 * channels + channel];
      Rows.pairs(
          products[0][channel],
          products[1][channel],
          products[2][channel],
          products[3][channel],
          out[channels + channel],
          outOdd,
          lanes);
      shift(outOdd, out[channel], windows);
    }
    return out;
  }

  /** A pair's frames, and those before and after it. */
  private void spread(float[] channel, int windows) {
    System.arraycopy(channel, 0, even, 0, windows);
    System.arraycopy(channel, windows, odd, 0, windows);
    System.arraycopy(channel, 2 * windows, even, windows, windows);
    System.arraycopy(channel, 2 * windows, after, 0, windows);
    System.arraycopy(channel, 3 * windows, odd, windows, windows);
    shift(odd, before, windows);
    Arrays.fill(after, windows, 2 * windows, 0);
  }

  /** The frames before pairs are the odd ones of the pairs before. */
  private static void shift(float[] odd, float[] before, int windows) {
    Arrays.fill(before, 0, windows, 0);
    System.arraycopy(odd, 0, before, windows, windows);
  }
}
