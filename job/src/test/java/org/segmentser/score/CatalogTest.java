package org.segmentser.score;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.Map;
import org.apache.spark.launcher.JavaModuleOptions;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Tables of catalogs, in the formats that people keep them in: each in a session of its own, all at
 * once.
 */
class CatalogTest {
  private static final Map<CatalogNights.Format, Process> NIGHTS =
      new EnumMap<>(CatalogNights.Format.class);

  @TempDir static Path dir;

  @BeforeAll
  static void begin() throws IOException {
    for (CatalogNights.Format format : CatalogNights.Format.values()) {
      Path own = Files.createDirectory(dir.resolve(format.name()));
      Process process =
          new ProcessBuilder(
                  Path.of(System.getProperty("java.home"), "bin/java").toString(),
                  "-Xmx1g",
                  "-XX:TieredStopAtLevel=1",
                  "-XX:ReservedCodeCacheSize=240m",
                  "@" + arguments(own),
                  CatalogNights.class.getName(),
                  format.name(),
                  own.toString())
              .redirectErrorStream(true)
              .redirectOutput(log(format).toFile())
              .start();
      NIGHTS.put(format, process);
    }
  }

  @AfterAll
  static void end() {
    NIGHTS.values().forEach(Process::destroyForcibly);
  }

  @ParameterizedTest
  @EnumSource(CatalogNights.Format.class)
  void nightsAreKeptInTablesOfACatalog(CatalogNights.Format format) throws Exception {
    int exitCode = NIGHTS.get(format).waitFor();
    assertThat(exitCode).as(Files.readString(log(format))).isZero();
  }

  private static Path log(CatalogNights.Format format) {
    return dir.resolve(format + ".log");
  }

  /** What Spark needs of a JVM, and the classes. */
  private static Path arguments(Path own) throws IOException {
    Path file = own.resolve("java.args");
    String options = String.join("\n", JavaModuleOptions.defaultModuleOptionArray());
    String classes = System.getProperty("java.class.path");
    Files.writeString(file, options + "\n-cp\n\"" + classes + "\"\n");
    return file;
  }
}
