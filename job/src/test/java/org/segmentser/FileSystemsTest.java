package org.segmentser;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIOException;

import java.io.IOException;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.LocalFileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.util.VersionInfo;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class FileSystemsTest {
  private final Configuration conf = new Configuration();

  @ParameterizedTest
  @ValueSource(strings = {"/data/a.wav", "file:/data/a.wav", "data/at 12:30.wav", "hdfs://nn/a"})
  void whereFilesAreIsNoProblem(String uri) {
    assertThat(FileSystems.problem(uri, conf)).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "http://host/a.wav|http is not a file system; copy the data to one",
        "HTTPS://host/a.wav|https is not a file system",
        "ftp://host/a.wav|ftp is not a file system",
        "data:audio/wav;base64,UklG|data is not a file system",
        "s3://bucket/a.wav|no file system has the scheme s3; for S3, use s3a://",
        "nosuch://bucket/a.wav|no file system has the scheme nosuch",
        "gs://bucket/a|the connector for gs is missing; add it with: -- --packages"
            + " com.google.cloud.bigdataoss:gcs-connector:",
        "abfss://c@a.dfs.core.windows.net/a|the connector for abfss is missing; add it with: --"
            + " --packages org.apache.hadoop:hadoop-azure:",
      })
  void whatNoFileSystemIsBehindIsToldInOneLine(String uri, String told) {
    assertThat(FileSystems.problem(uri, conf).orElseThrow()).startsWith(told).doesNotContain("\n");
    assertThatExceptionOfType(UserError.class)
        .isThrownBy(() -> FileSystems.check(uri, conf))
        .withMessageStartingWith(uri + ": " + told)
        .matches(e -> e.exitCode() == ExitCode.USAGE);
  }

  @Test
  void whatIsNoPathCannotBeOpened() {
    for (String uri : List.of("q:1.sql", "")) {
      assertThatIOException()
          .isThrownBy(() -> FileSystems.open(uri, conf))
          .withMessage("this is no path; where a name has a colon, put ./ before it");
    }
    assertThatIOException()
        .isThrownBy(() -> FileSystems.open("./q:1.sql", conf))
        .withMessageContaining("q:1.sql does not exist");
  }

  @Test
  void aConnectorThatIsMissingIsNamedWithTheVersionOfHadoop() {
    conf.set("fs.s3a.impl", "org.example.NotThere");
    assertThatExceptionOfType(UserError.class)
        .isThrownBy(() -> FileSystems.of(new Path("s3a://bucket/a.wav"), conf))
        .withMessage(
            "s3a://bucket/a.wav: the connector for s3a is missing; add it with: -- --packages"
                + " org.apache.hadoop:hadoop-aws:"
                + VersionInfo.getVersion()
                + ",software.amazon.awssdk:s3:2.29.52"
                + ",software.amazon.awssdk:s3-transfer-manager:2.29.52"
                + " --exclude-packages 'software.amazon.awssdk:bundle,io.netty:*'");
  }

  @Test
  void pathsWithoutASchemeAreOnTheDefaultFileSystem() throws IOException {
    assertThat(FileSystems.of(new Path("/data"), conf)).isInstanceOf(LocalFileSystem.class);
    conf.set("fs.defaultFS", "nosuch://bucket/");
    assertThatExceptionOfType(UserError.class)
        .isThrownBy(() -> FileSystems.of(new Path("/data"), conf))
        .withMessageContaining("no file system has the scheme nosuch");
    conf.set("fs.defaultFS", "s3a://KEY:SECRET@bucket/");
    assertThatExceptionOfType(UserError.class)
        .isThrownBy(() -> FileSystems.of(new Path("/data"), conf))
        .withMessageContaining("fs.defaultFS holds credentials")
        .matches(e -> !e.getMessage().contains("SECRET"));
  }
}
