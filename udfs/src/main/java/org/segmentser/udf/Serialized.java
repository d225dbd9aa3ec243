package org.segmentser.udf;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.Serializable;
import java.io.UncheckedIOException;

/**
 * Objects as BINARY columns of rows that do not outlive their run: the same classes write and read
 * them.
 */
public final class Serialized {
  private Serialized() {}

  /** An object's bytes; null for null. */
  public static byte[] pack(Serializable object) {
    if (object == null) {
      return null;
    }
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
      out.writeObject(object);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  /** The object of {@link #pack}; null for null. */
  public static <T extends Serializable> T unpack(byte[] bytes, Class<T> type) {
    if (bytes == null) {
      return null;
    }
    // Looks for classes where this one comes from, as Spark's own helpers may not.
    try (ObjectInputStream in = new ObjectInputStream(new ByteArrayInputStream(bytes))) {
      return type.cast(in.readObject());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (ClassNotFoundException e) {
      throw new IllegalStateException(e);
    }
  }
}
