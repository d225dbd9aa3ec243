package org.segmentser.official;

import java.net.URI;
import java.util.List;
import org.segmentser.network.VggishArchitecture.Fc2;

/** What is published about the official VGGish: where it is, and its outputs for known audio. */
final class OfficialVggish {
  /** A V1 checkpoint of about 277 MiB. */
  static final RemoteFile CHECKPOINT =
      new RemoteFile(
          URI.create("https://storage.googleapis.com/audioset/vggish_model.ckpt"),
          "0962b1914e3e053922d957c45bc84a78c985765641dc6bceeeb3a7d8dfecfdf6");

  /** The principal components of AudioSet's post-processing. */
  static final RemoteFile PCA =
      new RemoteFile(
          URI.create("https://storage.googleapis.com/audioset/vggish_pca_params.npz"),
          "4d878af3e306defbfb37095365aa7e5a6cecb86bad13e859e626151c4e6a8b9d");

  /** How far a mean or a standard deviation may be from the published one, relative to it. */
  static final double SMOKE_TOLERANCE = 0.1;

  /**
   * The published smoke tests, one per generation. Their audio is 3 s of a 1 kHz sine of amplitude
   * 1.
   */
  static final List<SmokeTest> SMOKE_TESTS =
      List.of(
          new SmokeTest(Fc2.RELU, 44100, 0.131, 0.238, 123.0, 75.0),
          new SmokeTest(Fc2.LINEAR, 16000, 0.000657, 0.343, 126.0, 89.3));

  /** The embedding of the first patch of the first smoke test, as a public notebook shows it. */
  private static final float[] FIRST_EMBEDDING = {
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0.16137293f,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0.80695796f,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0.36792755f,
    0.03582409f,
    0,
    0,
    0,
    0,
    0.38027024f,
    0.1375593f,
    0.9174708f,
    0.8065634f,
    0,
    0,
    0,
    0,
    0.04036281f,
    0.7076243f,
    0,
    0.497839f,
    0.24081808f,
    0.21565434f,
    0.88492286f,
    1.19568f,
    0.6706197f,
    0.20779458f,
    0.01639861f,
    0.17471863f,
    0,
    0,
    0.25100806f,
    0,
    0,
    0.14607918f,
    0,
    0.39887053f,
    0.30542105f,
    0.12896761f,
    0,
    0,
    0,
    0,
    0,
    0.5385133f,
    0,
    0,
    0.04941072f,
    0.42527416f,
    0.18537284f,
    0,
    0,
    0.14753515f,
    0,
    0,
    0.69933873f,
    0.45541188f,
    0.05174822f,
    0,
    0.01992539f,
    0,
    0,
    0.5181578f,
    0.565576f,
    0.6587975f,
    0,
    0,
    0.41056332f,
    0,
    0,
    0,
    0.25765193f,
    0.23232114f,
    0.24026448f,
    0,
    0,
    0,
    0,
    0,
    0.26523757f,
    0,
    0.48460823f,
    0,
    0,
    0.19325787f,
    0,
    0.20123348f,
    0,
    0.03368621f,
    0,
    0,
    0,
    0,
    0.17836356f,
    0.024749f,
    0.06889972f,
    0,
    0,
    0,
    0.08246281f,
    0,
    0,
    0,
    0,
    0,
    0
  };

  /** The same in AudioSet's 8-bit form. */
  private static final int[] FIRST_POST_PROCESSED = {
    169, 10, 154, 127, 191, 66, 124, 69, 157, 232, 142, 21, 128, 131, 43, 3, 33, 111, 198, 153, 76,
    255, 194, 60, 71, 179, 146, 131, 167, 60, 79, 76, 192, 84, 102, 160, 23, 91, 173, 13, 149, 186,
    115, 202, 252, 163, 84, 145, 107, 255, 5, 198, 81, 0, 203, 110, 35, 104, 101, 131, 255, 0, 0,
    158, 136, 74, 115, 152, 77, 154, 54, 151, 82, 243, 57, 116, 165, 153, 85, 181, 152, 0, 255, 122,
    29, 255, 46, 105, 110, 43, 0, 90, 58, 13, 255, 108, 96, 255, 84, 121, 255, 75, 176, 111, 176,
    64, 83, 231, 255, 82, 255, 94, 81, 144, 99, 173, 255, 0, 0, 158, 31, 230, 112, 255, 0, 255, 20,
    255
  };

  /**
   * How far a number of that embedding, of which the largest is 1.2, may be from the published one:
   * the audio was resampled by another resampler.
   */
  static final double EMBEDDING_TOLERANCE = 0.05;

  /** The same, for the mean distance of the 8-bit numbers. */
  static final double POST_PROCESSED_TOLERANCE = 3;

  private OfficialVggish() {}

  /**
   * A smoke test.
   *
   * @param fc2 how the network's last layer ends
   * @param sampleRate of the audio
   */
  record SmokeTest(
      Fc2 fc2,
      int sampleRate,
      double embeddingMean,
      double embeddingStd,
      double postProcessedMean,
      double postProcessedStd) {
    /** Whether the first embedding of this one is known. */
    boolean firstIsKnown() {
      return fc2 == Fc2.RELU;
    }
  }

  /** The largest distance of an embedding's numbers from the known first one's. */
  static double embeddingDeviation(float[] embedding) {
    double largest = 0;
    for (int i = 0; i < FIRST_EMBEDDING.length; i++) {
      largest = Math.max(largest, Math.abs(embedding[i] - FIRST_EMBEDDING[i]));
    }
    return largest;
  }

  /** The mean distance of an 8-bit embedding's numbers from the known first one's. */
  static double postProcessedDeviation(byte[] quantised) {
    double sum = 0;
    for (int i = 0; i < FIRST_POST_PROCESSED.length; i++) {
      sum += Math.abs(Byte.toUnsignedInt(quantised[i]) - FIRST_POST_PROCESSED[i]);
    }
    return sum / FIRST_POST_PROCESSED.length;
  }
}
