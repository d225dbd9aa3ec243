package org.segmentser.model;

import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;

/**
 * Turns embeddings into the 8-bit form in which AudioSet publishes them: principal components,
 * clipped to [-2, 2], spread over 0 to 255. Made for linear embeddings; takes any. Immutable and
 * thread-safe.
 *
 * @see <a
 *     href="https://github.com/tensorflow/models/blob/master/research/audioset/vggish/vggish_postprocess.py">
 *     vggish_postprocess.py</a>
 */
public final class PostProcessor {
  private static final String EIGEN_VECTORS = "pca_eigen_vectors";
  private static final String MEANS = "pca_means";
  private static final int MAX_ARRAYS = 16;
  private static final long MIN_BYTES = 1 << 20;
  private static final double LIMIT = 2.0;
  private static final double STEPS = 255.0 / (2 * LIMIT);

  private final int size;

  /** Row after row. */
  private final double[] eigenVectors;

  private final double[] means;

  private PostProcessor(int size, double[] eigenVectors, double[] means) {
    this.size = size;
    this.eigenVectors = eigenVectors;
    this.means = means;
  }

  /**
   * Reads the components: {@code pca_eigen_vectors} [size, size] and {@code pca_means} [size, 1] in
   * an {@code .npz} file.
   *
   * @param size length of an embedding
   * @throws ModelException if they are missing or of another shape
   * @throws IOException if it cannot be read, is not such a file, or is much larger
   */
  public static PostProcessor read(InputStream npz, int size) throws IOException {
    // Somewhat more than needed, so that an array of another shape is refused for its shape.
    long bytes = Math.max(MIN_BYTES, (long) size * size * Double.BYTES);
    Map<String, Npy.Array> arrays = Npy.readZip(npz, MAX_ARRAYS, bytes);
    return new PostProcessor(
        size,
        values(arrays, EIGEN_VECTORS, new int[] {size, size}),
        values(arrays, MEANS, new int[] {size, 1}));
  }

  private static double[] values(Map<String, Npy.Array> arrays, String name, int[] expected) {
    Npy.Array array = arrays.get(name);
    if (array == null) {
      throw new ModelException("the PCA file has no " + name + "; it has " + arrays.keySet());
    }
    if (!Arrays.equals(array.shape(), expected)) {
      throw new ModelException(
          String.format(
              Locale.ROOT,
              "%s of the PCA file has the shape %s; expected %s",
              name,
              Arrays.toString(array.shape()),
              Arrays.toString(expected)));
    }
    if (!Arrays.stream(array.data()).allMatch(Double::isFinite)) {
      throw new ModelException(name + " of the PCA file holds a value that is not finite");
    }
    return array.data();
  }

  /**
   * The 8-bit form of an embedding.
   *
   * @return as many bytes as the embedding has numbers, unsigned
   */
  public byte[] quantise(float[] embedding) {
    if (embedding.length != size) {
      throw new IllegalArgumentException(
          "an embedding of " + embedding.length + " numbers; expected " + size);
    }
    byte[] result = new byte[size];
    for (int row = 0; row < size; row++) {
      double sum = 0;
      for (int i = 0; i < size; i++) {
        sum += eigenVectors[row * size + i] * (embedding[i] - means[i]);
      }
      double clipped = Math.min(LIMIT, Math.max(-LIMIT, sum));
      result[row] = (byte) (int) ((clipped + LIMIT) * STEPS);
    }
    return result;
  }
}
