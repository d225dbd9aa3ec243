package org.segmentser.model;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
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
public final class Npy {
  private static final byte[] MAGIC = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y'};
  private static final Pattern DESCR = Pattern.compile("'descr'\\s*:\\s*'([^']*)'");
  private static final Pattern ORDER = Pattern.compile("'fortran_order'\\s*:\\s*(True|False)");
  private static final Pattern SHAPE = Pattern.compile("'shape'\\s*:\\s*\\(([^)]*)\\)");
  private static final int MAX_HEADER = 1 << 16;
  private static final int MAX_BYTES = 1 << 30;

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

    /** The values in C order, as float32. */
    public float[] floats() {
      float[] floats = new float[data.length];
      for (int i = 0; i < floats.length; i++) {
        floats[i] = (float) data[i];
      }
      return floats;
    }
  }

  /**
   * Reads a {@code .npy} file and leaves the stream open.
   *
   * @throws IOException if it is not one, torn, or of another kind than said above
   */
  public static Array read(InputStream in) throws IOException {
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
    double[] values = values(in, field(DESCR, header), shape);
    boolean fortran = field(ORDER, header).equals("True");
    return new Array(shape, fortran ? fromFortranOrder(values, shape) : values);
  }

  /**
   * Reads all arrays of a {@code .npz} file, by name without {@code .npy}.
   *
   * @throws IOException as {@link #read} does, or if there is none
   */
  public static Map<String, Array> readZip(InputStream in) throws IOException {
    Map<String, Array> arrays = new TreeMap<>();
    ZipInputStream zip = new ZipInputStream(in);
    for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
      arrays.put(entry.getName().replaceFirst("\\.npy$", ""), read(zip));
    }
    if (arrays.isEmpty()) {
      throw new IOException("not a NumPy archive");
    }
    return arrays;
  }

  private static double[] values(InputStream in, String type, int[] shape) throws IOException {
    int width =
        switch (type) {
          case "<f4" -> 4;
          case "<f8", "<i8" -> 8;
          case "|u1" -> 1;
          default -> throw new IOException("a NumPy array of " + type);
        };
    long count = 1;
    for (int n : shape) {
      count = Math.min(count * n, MAX_BYTES + 1L);
    }
    if (count * width > MAX_BYTES) {
      throw new IOException("a NumPy array of more than " + MAX_BYTES + " bytes");
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

  /** From the first index running fastest to the last. */
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
      return Pattern.compile(",")
          .splitAsStream(text)
          .map(String::strip)
          .filter(n -> !n.isEmpty())
          .mapToInt(Integer::parseUnsignedInt)
          .toArray();
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
      throw new EOFException("a torn NumPy array");
    }
    return bytes;
  }

  private static ByteBuffer little(byte[] bytes) {
    return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }
}
