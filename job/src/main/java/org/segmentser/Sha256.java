package org.segmentser;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** SHA-256 of one or several streams, in lower-case hexadecimal. Not thread-safe. */
public final class Sha256 {
  private final MessageDigest digest;
  private long bytes;

  public Sha256() {
    try {
      digest = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  /** The hash of a text in UTF-8. */
  public static String of(String text) {
    return new Sha256().add(text).hex();
  }

  /** Adds a text in UTF-8; it does not count towards {@link #bytes}. */
  public Sha256 add(String text) {
    digest.update(text.getBytes(StandardCharsets.UTF_8));
    return this;
  }

  /** Adds the first {@code length} bytes of an array; they do not count either. */
  public Sha256 add(byte[] values, int length) {
    digest.update(values, 0, length);
    return this;
  }

  /** Adds the rest of a stream. */
  public Sha256 add(InputStream in) throws IOException {
    byte[] buffer = new byte[1 << 20];
    for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
      digest.update(buffer, 0, n);
      bytes += n;
    }
    return this;
  }

  /** Bytes added from streams. */
  public long bytes() {
    return bytes;
  }

  /** The hash of everything added so far; starts afresh. */
  public String hex() {
    return HexFormat.of().formatHex(digest.digest());
  }
}
