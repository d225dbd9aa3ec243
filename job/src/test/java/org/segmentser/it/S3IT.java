package org.segmentser.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.segmentser.StagedDirectoryContract;
import org.segmentser.source.Shards;
import org.segmentser.tables.Publications;
import org.segmentser.udf.Shortened;

/** An S3 server on this machine, and the S3A file system as users add it. */
class S3IT {
  @TempDir static Path dir;
  private static S3Server server;

  @BeforeAll
  static void startServer() throws IOException {
    server = S3Server.start(dir, "key", "secret");
    server.upload(Launcher.AUDIO, "archive/audio/");
  }

  @AfterAll
  static void stopServer() {
    server.close();
  }

  @Nested
  class Staged extends StagedDirectoryContract {
    @Override
    protected String root() {
      return "s3a://bucket/staged";
    }

    @Override
    protected Configuration configuration() {
      return server.configuration();
    }
  }

  @Test
  void inputModelAndOutputMayBeOnS3() {
    RemoteRun.check("s3a://bucket/archive", server.options());
  }

  @Test
  void everyContainerMayBeOnS3() throws Exception {
    RemoteContainers.check(
        "s3a://bucket/containers",
        dir.resolve("containers"),
        server.configuration(),
        server.options());
  }

  @Test
  void aFileThatBecameShorterIsTold() throws IOException {
    Shortened.check("s3a://bucket/shortened.wav", server.configuration());
  }

  @Test
  void membersOfShardsAreReadBack() throws IOException {
    Shards.check("s3a://bucket/shards", server.configuration());
  }

  @Test
  void oneExecutionOfARunPublishes() throws Exception {
    Publications.race("s3a://bucket/races", Publications.RACES, 2, server.configuration());
  }

  /** What is staged may be written by S3A's own committer, which copies nothing. */
  @Test
  void theMagicCommitterMayStageRows() throws IOException {
    List<String> args = new ArrayList<>(List.of("score", "--input", "s3a://bucket/archive/audio/"));
    args.addAll(List.of("--output", "s3a://bucket/magic", "--run-id", "r"));
    args.addAll(List.of("--run-date", "2026-11-29", "--"));
    args.addAll(List.of(server.options()));
    for (String setting : magicCommitter()) {
      args.addAll(List.of("--conf", setting));
    }
    // By its marker the committer says what it is.
    String marks = "spark.hadoop.mapreduce.fileoutputcommitter.marksuccessfuljobs=true";
    args.addAll(List.of("--conf", marks));
    Child.Result result = Launcher.run(args.toArray(String[]::new));
    assertThat(result.exitCode()).as(result.toString()).isZero();
    assertThat(result.stdout()).contains("clips     9: 8 scored, 1 undecodable");
    org.apache.hadoop.fs.Path table =
        new org.apache.hadoop.fs.Path("s3a://bucket/magic/clips/run_date=2026-11-29/run_id=r");
    FileSystem fs = table.getFileSystem(server.configuration());
    try (InputStream told = fs.open(new org.apache.hadoop.fs.Path(table, "_SUCCESS"))) {
      assertThat(new String(told.readAllBytes(), StandardCharsets.UTF_8))
          .contains("\"committer\":\"magic\"");
    }
    Publications.requireNothingStaged("s3a://bucket/magic", server.configuration());
  }

  /** The settings that the docs give. */
  private static List<String> magicCommitter() throws IOException {
    List<String> settings =
        Files.readString(Launcher.ROOT.resolve("docs/tables.md"))
            .lines()
            .map(String::strip)
            .filter(
                line -> line.matches("spark\\.\\S+ .*[cC]ommit\\S+|spark\\.\\S*committer\\S* .*"))
            .map(line -> line.replaceFirst(" +", "="))
            .toList();
    assertThat(settings).hasSize(3);
    return settings;
  }

  /** As it stands there, but for the names of what is not the reader's either. */
  @Test
  void theCommandOfTheReadmeRuns() throws IOException {
    String command =
        readmeBlock("### S3")
            .replace("=my-key", "=key")
            .replace("=my-secret", "=secret")
            .replace("s3a://my-bucket/calls/", "s3a://bucket/archive/audio/")
            .replace("s3a://my-bucket/", "s3a://bucket/readme/")
            .replace("https://s3.example.com", "http://127.0.0.1:" + server.port());
    assertThat(command).contains("127.0.0.1", "=key", "=secret").doesNotContain("my-", "example");
    try (Child child = Child.start("readme", List.of("bash", "-ec", command), Map.of(), null)) {
      Child.Result result = child.await(Duration.ofMinutes(5));
      assumeFalse(
          result.stderr().matches("(?s).*Host \\S+ not found.*"), "no way to Maven Central");
      assertThat(result.exitCode()).as(result.toString()).isZero();
      assertThat(result.stdout())
          .contains("clips     9: 8 scored, 1 undecodable")
          .contains("runs below s3a://bucket/readme/emotions\n");
      assertThat(result.stderr()).doesNotContain("awssdk/bundle");
    }
  }

  /** The first command below a heading, without its indentation. */
  private static String readmeBlock(String heading) throws IOException {
    return Files.readString(Launcher.ROOT.resolve("README.md"))
        .split("(?m)^" + heading + "$", 2)[1]
        .lines()
        .dropWhile(line -> !line.startsWith("    "))
        .takeWhile(line -> line.startsWith("    "))
        .map(String::strip)
        .collect(Collectors.joining("\n"));
  }
}
