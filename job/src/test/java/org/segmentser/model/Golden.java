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
import org.segmentser.GoldenSet;
import org.segmentser.segment.Patch;

/** Reference numbers for models. */
public final class Golden {
  private Golden() {}

  /** The path of a golden file; skips the test where there is none. */
  public static Path file(String name) {
    return org.segmentser.Golden.path(name);
  }

  /** The numbers of a set's file; skips the test where there is none. */
  public static Npy.Array array(GoldenSet golden, String name) {
    try (InputStream in = new BufferedInputStream(Files.newInputStream(golden.path(name)))) {
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

  /** The patches that the set's embeddings were made of. */
  public static List<byte[]> patches(GoldenSet golden) {
    Npy.Array input = array(golden, "model/input.npy");
    int count = input.shape()[0];
    ByteBuffer bytes = ByteBuffer.allocate(count * Patch.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(floats(input));
    List<byte[]> patches = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      patches.add(Arrays.copyOfRange(bytes.array(), i * Patch.BYTES, (i + 1) * Patch.BYTES));
    }
    return patches;
  }

  /** Holds rows against an array of the set, relative to its largest value. */
  public static void assertClose(float[][] actual, GoldenSet golden, String name) {
    Npy.Array expected = array(golden, name);
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
