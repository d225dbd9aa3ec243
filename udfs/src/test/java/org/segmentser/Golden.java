package org.segmentser;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Reference data by path, from {@code ../shared} or, where that is not there, from the subset in
 * the repository.
 */
public final class Golden {
  static final Path SHARED =
      Path.of(System.getProperty("segmentser.shared", "../../shared")).toAbsolutePath().normalize();

  private Golden() {}

  /**
   * A file or folder of the golden data: that of the whole, else that of the subset. Skips the test
   * where neither has it.
   */
  public static Path path(String name) {
    boolean isInSubset = !GoldenSet.WHOLE.has(name) && GoldenSet.SUBSET.has(name);
    return (isInSubset ? GoldenSet.SUBSET : GoldenSet.WHOLE).path(name);
  }

  /** A file or folder of the shared data; skips the test where there is none. */
  public static Path shared(String name) {
    assumeTrue(Files.isDirectory(SHARED), () -> "skipped: no shared data at " + SHARED);
    return SHARED.resolve(name);
  }

  /** The numbers of a NumPy file of little-endian float32, whatever its shape. */
  public static float[] floats(Path npy) {
    try {
      ByteBuffer file = ByteBuffer.wrap(Files.readAllBytes(npy)).order(ByteOrder.LITTLE_ENDIAN);
      int headerLength = file.getShort(8);
      String header = new String(file.array(), 10, headerLength, StandardCharsets.US_ASCII);
      if (!header.contains("'<f4'") || header.contains("'fortran_order': True")) {
        throw new IllegalArgumentException(npy + " holds " + header);
      }
      file.position(10 + headerLength);
      float[] values = new float[file.remaining() / Float.BYTES];
      file.asFloatBuffer().get(values);
      return values;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
