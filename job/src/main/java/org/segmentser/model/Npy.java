package org.segmentser.model;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;

/**
 * Reads NumPy's {@code .npy} and {@code .npz} files: {@code <f4}, {@code <f8}, {@code |u1}, {@code
 * <i8}, in C or Fortran order.
 *
 * @see <a
 *     href="https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html">numpy.lib.format</a>
 */
final class Npy {
  private static final byte[] MAGIC = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y'};
  private static final Pattern DESCR = Pattern.compile("'descr'\\s*:\\s*'([^']*)'");
  private static final Pattern ORDER = Pattern.compile("'fortran_order'\\s*:\\s*(True|False)");
  private static final Pattern SHAPE = Pattern.compile("'shape'\\s*:\\s*\\(([^)]*)\\)");
  private static final int MAX_HEADER = 1 << 16;
  private static final int MAX_BYTES = 1 << 30;
  private static final int MAX_DIMENSIONS = 32;

  private Npy() {}

  /** An array. Its content is not copied. */
  public static final class Array {
    private final int[] shape;
    private final double[] data;

    Array(int[] shape, double[] data) {
      this.shape = shape;
      this.data = data;
    }

    /** Length of each dimension. */
    public int[] shape() {
      return shape;
    }

    /** The values in C order. */
    public double[] data() {
      return data;
    }
  }

  /**
   * Reads a {@code .npy} file and leaves the stream open.
   *
   * @throws IOException if it is not one, is truncated, or is of another type than those above
   */
  public static Array read(InputStream in) throws IOException {
    return read(in, MAX_BYTES);
  }

  private static Array read(InputStream in, long maxBytes) throws IOException {
    byte[] start = bytes(in, 8);
    for (int i = 0; i < MAGIC.length; i++) {
      if (start[i] != MAGIC[i]) {
        throw new IOException("not a NumPy array");
      }
    }
    boolean version1 = start[6] == 1;
    ByteBuffer length = little(bytes(in, version1 ? 2 : 4));
    int headerLength = version1 ? Short.toUnsignedInt(length.getShort()) : length.getInt();
    if (headerLength < 0 || headerLength > MAX_HEADER) {
      throw new IOException("a NumPy header of " + headerLength + " bytes");
    }
    String header = new String(bytes(in, headerLength), StandardCharsets.UTF_8);
    int[] shape = shape(field(SHAPE, header));
    double[] values = values(in, field(DESCR, header), shape, maxBytes);
    boolean fortran = field(ORDER, header).equals("True");
    return new Array(shape, fortran ? fromFortranOrder(values, shape) : values);
  }

  /**
   * Reads all arrays of a {@code .npz} file, by name without {@code .npy}.
   *
   * @param maxArrays the most that there may be
   * @param maxBytes the most that one may have, unpacked
   * @throws IOException as {@link #read} does, and if there are none or too many
   */
  public static Map<String, Array> readZip(InputStream in, int maxArrays, long maxBytes)
      throws IOException {
    Map<String, Array> arrays = new TreeMap<>();
    ZipInputStream zip = new ZipInputStream(in);
    for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
      if (arrays.size() == maxArrays) {
        throw new IOException("a NumPy archive of more than " + maxArrays + " arrays");
      }
      arrays.put(entry.getName().replaceFirst("\\.npy$", ""), read(zip, maxBytes));
    }
    if (arrays.isEmpty()) {
      throw new IOException("not a NumPy archive");
    }
    return arrays;
  }

  private static double[] values(InputStream in, String type, int[] shape, long maxBytes)
      throws IOException {
    int width =
        switch (type) {
          case "<f4" -> 4;
          case "<f8", "<i8" -> 8;
          case "|u1" -> 1;
          default ->
              throw new IOException("a NumPy array of type " + type + ", which is not supported");
        };
    long count = 1;
    for (int n : shape) {
      count = Math.min(count * n, MAX_BYTES + 1L);
    }
    if (count * width > maxBytes) {
      throw new IOException("a NumPy array of more than " + maxBytes + " bytes");
    }
    ByteBuffer buffer = little(bytes(in, (int) count * width));
    double[] values = new double[(int) count];
    for (int i = 0; i < values.length; i++) {
      values[i] =
          switch (type) {
            case "<f4" -> buffer.getFloat();
            case "<f8" -> buffer.getDouble();
            case "<i8" -> buffer.getLong();
            default -> Byte.toUnsignedInt(buffer.get());
          };
    }
    return values;
  }

  /** From the order in which the first index runs fastest to that in which the last one does. */
  private static double[] fromFortranOrder(double[] values, int[] shape) {
    double[] ordered = new double[values.length];
    int[] index = new int[shape.length];
    for (double value : values) {
      int position = 0;
      for (int i = 0; i < shape.length; i++) {
        position = position * shape[i] + index[i];
      }
      ordered[position] = value;
      for (int i = 0; i < shape.length && ++index[i] == shape[i]; i++) {
        index[i] = 0;
      }
    }
    return ordered;
  }

  private static int[] shape(String text) throws IOException {
    try {
      int[] shape =
          Pattern.compile(",")
              .splitAsStream(text)
              .map(String::strip)
              .filter(n -> !n.isEmpty())
              .mapToInt(Integer::parseInt)
              .toArray();
      if (shape.length > MAX_DIMENSIONS || Arrays.stream(shape).anyMatch(n -> n < 0)) {
        throw new IOException("a NumPy array of the shape (" + text + ")");
      }
      return shape;
    } catch (NumberFormatException e) {
      throw new IOException("a NumPy array of the shape (" + text + ")", e);
    }
  }

  private static String field(Pattern pattern, String header) throws IOException {
    Matcher matcher = pattern.matcher(header);
    if (!matcher.find()) {
      throw new IOException("not a NumPy header: " + header.strip());
    }
    return matcher.group(1);
  }

  private static byte[] bytes(InputStream in, int count) throws IOException {
    byte[] bytes = in.readNBytes(count);
    if (bytes.length < count) {
      throw new EOFException("a truncated NumPy array");
    }
    return bytes;
  }

  private static ByteBuffer little(byte[] bytes) {
    return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }
}
