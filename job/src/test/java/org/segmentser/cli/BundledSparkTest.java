package org.segmentser.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.apache.spark.launcher.JavaModuleOptions;
import org.junit.jupiter.api.Test;

class BundledSparkTest {
  private static final Path SCRIPT =
      Path.of(System.getProperty("segmentser.root"), "submit/bundled-spark.sh");

  @Test
  void theLauncherGivesAJvmWhatSparkGivesIt() throws IOException {
    List<String> ours =
        Files.readString(SCRIPT)
            .replaceAll("(?s).*\nspark_jvm=\\(\n(.*?)\n\\).*", "$1")
            .lines()
            .map(String::strip)
            .toList();
    assertThat(ours)
        .isEqualTo(
            Stream.concat(
                    Arrays.stream(JavaModuleOptions.defaultModuleOptionArray())
                        .filter(option -> !option.startsWith("--add-modules=")),
                    Stream.of("-Dderby.connection.requireAuthentication=false"))
                .toList());
  }
}
