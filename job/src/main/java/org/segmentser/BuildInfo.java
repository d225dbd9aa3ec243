package org.segmentser;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Properties;

/** What was built, as recorded by the build. */
public final class BuildInfo {
  private static final Properties PROPERTIES = load();

  /** The product's version. */
  public static final String VERSION = PROPERTIES.getProperty("version");

  /** The commit that was built, or {@code unknown} outside a checkout. */
  public static final String COMMIT = PROPERTIES.getProperty("commit");

  private BuildInfo() {}

  private static Properties load() {
    Properties properties = new Properties();
    try (InputStream in = BuildInfo.class.getResourceAsStream("segment-ser.properties")) {
      properties.load(in);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return properties;
  }
}
