package org.segmentser.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.segmentser.segment.Patch;

/** The golden files; tests that need them are skipped where there are none. */
public final class Golden {
  private Golden() {}

  public static Path file(String name) {
    return org.segmentser.Golden.path(name).toAbsolutePath();
  }

  public static Npy.Array array(String name) {
    try (InputStream in = new BufferedInputStream(Files.newInputStream(file(name)))) {
      return Npy.read(in);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The values in C order, as float32. */
  public static float[] floats(Npy.Array array) {
    float[] floats = new float[array.data().length];
    for (int i = 0; i < floats.length; i++) {
      floats[i] = (float) array.data()[i];
    }
    return floats;
  }

  /** The patches that the golden embeddings were made of. */
  public static List<byte[]> patches() {
    ByteBuffer bytes = ByteBuffer.allocate(10 * Patch.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(floats(array("model/input.npy")));
    List<byte[]> patches = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      patches.add(Arrays.copyOfRange(bytes.array(), i * Patch.BYTES, (i + 1) * Patch.BYTES));
    }
    return patches;
  }

  /** Holds rows against a golden array, relative to its largest value. */
  public static void assertClose(float[][] actual, String name) {
    Npy.Array expected = array(name);
    assertThat(actual).hasDimensions(expected.shape()[0], expected.shape()[1]);
    float[] values = new float[expected.data().length];
    for (int i = 0; i < values.length; i++) {
      values[i] = actual[i / actual[0].length][i % actual[0].length];
    }
    assertClose(values, floats(expected));
  }

  /** Holds values against others, relative to the largest. */
  public static void assertClose(float[] actual, float[] expected) {
    double largest = 0;
    double distance = 0;
    for (int i = 0; i < expected.length; i++) {
      largest = Math.max(largest, Math.abs(expected[i]));
      // NaN counts as the largest of all.
      distance = Math.max(distance, Math.abs((double) actual[i] - expected[i]));
    }
    assertThat(actual).hasSameSizeAs(expected);
    assertThat(distance).isLessThanOrEqualTo(1e-5 * largest);
  }
}
