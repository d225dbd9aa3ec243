package org.segmentser.speech;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;

/**
 * The weights of Silero's voice activity detector for 16 kHz ({@code silero_vad_16k_op15.onnx},
 * Copyright Silero Team, MIT licence), read from the jar once per process. Not to be changed, and
 * so thread-safe.
 */
final class SileroWeights {
  /** Channels of the last convolution, and cells of the memory. */
  static final int FEATURES = 128;

  /**
   * Sums of a step of the memory: for each cell input gate, forget gate, candidate, output gate.
   */
  static final int GATES = 4 * FEATURES;

  private static final String FILE = "silero_vad_16k.f32";

  /** The taps of a kernel that ever meet anything but padding. */
  private static final int[] ALL_TAPS = {0, 1, 2};

  private static final int[] LAST_TAPS = {1, 2};
  private static final int[] MIDDLE_TAP = {1};

  final PairWeights conv1;
  final ConvolutionWeights conv2;
  final ConvolutionWeights conv3;
  final ConvolutionWeights conv4;

  /**
   * [{@value #FEATURES}][{@value #GATES}]: a feature's part of each sum. Halved for all gates,
   * whose sigmoid is a hyperbolic tangent of half the sum.
   */
  final float[][] ofFeatures;

  /** [{@value #FEATURES}][{@value #GATES}]: the part of what a cell gave out; halved likewise. */
  final float[][] ofHidden;

  /** [{@value #GATES}]; halved likewise. */
  final float[] biases;

  /** [{@value #FEATURES}]: what each cell's output gives to the logit. */
  final float[] ofLogit;

  final float logitBias;

  private SileroWeights(FloatBuffer file) {
    conv1 = new PairWeights(new ConvolutionWeights(file, Spectra.BINS, 128, ALL_TAPS));
    conv2 = new ConvolutionWeights(file, 128, 64, ALL_TAPS);
    conv3 = new ConvolutionWeights(file, 64, 64, LAST_TAPS);
    conv4 = new ConvolutionWeights(file, 64, FEATURES, MIDDLE_TAP);
    ofFeatures = gateRows(file);
    ofHidden = gateRows(file);
    biases = new float[GATES];
    for (int part = 0; part < 2; part++) {
      for (int gate = 0; gate < GATES; gate++) {
        biases[gate] += scale(gate) * file.get();
      }
    }
    ofLogit = new float[FEATURES];
    file.get(ofLogit);
    logitBias = file.get();
  }

  /** The weights of this process. */
  static SileroWeights get() {
    return Holder.WEIGHTS;
  }

  /** A matrix of the file, [{@value #GATES}][{@value #FEATURES}], the other way round. */
  private static float[][] gateRows(FloatBuffer file) {
    float[][] rows = new float[FEATURES][GATES];
    for (int gate = 0; gate < GATES; gate++) {
      for (float[] row : rows) {
        row[gate] = scale(gate) * file.get();
      }
    }
    return rows;
  }

  private static float scale(int gate) {
    boolean isCandidate = gate / FEATURES == 2;
    return isCandidate ? 1 : 0.5f;
  }

  private static SileroWeights read() {
    try (InputStream in = SileroWeights.class.getResourceAsStream(FILE)) {
      ByteBuffer bytes = ByteBuffer.wrap(in.readAllBytes()).order(ByteOrder.LITTLE_ENDIAN);
      FloatBuffer file = bytes.asFloatBuffer();
      SileroWeights weights = new SileroWeights(file);
      if (file.hasRemaining()) {
        throw new IllegalStateException(FILE + " holds " + file.limit() + " numbers");
      }
      return weights;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Of a convolution over frames with a kernel of three taps. */
  static final class ConvolutionWeights {
    final int channelsIn;

    /** [channels out][taps, channels in]. */
    final float[][] weights;

    /** [channels out]. */
    final float[] biases;

    private ConvolutionWeights(FloatBuffer file, int channelsIn, int channelsOut, int[] taps) {
      this.channelsIn = channelsIn;
      weights = new float[channelsOut][taps.length * channelsIn];
      float[] kernel = new float[3];
      for (float[] row : weights) {
        for (int channel = 0; channel < channelsIn; channel++) {
          file.get(kernel);
          for (int i = 0; i < taps.length; i++) {
            row[i * channelsIn + channel] = kernel[taps[i]];
          }
        }
      }
      biases = new float[channelsOut];
      file.get(biases);
    }
  }

  /** Of a {@link PairConvolution}. */
  static final class PairWeights {
    /** Products that make a pair of outputs. */
    static final int PRODUCTS = 4;

    final int channelsIn;

    /** [{@value #PRODUCTS}][channels out][channels in]. */
    final float[][][] products;

    /** [channels out]. */
    final float[] biases;

    private PairWeights(ConvolutionWeights weights) {
      channelsIn = weights.channelsIn;
      biases = weights.biases;
      products = new float[PRODUCTS][biases.length][channelsIn];
      for (int out = 0; out < biases.length; out++) {
        for (int in = 0; in < channelsIn; in++) {
          float first = weights.weights[out][in];
          float second = weights.weights[out][channelsIn + in];
          float third = weights.weights[out][2 * channelsIn + in];
          products[0][out][in] = first;
          products[1][out][in] = 0.5f * (first + second + third);
          products[2][out][in] = 0.5f * (first - second + third);
          products[3][out][in] = third;
        }
      }
    }
  }

  private static final class Holder {
    static final SileroWeights WEIGHTS = read();
  }
}
