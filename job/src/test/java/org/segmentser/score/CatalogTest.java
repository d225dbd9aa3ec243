package org.segmentser.score;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.spark.launcher.JavaModuleOptions;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Tables of catalogs, in the formats that people keep them in: each in a session of its own. */
class CatalogTest {
  @TempDir Path dir;

  @ParameterizedTest
  @EnumSource(CatalogNights.Format.class)
  void nightsAreKeptInTablesOfACatalog(CatalogNights.Format format) throws Exception {
    Path log = dir.resolve("log");
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin/java").toString(),
                "-Xmx1g",
                "-XX:TieredStopAtLevel=1",
                "-XX:ReservedCodeCacheSize=240m",
                "@" + arguments(),
                CatalogNights.class.getName(),
                format.name(),
                dir.toString())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    assertThat(process.waitFor()).as(Files.readString(log)).isZero();
  }

  /** What Spark needs of a JVM, and the classes. */
  private Path arguments() throws IOException {
    Path file = dir.resolve("java.args");
    String options = String.join("\n", JavaModuleOptions.defaultModuleOptionArray());
    String classes = System.getProperty("java.class.path");
    Files.writeString(file, options + "\n-cp\n\"" + classes + "\"\n");
    return file;
  }
}
