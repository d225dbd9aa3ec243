package org.segmentser.speech;

/**
 * What the detector's memory is given of windows: transform, convolutions, and the part of each of
 * its sums that depends on the window alone. All of it is done for many windows at a time.
 *
 * <p>Not thread-safe: an instance holds its work buffers.
 */
final class Encoder {
  /** Windows that are encoded together, at most. */
  static final int WINDOWS = 96;

  private static final ThreadLocal<Encoder> OF_THREAD = ThreadLocal.withInitial(Encoder::new);

  private final SileroWeights weights = SileroWeights.get();
  private final Spectra spectra = new Spectra(WINDOWS);
  private final PairConvolution conv1 = new PairConvolution(weights.conv1, WINDOWS);
  private final Convolution conv2 = new Convolution(weights.conv2, 2 * WINDOWS);
  private final float[][] halves = new float[2 * weights.conv2.biases.length][WINDOWS];
  private final Convolution conv3 = new Convolution(weights.conv3, WINDOWS);
  private final Convolution conv4 = new Convolution(weights.conv4, WINDOWS);
  private final float[][] features = new float[WINDOWS][SileroWeights.FEATURES];
  private final float[][] sums = new float[WINDOWS][SileroWeights.GATES];

  private Encoder() {}

  /** What a window of digital silence is encoded as; not to be changed. */
  static float[] silence() {
    return Silence.ENCODED;
  }

  /**
   * The encoder of this thread, which keeps its 2.5 MB of work buffers: short clips would spend
   * their time clearing them.
   */
  static Encoder ofThread() {
    return OF_THREAD.get();
  }

  /**
   * Encodes windows.
   *
   * @param samples of all windows
   * @param starts where each window's {@value Spectra#SUPPORT} samples begin
   * @param windows how many there are, at most {@value #WINDOWS}
   * @return [window][{@value SileroWeights#GATES}], valid until the next call
   */
  float[][] encode(float[] samples, int[] starts, int windows) {
    float[][] rows = spectra.magnitudes(samples, starts, windows);
    rows = conv1.apply(rows, windows);
    rows = conv2.apply(rows, 2 * windows);
    rows = conv3.apply(halves(rows, windows), windows);
    rows = conv4.apply(rows, windows);
    for (int window = 0; window < windows; window++) {
      for (int i = 0; i < rows.length; i++) {
        features[window][i] = rows[i][window];
      }
      System.arraycopy(weights.biases, 0, sums[window], 0, SileroWeights.GATES);
    }
    Rows.addProduct(
        features, weights.ofFeatures, SileroWeights.FEATURES, sums, windows, SileroWeights.GATES);
    return sums;
  }

  /** First the first frames of all channels, then their second ones. */
  private float[][] halves(float[][] rows, int windows) {
    for (int channel = 0; channel < rows.length; channel++) {
      System.arraycopy(rows[channel], 0, halves[channel], 0, windows);
      System.arraycopy(rows[channel], windows, halves[rows.length + channel], 0, windows);
    }
    return halves;
  }

  private static final class Silence {
    static final float[] ENCODED =
        new Encoder().encode(new float[Spectra.SUPPORT], new int[1], 1)[0];
  }
}
