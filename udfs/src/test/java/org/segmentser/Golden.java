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
 * The golden data of {@code ../shared}, read by path; tests that need it are skipped without it.
 */
public final class Golden {
  private Golden() {}

  /** A file or folder below the golden data. */
  public static Path path(String name) {
    return shared("golden/" + name);
  }

  /** A file or folder below the shared data. */
  public static Path shared(String name) {
    Path shared = Path.of(System.getProperty("segmentser.shared", "../../shared")).normalize();
    assumeTrue(Files.isDirectory(shared), () -> "skipped: no shared data at " + shared);
    return shared.resolve(name);
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
